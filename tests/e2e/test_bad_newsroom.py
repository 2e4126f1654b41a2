"""A folder with all that goes wrong: valid feeds, one warning each, nothing lost."""

import json

import feedparser
import pytest

from support.publication import CONFIG, Publication

PARAGRAPH = "The ferry runs again, and the pier is longer than it was. " * 20 + "\n\n"
LINKS = """<h1>Links of every kind</h1>
<p><a href="/map">map</a> <a href="a.html">page</a>
<a href="http://[bad">bad</a> <a href="htp:/x">x</a> <a href="javascript:x()">js</a>
<a href="//cdn.example/x">proto</a> <a href="http://exa mple.org/">space</a></p>"""
GOOD = {
    "control.txt": "Control \0 and \x1b[31m here\n\n\x0b\ufffe ]]> <![CDATA[ x ]]>\n",
    "bidi.txt": "Invoice \u202egpj.exe now\n\nText \u202e turned \u2066 around.\n",
    "links.html": LINKS,
    "markup.html": "<h1><b></b></h1><p>Only markup in the title.</p>",
    "etc.md": "---\ntitle: A section elsewhere\nsection: ../../etc\n"
    "tags: ['../../passwd', '<b>']\nauthor: <script>x()</script>\n---\n\nBody.\n",
    "first.md": "---\ntitle: First of two\nurl: https://example.org/same\n---\n\nOne.\n",
    "second.md": "---\ntitle: Second of two\nurl: https://example.org/same\n---\n\nTwo "
    "is quite unlike it, and longer.\n",
    "good.txt": "The library opens on Sundays\n\nStudents asked for eleven years.\n",
}
REFUSED = {
    "huge.txt": "Five megabytes\n\n" + PARAGRAPH * 4300,
    "empty.txt": "",
}
NAMED = ("huge.txt", "empty.txt", "control.txt", "surrogates.txt", "links.html")


@pytest.fixture(scope="module")
def publication(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad") / "courier"
    folder.mkdir()
    made = Publication(
        folder,
        database=f"sqlite:///{folder}/dispatch.db",
        smtp=9,
        config=CONFIG + '\n[feeds]\nfamilies = ["section", "tag", "author"]\n',
    )
    for name, text in (GOOD | REFUSED).items():
        made.write(name, text)
    (folder / "articles" / "surrogates.txt").write_bytes(
        b"Surrogates \xed\xa0\x80 in it\n\nBody \xed\xbf\xbf and \xff\xfe.\n"
    )
    made.said = json.loads(made.command("collect", "--json", ok=False))
    made.report = json.loads(made.command("publish", "--json"))
    return made


def test_every_story_that_can_be_read_is_in_every_feed(publication):
    folder = publication.folder / "feeds"

    for name in ("all.rss", "all.atom"):
        read = feedparser.parse((folder / name).read_bytes())
        assert not read.bozo
        assert len(read.entries) == len(GOOD) + 1
    titles = {
        one["title"] for one in json.loads((folder / "all.json").read_bytes())["items"]
    }
    assert {"Invoice gpj.exe now", "The library opens on Sundays"} <= titles


def test_every_document_is_well_formed_and_lies_in_its_folder(publication):
    folder = publication.folder / "feeds"
    written = [one for feed in publication.report["feeds"] for one in feed["written"]]

    assert len(written) > 3 * 5
    for name in written:
        file = (folder / name).resolve()
        assert file.is_relative_to(folder.resolve())
        if file.suffix == ".json":
            assert json.loads(file.read_bytes())["items"]
        else:
            assert not feedparser.parse(file.read_bytes()).bozo


def test_what_was_wrong_is_named_once_and_nothing_else_failed(publication):
    said = json.dumps(publication.said)

    for name in NAMED:
        assert said.count(name) == 1, name
    assert publication.report["ok"]
    assert not any(feed["error"] for feed in publication.report["feeds"])


def test_no_link_in_a_feed_is_one_that_readers_cannot_open(publication):
    document = json.loads((publication.folder / "feeds" / "all.json").read_bytes())
    [story] = [one for one in document["items"] if "Links" in one["title"]]

    assert 'href="https://cdn.example/x"' in story["content_html"]
    assert story["content_html"].count("href=") == 1
    assert "map" in story["content_html"]
