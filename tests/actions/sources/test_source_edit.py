"""Sources written into config.toml, and lists of them read and written."""

import pytest

from dispatch import config
from dispatch.actions.sources import source_edit
from dispatch.collect import opml
from dispatch.errors import ConfigError, SourceError, UsageError
from support.collecting import STORY
from support.http_server import Server
from support.places import FETCH, NOW, feed, item

CONFIG = """# ours
[site]
title = "The Courier"

[[source]]
name = "wire"
kind = "feed"
url = "https://u:hunter2@wire.example/rss?key=1"  # theirs
section = "World"

# the end
"""
LIST = """<opml version="2.0"><body>
<outline text="Campus">
  <outline text="The Rowing Club" xmlUrl="https://rowing.example/rss"/>
  <outline text="The Rowing Club" xmlUrl="https://rowers.example/rss"/>
</outline>
<outline text="Wire" xmlUrl="http://www.wire.example/rss/?key=1"/>
<outline text="Broken" xmlUrl="mailto:x@y.example"/>
</body></opml>
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def server():
    with Server() as running:
        yield running


def add(file, target, **options):
    settings = config.load(file)
    return source_edit.add(file, str(target), settings, FETCH, now=NOW, **options)


def test_a_feed_is_added_below_the_last_source_with_every_comment_in_place(
    file, server
):
    server["/rss"] = feed(item(1))

    report = add(file, server.url("/rss"), name="bell")

    text = file.read_text()
    assert text == CONFIG.replace(
        'section = "World"\n',
        'section = "World"\n\n# The Bell\n[[source]]\nname = "bell"\nkind = "feed"\n'
        f'url = "{server.url("/rss")}"\n',
    )
    assert report.added == ("bell",)
    assert any("First contact: 1 story" in line for line in report.lines())


def test_a_login_is_written_into_the_config_and_shown_nowhere(file, server):
    server["/rss"] = feed(item(1))
    url = server.url("/rss").replace("//", "//ada:sesame@")

    report = add(file, url)

    assert config.load(file).source[1].url == url
    assert "sesame" not in "\n".join(report.lines()) + str(report.to_json())


def test_a_folder_of_the_publication_is_named_as_seen_from_there(file):
    folder = file.parent / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text(STORY)

    add(file, folder)

    assert 'path = "articles"' in file.read_text()
    assert config.load(file).source[1].path == folder


def test_what_is_a_source_already_is_not_added_twice(file, server):
    server["/rss"] = feed(item(1))
    add(file, server.url("/rss"))
    before = file.read_text()

    with pytest.raises(UsageError, match=r"Source feed reads .* already"):
        add(file, server.url("/rss/"))
    assert file.read_text() == before


def test_what_cannot_be_read_or_named_is_not_added(file, server):
    server["/rss"] = feed(item(1))

    with pytest.raises(SourceError):
        add(file, server.url("/none"))
    with pytest.raises(ConfigError, match="is not a name"):
        add(file, server.url("/rss"), name="The Bell")
    with pytest.raises(ConfigError, match="have this name"):
        add(file, server.url("/rss"), name="wire")
    assert file.read_text() == CONFIG


def listed(file, text=LIST):
    path = file.parent / "list.opml"
    path.write_text(text)
    return path


def test_a_list_of_feeds_becomes_sources_and_folders_sections(file):
    report = source_edit.import_opml(file, listed(file), config.load(file))

    wire, *added = config.load(file).source
    assert wire.name == "wire"
    assert [(one.name, one.url, one.section, one.first_contact) for one in added] == [
        ("the-rowing-club", "https://rowing.example/rss", "Campus", "baseline"),
        ("the-rowing-club-2", "https://rowers.example/rss", "Campus", "baseline"),
    ]
    assert report.added == ("the-rowing-club", "the-rowing-club-2")
    assert report.passed_over[0] == (
        "http://www.wire.example/rss/ is source wire already."
    )
    assert "mailto:x@y.example is no web address." in report.passed_over
    assert "hunter2" not in "\n".join(report.lines())
    assert "# theirs" in file.read_text()


def test_importing_twice_adds_nothing_the_second_time(file):
    source_edit.import_opml(file, listed(file), config.load(file))
    before = file.read_text()

    again = source_edit.import_opml(file, listed(file), config.load(file))

    assert again.added == ()
    assert file.read_text() == before
    assert "Added 0 sources" in again.lines()[0]


def test_a_dry_run_says_what_would_be_added_and_writes_nothing(file):
    report = source_edit.import_opml(
        file, listed(file), config.load(file), dry_run=True
    )

    assert report.lines()[0] == f"Would add 2 sources to {file}."
    assert file.read_text() == CONFIG


def test_what_is_no_list_is_told_with_its_name(file, tmp_path):
    with pytest.raises(SourceError, match=r"list\.opml: It is not an OPML file"):
        source_edit.import_opml(file, listed(file, "<rss/>"), config.load(file))
    with pytest.raises(UsageError, match="cannot be read"):
        source_edit.import_opml(file, tmp_path / "none", config.load(file))


def test_what_goes_out_comes_in_again_in_another_publication(file, tmp_path):
    source_edit.import_opml(file, listed(file), config.load(file))
    data = source_edit.export_opml(config.load(file))
    other = tmp_path / "other.toml"
    other.write_text("")
    (tmp_path / "out.opml").write_bytes(data)

    source_edit.import_opml(other, tmp_path / "out.opml", config.load(other))

    assert b"hunter2" not in data
    assert [(s.name, s.section) for s in config.load(other).source] == [
        (one.name, one.section) for one in config.load(file).source
    ]
    assert opml.read(data).feeds[0].url == "https://wire.example/rss?key=1"
