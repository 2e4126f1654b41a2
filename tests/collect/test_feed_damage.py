"""Bad feeds: each is named, what can be used is used, nothing else happens."""

import contextlib
import json

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import feed_xml
from dispatch.errors import SourceError
from dispatch.model import Problem
from support.wire import item, only, read, rss


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, "answered 500 (Internal Server Error)."),
        (404, "answered 404 (Not Found). Is the address still right?"),
        (410, "gone for good"),
        (401, "wants a password"),
        (429, "wants fewer visits"),
        (799, "answered 799."),
        (204, "answered 204"),
    ],
)
def test_a_refusal_is_told_without_the_key_in_the_address(status, said):
    with pytest.raises(SourceError) as caught:
        read("x", status=status)

    assert str(caught.value).startswith("https://wire.example/feed: It ")
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><head><title>Log in</title></head><body>x</body></html>",
        "\n<html><body><p>Maintenance<br></body></html>",
    ],
)
def test_an_html_page_is_no_feed(page):
    with pytest.raises(SourceError, match=r"not a feed \(an HTML page came back\)"):
        read(page, headers={"content-type": "text/html"})


@pytest.mark.parametrize(
    "body",
    ["", "   ", "hello", "<xml/>", "{", "{}", '{"items": 3}', "\0\0\0", "%PDF-1.7"],
)
def test_what_is_no_feed_is_an_error(body):
    with pytest.raises(SourceError, match="not a feed"):
        read(body)


def test_deep_json_is_damaged_json():
    with pytest.raises(SourceError, match="damaged JSON"):
        read('{"a":' * 100_000)


@pytest.mark.parametrize(
    "document",
    [
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!-- x --><!DOCTYPE r SYSTEM "x" [ <!ENTITY % p SYSTEM "file:///etc"> ]>',
        '<!doctype rss [\n<!entity a "b">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_entities_of_its_own_are_refused_in_any_encoding(document, encoding):
    body = (document + rss("<item><title>&b;</title></item>")).encode(encoding)

    with pytest.raises(SourceError, match=r"declares entities|not a feed"):
        read(body)


@pytest.mark.parametrize("encoding", ["utf-7", "cp037", "unicode_escape", "hz", "idna"])
def test_an_encoding_that_could_hide_something_is_not_believed(encoding):
    hidden = '+ADwAIQ-DOCTYPE r [+ADwAIQ-ENTITY a "b"+AD4-]+AD4-'
    body = f'<?xml version="1.0" encoding="{encoding}"?>{hidden}' + rss(
        "<item><title>A</title></item>"
    )

    for header in ({}, {"content-type": f"text/xml; charset={encoding}"}):
        for found in read(body, headers=header).found:
            assert found.content.headline == "A"


def test_a_doctype_without_entities_does_no_harm():
    old = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x/rss.dtd">'

    assert only(old + rss("<item><title>A</title></item>")).content.headline == "A"


def test_a_story_about_entities_may_show_them():
    shown = "<![CDATA[<pre>&lt;!DOCTYPE x [&lt;!ENTITY a 'b'&gt;]&gt;</pre>]]>"

    assert "ENTITY" in item(f"<description>{shown}</description>").content.html


def test_a_feed_that_breaks_off_gives_its_whole_items_and_a_problem():
    body = rss(
        "".join(
            f"<item><guid>{n}</guid><title>Story {n}</title></item>" for n in range(5)
        )
    )

    harvest = read(body[: body.index("Story 3") + 4])

    assert [one.content.headline for one in harvest.found] == [
        "Story 0",
        "Story 1",
        "Story 2",
    ]
    assert harvest.problems == (
        Problem(
            "https://wire.example/feed",
            "It ends in the middle; the items before that were used.",
        ),
    )


def test_a_feed_that_is_not_well_formed_gives_what_it_has_and_a_problem():
    body = rss("<item><guid>1</guid><title>A &ldquo;B&rdquo; & C</title></item>")

    harvest = read(body.replace("</channel>", "</chanel>"))

    assert [one.content.headline for one in harvest.found] == ["A “B” & C"]
    assert "not well-formed" in harvest.problems[0].what


@pytest.mark.parametrize("start", ["\ufeff", "\n\n  ", "\ufeff\n"])
def test_what_stands_before_the_feed_is_passed_over(start):
    body = start + '<?xml version="1.0"?>' + rss("<item><title>A</title></item>")

    assert only(body).content.headline == "A"


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", "iso-8859-1", "iso-8859-1"),
        ("cp1252", "windows-1252", ""),
        ("cp1252", "", "windows-1252"),
        ("cp1252", "utf-8", "utf-8"),
        ("cp1252", "", ""),
        ("utf-16", "utf-16", ""),
    ],
)
def test_the_encoding_is_found_whatever_is_claimed(encoding, declared, header):
    says = f' encoding="{declared}"' if declared else ""
    body = f'<?xml version="1.0"{says}?>' + rss(
        "<item><title>“Café” ’07</title></item>"
    )
    kind = {"content-type": f"text/xml; charset={header}"} if header else {}

    assert only(body.encode(encoding), headers=kind).content.headline == "“Café” ’07"


