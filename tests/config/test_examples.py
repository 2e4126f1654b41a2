"""The shipped config's examples, taken into use as people do: by uncommenting them."""

import re
from pathlib import Path
from typing import get_args

import pytest

from dispatch import config, resources
from dispatch.config import kinds, notes
from dispatch.model.source_settings import SourceKind

SOURCES = Path(__file__).parents[2] / "docs" / "sources"


def examples():
    """Each commented [[source]] block of the shipped config, by its kind."""
    text = resources.shipped("config.toml").read_text("utf-8")
    blocks = re.findall(r"^# \[\[source\]\]\n(?:# .*\n)+", text, re.MULTILINE)
    uncommented = [re.sub(r"^# ", "", block, flags=re.MULTILINE) for block in blocks]
    return {re.search(r'kind = "(\w+)"', one)[1]: one for one in uncommented}


def test_every_kind_but_the_one_in_use_has_an_example():
    assert set(examples()) == set(get_args(SourceKind)) - {"folder"}


@pytest.mark.parametrize("kind", examples())
def test_an_example_is_right_as_soon_as_it_is_uncommented(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(notes, "find_spec", lambda _: object())
    file = tmp_path / "config.toml"
    file.write_text(examples()[kind], "utf-8")

    found = config.read(file)

    assert found.faults == ()
    assert found.settings.source[0].kind == kind
    assert [one.key.rpartition(".")[2] for one in found.notes] == (
        ["username"] if kind == "mailbox" else []  # its password is nowhere yet
    )


def test_all_examples_stand_beside_each_other(tmp_path):
    text = resources.shipped("config.toml").read_text("utf-8")
    file = tmp_path / "config.toml"
    file.write_text("\n".join([text, *examples().values()]), "utf-8")

    assert len(config.load(file).source) == len(get_args(SourceKind))


@pytest.mark.parametrize("kind", examples())
def test_even_what_is_commented_out_within_an_example_is_right(tmp_path, kind):
    inner = re.sub(r"^# (?=\w+ =)", "", examples()[kind], flags=re.MULTILINE)
    for name in re.findall(r'^\w+_file = "(\w+)"', inner, re.MULTILINE):
        (tmp_path / name).write_text("0123456789abcdef0123456789")
    file = tmp_path / "config.toml"
    file.write_text(inner, "utf-8")

    assert config.read(file).faults == ()


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_kind_has_a_page_that_the_index_links_to(kind):
    assert (SOURCES / f"{kind}.md").is_file()
    assert f"]({kind}.md)" in (SOURCES / "README.md").read_text("utf-8")
