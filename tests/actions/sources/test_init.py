import tomllib

import pytest

from dispatch import config, resources
from dispatch.actions.operations import check
from dispatch.actions.sources import init
from dispatch.errors import StartError, UsageError


def make(folder, title="", timezone="UTC"):
    return init.init(folder, title=title, timezone=timezone)


def test_a_new_publication_passes_the_check(tmp_path):
    report = make(tmp_path / "a" / "courier", "The Courier", "Europe/Berlin")

    checked = check.check(tmp_path / "a" / "courier" / "config.toml")
    assert checked.faults == ()
    assert report.ok
    assert report.to_json()["made"] == ["config.toml", *sorted(report.made[1:])]
    assert "check" in report.lines()[2]
    settings = config.load(tmp_path / "a" / "courier" / "config.toml")
    assert settings.site.title == "The Courier"
    assert settings.newsletter[0].timezone == "Europe/Berlin"
    assert settings.source[0].first_contact == "baseline"
    assert settings.sandbox.sample_subscribers == ()


def test_the_title_is_made_of_the_folders_name(tmp_path):
    make(tmp_path / "larkfield-courier")

    settings = config.load(tmp_path / "larkfield-courier" / "config.toml")
    assert settings.site.title == "Larkfield Courier"


def test_what_is_there_is_left_alone(tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("A story.")

    assert "articles/" not in make(tmp_path).made
    before = (tmp_path / "config.toml").read_bytes()

    with pytest.raises(UsageError, match="is there already"):
        make(tmp_path, "Another")
    assert (tmp_path / "config.toml").read_bytes() == before


@pytest.mark.parametrize("title", ['A "B"', "A\nB", "A\\B", "A <b@c.example>"])
def test_a_title_that_would_break_the_file_is_refused(tmp_path, title):
    with pytest.raises(UsageError, match="without quotes"):
        make(tmp_path, title)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StartError, match="cannot be made"):
        make(tmp_path / "file" / "courier")


def test_the_blank_names_no_key_that_the_demo_does_not_explain(tmp_path):
    make(tmp_path)
    blank = tomllib.loads((tmp_path / "config.toml").read_text())
    demo = tomllib.loads(resources.shipped("config.toml").read_text())

    for table, content in blank.items():
        both = (content[0], demo[table][0]) if isinstance(content, list) else None
        ours, theirs = both or (content, demo[table])
        assert set(ours) <= set(theirs), table
