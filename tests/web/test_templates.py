from pathlib import Path

import jinja2
import pytest
from jinja2 import meta, nodes

from support import web

DOCS = Path(__file__).parents[2] / "docs" / "pages.md"
FOLDER = web.shipped_pages()[0]


@pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.glob("*.html")))
def test_every_name_that_a_page_is_given_is_documented(name):
    source = (FOLDER / name).read_text(encoding="utf-8")
    text = DOCS.read_text(encoding="utf-8")
    tree = jinja2.Environment().parse(source)
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
    own |= {node.target for node in tree.find_all(nodes.Import)}
    names = meta.find_undeclared_variables(tree) - own

    assert f"`{name}`" in text
    assert [
        n for n in sorted(names) if f"`{n}`" not in text and f"`{n}(" not in text
    ] == []
