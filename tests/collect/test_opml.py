import contextlib
import time

import pytest
from hypothesis import given, settings, strategies as st

from dispatch.collect import opml
from dispatch.collect.opml import Listed
from dispatch.errors import SourceError

HEAD = '<?xml version="1.0"?>\n<opml version="2.0"><head><title>Mine</title></head>'


def listed(body):
    return opml.read(f"{HEAD}<body>{body}</body></opml>".encode())


def test_feeds_come_in_with_title_and_outermost_folder():
    found = listed(
        '<outline text="Campus"><outline text="Sports">'
        '<outline type="rss" text="Rowing" xmlUrl="https://rowing.example/rss"/>'
        "</outline></outline>"
        '<outline title="Wire" xmlUrl="https://wire.example/a?x=1&amp;y=2"/>'
    )

    assert found.feeds == (
        Listed("https://rowing.example/rss", "Rowing", "Campus"),
        Listed("https://wire.example/a?x=1&y=2", "Wire"),
    )
    assert found.passed_over == ()


def test_what_is_the_same_address_counts_once_and_is_named():
    found = listed(
        '<outline text="A" xmlUrl="http://www.wire.example/rss/"/>'
        '<outline text="B" xmlUrl="https://wire.example/rss"/>'
    )

    assert [one.title for one in found.feeds] == ["A"]
    assert found.passed_over == ("https://wire.example/rss is there twice.",)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.example/", "feed"])
def test_what_is_no_web_address_is_named(url):
    found = listed(f'<outline text="A" xmlUrl="{url}"/>')

    assert found.feeds == ()
    assert "is no web address." in found.passed_over[0]


def test_a_list_that_only_points_to_other_lists_brings_nothing():
    found = listed('<outline type="include" text="A" url="https://a.example/o.opml"/>')

    assert found.feeds == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not an OPML file"),
        (b"https://a.example/list.opml", "not an OPML file"),
        (b"<rss><channel><title>x</title></channel></rss>", "not an OPML file"),
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml></opml>", "entities of its own"),
        (b"<opml><!DOCTYPE opml SYSTEM 'file:///etc/passwd'></opml>", "document type"),
        (b"<opml>" + b" " * opml.MOST_BYTES, "larger than"),
        (b"<opml>" + b"<outline text='x'/>" * 5001, "more than 5,000 entries"),
    ],
)
def test_what_is_not_read_is_told_why(data, why):
    with pytest.raises(SourceError, match=why):
        opml.read(data)


@pytest.mark.parametrize(
    "body",
    [
        '<outline text="f">' * 4999 + '<outline xmlUrl="https://a.example/f"/>',
        '<outline xmlUrl="https://a.example/1" category="'
        + ",".join(f"{n}/{n}" for n in range(100_000))
        + '"/>',
        "".join(
            f'<outline text="f{n}"><outline xmlUrl="https://a.example/1"/></outline>'
            for n in range(2500)
        ),
    ],
    ids=["deep folders", "many categories", "one feed in many folders"],
)
def test_a_list_made_to_take_for_ever_does_not(body):
    started = time.perf_counter()

    assert len(listed(body).feeds) == 1
    assert time.perf_counter() - started < 3


def test_a_damaged_list_gives_what_can_be_read():
    found = opml.read(
        b'<opml version=1.1><body><outline text="A & B" xmlUrl="https://a.example/f">'
        b'<outline text="C" xmlUrl="https://c.example/f"'
    )

    assert found.feeds[0] == Listed("https://a.example/f", "A & B")


def test_what_goes_out_is_the_same_every_time_and_shows_no_password():
    feeds = [
        Listed("https://u:hunter2@a.example/f?x=1&y=2", "A <1>", "Town"),
        Listed("https://b.example/f", "B"),
        Listed("https://c.example/f", "C\x00", "Town"),
    ]

    data = opml.write(feeds, title="The Courier")

    assert data == opml.write(feeds, title="The Courier")
    assert b"hunter2" not in data
    assert data.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<opml version="2.0">\n'
        "  <head>\n"
        "    <title>The Courier</title>\n"
        "  </head>\n"
        "  <body>\n"
        '    <outline text="Town" title="Town">\n'
        '      <outline type="rss" text="A &lt;1&gt;" title="A &lt;1&gt;" '
        'xmlUrl="https://a.example/f?x=1&amp;y=2" />\n'
        '      <outline type="rss" text="C" title="C" '
        'xmlUrl="https://c.example/f" />\n'
        "    </outline>\n"
        '    <outline type="rss" text="B" title="B" '
        'xmlUrl="https://b.example/f" />\n'
        "  </body>\n"
        "</opml>\n"
    )


words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=20)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(words, words), max_size=6))
def test_what_goes_out_comes_in_again(pairs):
    feeds = [
        Listed(f"https://a{number}.example/f", title, folder)
        for number, (title, folder) in enumerate(pairs)
    ]

    again = opml.read(opml.write(feeds, title="x"))

    assert {one.url for one in again.feeds} == {one.url for one in feeds}
    by_url = {one.url: one for one in again.feeds}
    for one in feeds:
        assert by_url[one.url].folder == opml._legal(one.folder)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_list_or_one_sentence(data):
    for start in (b"", b"<opml><body>"):
        with contextlib.suppress(SourceError):
            assert len(opml.read(start + data).feeds) <= len(data)
