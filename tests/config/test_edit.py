import stat
import tomllib

import pytest

from dispatch import config, resources
from dispatch.config import edit
from dispatch.errors import ConfigError


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
