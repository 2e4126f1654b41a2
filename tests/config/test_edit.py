import stat
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from dispatch import config, resources
from dispatch.config import edit
from dispatch.errors import ConfigError
from dispatch.model import SourceSettings


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "config.toml"
    file.write_bytes(resources.shipped("config.toml").read_bytes())
    return file


def test_going_live_changes_one_word_of_the_shipped_file(file):
    before = file.read_text(encoding="utf-8").splitlines()

    config.set_live(file, live=True)

    after = file.read_text(encoding="utf-8").splitlines()
    changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert changed == [(before[changed_at(before)], after[changed_at(before)])]
    assert config.load(file).site.live


def changed_at(lines):
    return next(n for n, line in enumerate(lines) if line.startswith("live = "))


def test_there_and_back_leaves_the_file_as_it_was(file):
    before = file.read_bytes()

    config.set_live(file, live=True)
    config.set_live(file, live=False)

    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "[site]\nlive = true\n\n"),
        ("[site]", "[site]\nlive = true\n"),
        ("[site]\nlive=false#x\n", "[site]\nlive=true#x\n"),
        ("[site]\r\nlive = false\r\n", "[site]\r\nlive = true\r\n"),
        ("[ site ]\n  live  = false", "[ site ]\n  live  = true"),
        ("# live = false\n[site]\n", "# live = false\n[site]\nlive = true\n"),
        ("[web]\nlisten='a:1'\n[site]\n", "[web]\nlisten='a:1'\n[site]\nlive = true\n"),
        ("[feeds]\nlive = false\n", "[site]\nlive = true\n\n[feeds]\nlive = false\n"),
    ],
)
def test_the_line_is_found_or_added(text, expected):
    assert edit.with_live(text, live=True) == expected


def test_a_file_written_in_an_unusual_way_is_left_alone(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('site = { live = false, title = "x" }\n')

    with pytest.raises(ConfigError, match="yourself"):
        config.set_live(file, live=True)
    assert tomllib.loads(file.read_text())["site"]["live"] is False


def test_a_line_that_only_looks_like_the_setting_is_left_alone(tmp_path):
    file = tmp_path / "config.toml"
    text = '[site]\npostal_address = """\nlive = false\n"""\n'
    file.write_text(text)

    with pytest.raises(ConfigError, match="yourself"):
        config.set_live(file, live=True)
    assert file.read_text() == text


def test_permissions_stay_and_nothing_is_left_behind(file):
    file.chmod(0o640)

    config.set_live(file, live=True)

    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [one.name for one in file.parent.iterdir()] == ["config.toml"]


def test_a_symbolic_link_stays_one(file, tmp_path):
    link = tmp_path / "etc.toml"
    link.symlink_to(file)

    config.set_live(link, live=True)

    assert link.is_symlink()
    assert config.load(file).site.live


def test_a_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be changed"):
        config.set_live(tmp_path / "none.toml", live=True)


BLOCK = '[[source]]\nname = "wire"\nkind = "feed"\nurl = "https://wire.example/rss"\n'


def test_a_source_is_added_after_the_last_one_and_nothing_else_changes(file):
    before = file.read_text(encoding="utf-8")

    config.add_sources(file, [BLOCK])

    after = file.read_text(encoding="utf-8")
    at = after.index(BLOCK)
    assert after.replace(f"\n{BLOCK}", "", 1) == before
    assert after.index('name = "newsroom"') < at < after.index("[fetch]")
    assert [one.name for one in config.load(file).source] == ["newsroom", "wire"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", BLOCK),
        ("[site]", f"[site]\n\n{BLOCK}"),
        ("[site]\r\n", "[site]\r\n\r\n" + BLOCK.replace("\n", "\r\n")),
        ("[site]\nlogo = ''\n# the end\n", f"[site]\nlogo = ''\n# the end\n\n{BLOCK}"),
        ("\ufeff[site]\n", f"\ufeff[site]\n\n{BLOCK}"),
        (
            '[[source]]\nname = "a"\nignore = [\n"[x]",\n]\n[site]\n',
            f'[[source]]\nname = "a"\nignore = [\n"[x]",\n]\n\n{BLOCK}\n[site]\n',
        ),
        (
            '[[source]]\nname = "a"\n# on a\n\n# [[source]]\n# name = "x"\n',
            f'[[source]]\nname = "a"\n# on a\n\n{BLOCK}\n# [[source]]\n# name = "x"\n',
        ),
        (
            '[[source]]\nname = "a"\nsection = """\n[site]\nx"""\n',
            f'[[source]]\nname = "a"\nsection = """\n[site]\nx"""\n\n{BLOCK}',
        ),
    ],
)
def test_the_place_is_found_however_the_file_is_written(before, after):
    assert edit.with_sources(before, BLOCK) == after


def test_sources_written_in_one_line_are_left_alone_and_the_block_is_shown(tmp_path):
    file = tmp_path / "config.toml"
    text = 'source = [{ name = "a", kind = "folder", path = "x" }]\n'
    file.write_text(text)

    with pytest.raises(ConfigError, match=r"add these lines:\s+\[\[source\]\]"):
        config.add_sources(file, [BLOCK])
    assert file.read_text() == text


def test_a_source_that_does_not_fit_leaves_the_file_as_it_was(file):
    before = file.read_bytes()

    with pytest.raises(ConfigError, match=r"source\.newsroom: two \[\[source\]\]"):
        config.add_sources(file, [BLOCK.replace("wire", "newsroom", 1)])
    with pytest.raises(ConfigError, match=r"source\.wire\.path: does not go with"):
        config.add_sources(file, [f'{BLOCK}path = "x"\n'])
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == ["config.toml"]


def test_a_file_that_cannot_be_changed_is_told_with_the_lines_to_add(tmp_path):
    with pytest.raises(ConfigError, match=r"(?s)cannot be changed.*\[\[source\]\]"):
        config.add_sources(tmp_path / "none.toml", [BLOCK])


texts = st.text(max_size=30)


@given(texts, texts, st.lists(texts, max_size=3))
def test_whatever_a_source_is_called_its_block_means_it(comment, section, ignore):
    source = SourceSettings(
        name="a",
        kind="folder",
        path=Path("articles"),
        section=section,
        ignore=tuple(ignore),
        settle=timedelta(minutes=2),
        require_ready=True,
        priority=20,
        password="sesame",
    )

    block = config.source_block(source, comment=comment)

    (written,) = tomllib.loads(block)["source"]
    expected = {
        "name": "a",
        "kind": "folder",
        "path": "articles",
        "section": section,
        "require_ready": True,
        "settle": "2m",
        "ignore": ignore,
        "priority": 20,
    }
    if not section:
        del expected["section"]
    assert written == expected
    assert "sesame" not in block or "sesame" in f"{comment}{section}{ignore}"


def test_what_is_the_default_is_not_written():
    source = SourceSettings(name="a", kind="feed", url="https://u:p@wire.example/rss")

    assert config.source_block(source, comment="The Wire\n[site]") == (
        '# The Wire [site]\n[[source]]\nname = "a"\nkind = "feed"\n'
        'url = "https://u:p@wire.example/rss"\n'
    )
