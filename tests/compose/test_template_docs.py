import re

import pytest
from jinja2 import meta, nodes

from dispatch.compose.templates import Templates
from support.composing import SHIPPED

DOCS = (SHIPPED.parents[1] / "docs" / "templates.md").read_text(encoding="utf-8")
DOCUMENTED = set(
    re.findall(r"[a-z_]+(?:\.[a-z_]+)*", " ".join(re.findall(r"`([^`]+)`", DOCS)))
)
OURS = {"self", "loop", "range"}
SHOWN_AS = {"lead": "story"}
INNER = {"story", "picture", "group", "action", "notice"}
FILES = sorted(
    file.relative_to(SHIPPED).as_posix()
    for file in SHIPPED.rglob("*")
    if file.suffix in {".txt", ".html", ".css"}
)


def names_used(source):
    """Return the names that a template takes from outside, plain and dotted."""
    tree = Templates([SHIPPED])._environment.parse(source)
    imported = {name for one in tree.find_all(nodes.FromImport) for name in one.names}
    macros = {one.name for one in tree.find_all(nodes.Macro)}
    given = meta.find_undeclared_variables(tree) - OURS - imported - macros
    dotted = {
        f"{SHOWN_AS.get(one.node.name, one.node.name)}.{one.attr}"
        for one in tree.find_all(nodes.Getattr)
        if isinstance(one.node, nodes.Name) and one.node.name in given | INNER
    }
    return given, dotted


@pytest.mark.parametrize("file", FILES)
def test_every_variable_of_a_template_is_documented(file):
    given, dotted = names_used((SHIPPED / file).read_text(encoding="utf-8"))

    documented_roots = {name.split(".")[0] for name in DOCUMENTED}
    assert given <= documented_roots
    assert dotted <= DOCUMENTED


def test_every_kind_of_mail_is_documented():
    kinds = {folder.name for folder in SHIPPED.iterdir() if folder.is_dir()}

    assert kinds - {"_base"} <= DOCUMENTED