def test_single_bytes_of_another_encoding_spoil_only_themselves():
    body = rss("<item><title>Café X</title></item>").encode().replace(b"X", b"\x93")

    assert only(body).content.headline == "Café “"


def test_a_giant_item_is_set_aside_and_the_rest_goes_on():
    body = rss(
        f"<item><guid>big</guid><description>{'x' * 1_000_001}</description></item>"
        "<item><guid>small</guid><title>A</title></item>"
    )

    harvest = read(body)

    assert [one.locator for one in harvest.found] == ["small"]
    (problem,) = harvest.problems
    assert problem.where == "big"
    assert "more than 1,000,000 characters" in problem.what


@pytest.mark.parametrize(
    ("days", "kept"), [("123456", "456"), ("654321", "654"), ("111111", "111")]
)
def test_of_too_many_items_the_newest_count(days, kept, monkeypatch):
    monkeypatch.setattr(feed_xml, "MOST_ITEMS", 3)
    items = [
        f"<item><guid>{at}</guid><title>{day}</title>"
        f"<pubDate>0{day} Jan 2026 09:00 GMT</pubDate></item>"
        for at, day in enumerate(days)
    ]

    harvest = read(rss("".join(items)))

    assert [one.content.headline for one in harvest.found] == list(kept)
    assert harvest.problems[0].what == "It has 6 items; 3 of them count."


def test_links_that_are_no_web_addresses_are_no_links():
    found = item("<title>A</title><link>javascript:alert(1)</link>")

    assert found.content.url == ""


def test_control_characters_come_to_nothing():
    body = rss("<item><guid>g\x01</guid><title>A\x00\x08B\u202e</title></item>")

    found = only(body)

    assert (found.content.headline, found.guid) == ("AB", "g")


GOOD = rss("<item><guid>g</guid><title>Title</title><link>/x</link></item>").encode()


@given(st.binary(max_size=300))
def test_any_bytes_give_a_harvest_or_a_source_error(body):
    _survives(body)


@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), st.binary(max_size=12))
def test_any_damage_to_a_feed_gives_a_harvest_or_a_source_error(start, end, junk):
    _survives(GOOD[:start] + junk + GOOD[end:])


KEYS = (
    *("id", "url", "title", "content_html", "content_text", "items", "authors"),
    *("author", "name", "tags", "date_published", "image", "attachments"),
    *("size_in_bytes", "summary"),
)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(KEYS),
                inner,
                max_size=5,
            )
        ),
    )
)
def test_any_json_gives_a_harvest_or_a_source_error(items):
    _survives(json.dumps({"items": items}).encode())
    _survives(json.dumps({"items": [items], "title": items}).encode())


def _survives(body):
    with contextlib.suppress(SourceError):
        assert all(one.locator and one.stamp for one in read(body).found)
