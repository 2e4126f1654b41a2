"""The commands of `dispatch source`, as somebody new types them."""

import re

import pytest

from dispatch.cli import main, watching
from support.http_server import Server
from support.places import feed, item, page

LIST = (
    '<opml version="2.0"><body><outline text="Town">'
    '<outline text="Larkfield Herald" xmlUrl="https://herald.example/rss"/>'
    "</outline></body></opml>"
)


@pytest.fixture
def server():
    with Server() as running:
        running["/"] = page(
            '<link rel="alternate" type="application/rss+xml" title="B" href="/rss">'
        )
        running["/rss"] = feed(*(item(n, hours=n) for n in range(3)))
        yield running


def test_a_place_is_looked_at_without_any_config(tmp_path, server, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["source", "check", server.url("/"), "--allow-private"])

    said = capsys.readouterr().out
    assert left.value.code == 0
    assert 'kind "feed", The Bell.' in said
    assert "Story 0" in said
    assert "[[source]]" in said
    assert f"type: dispatch source add {server.url('/')}" in said.replace("\n", "")
    assert list(tmp_path.iterdir()) == []


def test_a_private_address_is_refused_with_what_to_type(desk, server):
    done = desk.call("source", "check", server.url("/"), code=1)

    assert "To look at it now, add --allow-private." in done.err


def test_a_look_for_machines_is_one_object(desk, server):
    found = desk.call(
        "source", "check", server.url("/rss"), "--allow-private", "--json"
    ).json

    assert (found["ok"], found["kind"], found["stories"]) == (True, "feed", 3)
    assert {
        "headline",
        "byline",
        "published",
        "section",
        "words",
        "picture",
        "url",
    } == (set(found["items"][0]))
    assert found["block"].startswith("# The Bell\n[[source]]\n")


def test_a_place_is_added_and_collected_and_listed(desk, server):
    said = desk.call(
        "source", "add", server.url("/"), "--name", "bell", "--allow-private"
    ).out
    assert "Added source bell" in said
    assert 'Now write it under [fetch], too: allow_private = ["127.0.0.1"]' in said
    text = desk.config.read_text()
    desk.configure(f'{text}\n[fetch]\nallow_private = ["127.0.0.1"]\n')
    assert "next round" in desk.call("source", "list").out
    desk.call("collect")

    shown = desk.call("source", "list").out
    found = desk.call("source", "list", "--json").json

    bell = next(one for one in found["sources"] if one["name"] == "bell")
    assert (bell["articles"], bell["last_week"], bell["state"]) == (3, 3, "well")
    assert bell["next_why"]
    assert f"bell, next visit: {bell['next_why']}" in shown
    assert desk.call("source", "add", server.url("/rss"), code=2).err.startswith(
        "Source bell reads "
    )


def test_the_name_of_a_source_is_a_place_too(desk):
    said = desk.call("source", "check", "newsroom").out

    assert "It is source newsroom." in said
    assert "[[source]]" not in said


def test_what_is_no_place_is_wrong_usage(desk):
    done = desk.call("source", "check", "nothing", code=2)

    assert "neither a web address, a folder, nor a source" in done.err
    assert "In the config: newsroom." in done.err


def test_a_list_comes_in_and_goes_out(desk):
    (desk.folder / "in.opml").write_text(LIST)
    before = desk.config.read_text()

    wish = desk.call("source", "import", str(desk.folder / "in.opml"), "--dry-run")
    assert "Would add 1 source" in wish.out
    assert desk.config.read_text() == before
    done = desk.call("source", "import", str(desk.folder / "in.opml"), "--json").json
    assert done["added"] == ["larkfield-herald"]
    out = desk.folder / "out.opml"
    assert "1 feed written to" in desk.call("source", "export", str(out)).out

    assert 'xmlUrl="https://herald.example/rss"' in out.read_text()
    assert desk.call("source", "export").out == out.read_text()
    assert desk.call("source", "export", "--json").json["opml"] == out.read_text()


def test_a_list_that_cannot_be_written_is_told(desk):
    done = desk.call("source", "export", str(desk.folder), code=2)

    assert "cannot be written" in done.err


def test_collecting_for_a_machine_or_a_pipe_shows_no_progress(desk):
    done = desk.call("collect")

    assert "Reading" not in done.out + done.err


def test_a_source_that_is_not_held_cannot_be_decided(desk):
    for word in ("release", "discard"):
        said = desk.call("source", word, "newsroom", code=2).err
        assert "Source newsroom is not held: there is nothing to decide." in said
        assert (
            "There is no source named x" in desk.call("source", word, "x", code=2).err
        )


def test_on_a_terminal_a_source_that_takes_long_gets_a_line(desk, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # Rich takes that for a terminal
    monkeypatch.setattr(watching, "LONG", -1)

    assert re.search(
        r"Source newsroom took \d\.\d s\.", plain(desk.call("collect").err)
    )
    assert desk.call("collect", "--json").err == ""


def plain(text):
    """What stays of a text without its colours and its moves of the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


@pytest.mark.parametrize(
    ("word", "told"), [("release", "taken in as news"), ("discard", "recorded")]
)
def test_a_storm_is_held_until_somebody_says_what_becomes_of_it(
    desk, server, word, told
):
    desk.configure(
        f'{desk.config.read_text()}\n[fetch]\nallow_private = ["127.0.0.1"]\n'
        f'[[source]]\nname = "bell"\nkind = "feed"\nurl = "{server.url("/rss")}"\n'
    )
    server["/rss"] = feed(*(_old(n, "first") for n in range(8)))
    desk.call("collect", "--source", "bell")
    server["/rss"] = feed(*(_old(n, "second") for n in range(8)))
    desk.call("collect", "--source", "bell")
    before = len(desk.call("article", "list", "--json").json["articles"])

    shown = " ".join(desk.call("source", "list").out.split())
    done = desk.call("source", word, "bell")
    after = len(desk.call("article", "list", "--json").json["articles"])

    assert "It is held. 8 of 8 changed id; 0 paired; 8 new." in shown
    assert f"source {word} bell" in shown
    assert told in done.out
    assert after - before == 8
    assert "It is held" not in desk.call("source", "list").out


def _old(number, word):
    """An item dated before any visit, with a name and words of its own."""
    words = " ".join(f"{word}{number}x{place}" for place in range(60))
    return (
        f"<item><guid isPermaLink='false'>{word}-{number}</guid>"
        f"<title>{word} story {number}</title>"
        f"<link>https://bell.example/{word}/{number}</link>"
        f"<pubDate>Mon, 02 Mar 2020 1{number}:00:00 GMT</pubDate>"
        f"<description>{words}</description></item>"
    )
