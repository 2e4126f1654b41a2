"""What is documented is what there is: commands, options, settings."""

import dataclasses
import itertools
import re
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch import resources
from dispatch.cli import menu
from dispatch.config import durations, reading, shape

DOCS = Path(__file__).parents[1] / "docs"


def commands():
    """Every command with the words that call it, and its options."""

    def walk(command, words):
        inner = getattr(command, "commands", None)
        if inner is None:
            options = [name for one in command.params for name in one.opts]
            yield words, [name for name in options if name.startswith("--")]
        else:
            for name, one in inner.items():
                yield from walk(one, (*words, name))

    found = [walk(command, (name,)) for name, command in menu.every().items()]
    return sorted(itertools.chain.from_iterable(found))


def sections(file, heading):
    """The text under each heading of a level, by heading."""
    parts = re.split(rf"^{heading} (.+)$", file.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def tables():
    """Every table of config.toml, its class, and its heading in the docs."""
    single = [(name, cls, f"[{name}]") for name, cls in reading.SINGLE.items()]
    repeated = [(n, cls, f"[[{n}]]") for n, cls in reading.REPEATED.items()]
    # A [[relay]] has the keys of [smtp], and they are explained there.
    return single + [one for one in repeated if one[0] != "relay"]


def literal(value):
    """A default as it is written in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f'"{durations.write(value)}"'
    if isinstance(value, str | Path):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(literal(one) for one in value) + "]"
    return str(value)


def default(field):
    if field.default is dataclasses.MISSING:
        return "required"
    return "none" if field.default is None else f"`{literal(field.default)}`"


@pytest.mark.parametrize(
    ("words", "options"),
    [pytest.param(*one, id=" ".join(one[0])) for one in commands()],
)
def test_every_command_is_documented_with_its_options_and_an_example(words, options):
    called = f"dispatch {' '.join(words)}"
    text = sections(DOCS / "cli.md", "###").get(called, "")

    assert text, f"docs/cli.md has no section {called}"
    missing = [one for one in options if f"`{one}" not in text and one != "--help"]
    assert not missing, f"docs/cli.md, {called}: {missing}"
    assert re.search(rf"^    dispatch .*{words[-1]}", text, re.MULTILINE)


def test_no_command_is_documented_that_does_not_exist():
    there = {f"dispatch {' '.join(words)}" for words, _ in commands()}

    assert set(sections(DOCS / "cli.md", "###")) == there


@pytest.mark.parametrize(("table", "cls", "heading"), tables())
def test_every_setting_is_documented_with_its_default(table, cls, heading):
    text = sections(DOCS / "configuration.md", "##")[heading]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \| ", text, re.MULTILINE))
    fields = {field.name: field for field in dataclasses.fields(cls)}

    assert rows == {key: default(fields[key]) for key in shape.keys(cls)}


@pytest.mark.parametrize(("table", "cls", "heading"), tables())
def test_the_shipped_config_explains_every_setting(table, cls, heading):
    text = resources.shipped("config.toml").read_text("utf-8")
    text = text.replace(f"\n# {heading}", f"\n{heading}")
    block = "".join(
        part.split("\n[", 1)[0].replace("\n# [[", "\n")
        for part in text.split(f"\n{heading}")[1:]
    )
    named = set(re.findall(r"^(?:# ){0,2}(\w+) =", block, re.MULTILINE))

    assert set(shape.keys(cls)) - named == set()


@pytest.mark.parametrize("name", ["configuration.md", "cli.md", "operating.md"])
def test_every_link_of_the_docs_leads_somewhere(name):
    text = (DOCS / name).read_text("utf-8")

    for target in re.findall(r"\]\(([\w./-]+\.md)", text):
        assert (DOCS / target).is_file(), target


@pytest.mark.parametrize("file", sorted(DOCS.glob("*.md")), ids=lambda file: file.name)
def test_no_document_names_a_command_that_does_not_exist(file):
    there = {words for words, _ in commands()}
    groups = {words[0] for words in there if len(words) > 1}
    text = file.read_text("utf-8")

    for called in re.findall(r"`dispatch ([a-z][a-z -]*)", text):
        first, *rest = called.split()
        words = (first, rest[0]) if first in groups and rest else (first,)
        assert words in there or first in groups, f"{file.name}: dispatch {called}"


def test_every_decision_has_a_number_of_its_own_and_stands_in_the_list():
    folder = DOCS / "decisions"
    records = sorted(file.name for file in folder.glob("0*.md"))
    listed = re.findall(
        r"^(\d+)\. \[.+\]\((.+)\)$", (folder / "README.md").read_text(), re.MULTILINE
    )

    assert [name for _, name in listed] == records
    assert [int(number) for number, _ in listed] == list(range(1, len(records) + 1))
    for name in records:
        first = (folder / name).read_text().partition("\n")[0]
        assert first.startswith(f"# {int(name[:4])}. "), name
