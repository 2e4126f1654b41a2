import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dispatch.collect import feed
from dispatch.errors import SourceError
from dispatch.model import (
    Alias,
    Enclosure,
    Errand,
    Harvest,
    Image,
    Response,
    Validators,
)
from support.wire import NOW, URL, WIRE, atom, item, only, read, rss


def test_an_rss_item_becomes_a_story():
    found = only(
        rss("""<item>
        <title>Bridge closes</title><link>https://wire.example/1?utm_source=rss</link>
        <guid isPermaLink="false">https://wire.example/?p=1</guid>
        <pubDate>Mon, 02 Mar 2026 05:30:00 EST</pubDate>
        <dc:creator>Ann Lee</dc:creator><dc:creator>Øle Å</dc:creator>
        <category>City</category><category>Traffic</category>
        <description>Short &amp;amp; sweet.</description>
        <content:encoded><![CDATA[<p onclick="x()">The whole <a href="/more">story</a>.
        <script>alert(1)</script></p>]]></content:encoded>
        <enclosure url="/1.mp3" type="audio/mpeg" length="12"/></item>""")
    )
    content = found.content

    assert content.headline == "Bridge closes"
    assert content.bylines == ("Ann Lee", "Øle Å")
    assert content.tags == ("City", "Traffic")
    assert content.section == "news"
    assert content.summary == "Short & sweet."
    assert '<a href="https://wire.example/more">story</a>' in content.html
    assert "script" not in content.html
    assert "onclick" not in content.html
    assert content.url == "https://wire.example/1"
    assert content.enclosures == (
        Enclosure("https://wire.example/1.mp3", "audio/mpeg", 12),
    )
    assert (content.origin_title, content.origin_url) == (
        "The Wire",
        "https://wire.example/",
    )
    assert found.published_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    assert found.updated_at is None
    assert found.guid == found.locator == "https://wire.example/?p=1"
    assert found.aliases[:3] == (
        Alias("guid", "https://wire.example/?p=1", "wire"),
        Alias("tail", "?p=1", "wire"),
        Alias("url", "wire.example/1"),
    )
    assert found.aliases[3].kind == "body"


def test_an_atom_entry_becomes_a_story():
    found = only(
        atom("""<entry><id>urn:uuid:1</id>
        <title type="html">A &amp;lt;b&amp;gt; &lt;i&gt;c&lt;/i&gt;</title>
        <link href="1.html"/><updated>2026-03-02T10:00:00Z</updated>
        <published>2026-03-01T10:00:00+01:00</published>
        <author><name>Ann</name></author><author><name>Bo</name></author>
        <content type="xhtml" xml:base="https://base.example/"><div xmlns="http://www.w3.org/1999/xhtml">
        <p>Text <img src="i.png" alt="x"/></p></div></content></entry>""")
    )

    assert found.content.headline == "A <b> c"
    assert found.content.url == "https://wire.example/1.html"
    assert found.content.bylines == ("Ann", "Bo")
    assert 'src="https://base.example/i.png"' in found.content.html
    assert found.content.image == Image(url="https://base.example/i.png", alt="x")
    assert found.published_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_a_json_feed_becomes_stories():
    found = read("""{"version": "https://jsonfeed.org/version/1", "title": "J",
      "home_page_url": "https://j.example/", "author": {"name": "Desk"},
      "items": [
        {"id": 7, "url": "/7", "title": "A &amp; B", "content_html": "<b>y</b>",
         "summary": "s", "date_published": "2026-03-01T00:00:00Z", "tags": ["t", 3],
         "image": "/i.png", "authors": [{"name": "Ann"}, {"name": "Bo"}],
         "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg",
                          "size_in_bytes": 9}, 3]},
        {"id": "8", "content_text": "One < two.\\n\\nThree.",
         "authors": {"name": "Cy"}},
        {"id": true, "title": null, "tags": "no", "attachments": 1, "authors": 4},
        "no item"]}""").found

    assert [one.locator for one in found] == ["7", "8"]
    first, second = (one.content for one in found)
    assert first.headline == "A & B"
    assert first.url == "https://j.example/7"
    assert first.bylines == ("Ann", "Bo")
    assert first.tags == ("t",)
    assert first.image == Image(url="https://j.example/i.png")
    assert first.enclosures == (Enclosure("https://j.example/a.mp3", "audio/mpeg", 9),)
    assert second.html == "<p>One &lt; two.</p><p>Three.</p>"
    assert second.bylines == ("Cy",)
    assert second.headline == "One < two. Three."


def test_the_feeds_author_stands_for_items_without_one():
    found = only('{"author": {"name": "Desk"}, "items": [{"id": "1", "title": "A"}]}')

    assert found.content.bylines == ("Desk",)


@pytest.mark.parametrize(
    ("written", "headline"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("1 &lt; 2", "1 < 2"),
        ("&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"),
        ("<![CDATA[A <em>b</em> &#8217;07]]>", "A b ’07"),
        ("  two\n lines ", "two lines"),
    ],
)
def test_a_title_is_plain_text_decoded_once(written, headline):
    found = item(f"<title>{written}</title><description>x</description>")

    assert found.content.headline == headline


def test_an_atom_title_that_says_it_is_text_is_taken_at_its_word():
    found = only(
        atom("<entry><id>1</id><title>The &lt;b&gt; tag &amp;amp; you</title></entry>")
    )

    assert found.content.headline == "The <b> tag &amp; you"


def test_an_item_without_a_title_is_named_by_its_first_words():
    found = item("<description>Just a note.</description>")

    assert found.content.headline == "Just a note."


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Mon, 21 Apr 2025 06:00:00 CEST", datetime(2025, 4, 21, 4, tzinfo=UTC)),
        ("1745215200", datetime(2025, 4, 21, 6, tzinfo=UTC)),
        ("2025-04-21T06:00:00+02:00", datetime(2025, 4, 21, 4, tzinfo=UTC)),
        ("Mon, 00 Foo 0001", None),
        ("", None),
    ],
)
def test_dates_go_through_our_date_layer(written, moment):
    assert item(f"<title>x</title><pubDate>{written}</pubDate>").published_at == moment


def test_a_clock_that_is_ahead_is_put_right_and_a_later_date_waits():
    soon = item("<title>x</title><pubDate>2026-03-03T11:00:00Z</pubDate>")
    later = item("<title>x</title><pubDate>2026-03-04T11:00:00Z</pubDate>")

    assert (soon.published_at, soon.embargo_until) == (NOW, None)
    assert later.published_at == later.embargo_until > NOW


SMALL = '<media:content url="/s.jpg" medium="image" width="100"/>'
LARGE = '<media:content url="/l.jpg" type="image/jpeg" width="800" height="600"/>'
THUMBNAIL = '<media:thumbnail url="/t.jpg"/>'
ENCLOSED = '<enclosure url="/e.jpg" type="image/jpeg"/>'


@pytest.mark.parametrize(
    ("fields", "image"),
    [
        (
            SMALL + LARGE + THUMBNAIL + ENCLOSED,
            Image("https://wire.example/l.jpg", "", "image/jpeg", 800, 600),
        ),
        (
            THUMBNAIL + ENCLOSED,
            Image("https://wire.example/e.jpg", "", "image/jpeg"),
        ),
        (THUMBNAIL, Image("https://wire.example/t.jpg")),
        (
            "<description>&lt;img src='/b.jpg'&gt; x</description>",
            Image("https://wire.example/b.jpg"),
        ),
        (
            "<description>&lt;img src='//s.w.org/images/core/emoji/'&gt;</description>",
            None,
        ),
        ('<media:content url="/v.mp4" type="video/mp4"/>', None),
        ('<media:content url="javascript:x" medium="image"/>', None),
    ],
)
def test_the_best_picture_leads(fields, image):
    assert item(f"<title>x</title>{fields}").content.image == image


def test_a_language_is_said_where_it_is_not_the_sites():
    def language(code):
        channel = f"<title>x</title><language>{code}</language>"
        return only(rss("<item><title>x</title></item>", channel)).content.language

    assert language("en-us") == ""
    assert language("de-DE") == "de-DE"
    assert language("<>") == ""
    spanish = replace(WIRE, language="es")
    assert item("<title>x</title>", source=spanish).content.language == "es"


def test_items_without_a_name_are_named_by_their_words():
    body = rss("<item><title>A</title></item><item><title>B</title></item>")

    one, two = read(body).found

    assert one.locator != two.locator
    assert one.locator.startswith("words:")
    assert one.aliases == (Alias("guid", one.locator, "wire"),)
    assert read(body).found == (one, two)


def test_items_of_one_name_get_names_of_their_own_and_repeats_are_dropped():
    body = rss(
        "<item><guid>g</guid><title>A</title></item>"
        "<item><guid>g</guid><title>B</title></item>"
        "<item><guid>g</guid><title>A</title></item>"
    )

    found = read(body).found

    assert [one.content.headline for one in found] == ["A", "B"]
    assert len({one.locator for one in found}) == 2


def test_a_stamp_changes_with_the_item_and_only_then():
    stamp = item("<title>A</title><link>https://x.example/1</link>").stamp

    assert item("<title>A</title><link>http://x.example/1</link>").stamp == stamp
    assert item("<title>B</title><link>https://x.example/1</link>").stamp != stamp


def test_an_item_that_says_nothing_is_passed_over():
    assert read(rss("<item><guid>g</guid></item>")).found == ()


def test_an_empty_feed_is_an_empty_harvest():
    harvest = read(rss(""))

    assert (harvest.found, harvest.problems, harvest.same) == ((), (), False)


# -- conditional GET -----------------------------------------------------------


def test_what_was_received_is_sent_back_exactly():
    asked = {}

    def fetch(url, *, headers):
        asked.update(headers, url=url)
        return Response(304, {"etag": '"new"'}, b"", url)

    known = Validators('W/"old "', "whenever", "hash")
    harvest = feed.read(Errand(WIRE, fetch, NOW, validators=known))

    assert asked["url"] == URL
    assert asked["If-None-Match"] == 'W/"old "'
    assert asked["If-Modified-Since"] == "whenever"
    assert harvest == Harvest(
        same=True, validators=Validators('"new"', "whenever", "hash")
    )


def test_a_304_that_says_nothing_keeps_the_validators():
    known = Validators("e", "m", "h")

    assert read("", status=304, validators=known).validators == known


def test_a_304_that_was_not_asked_for_is_an_error():
    with pytest.raises(SourceError, match="answered 304"):
        read("", status=304)


def test_the_same_bytes_are_not_read_again():
    body = rss("<item><title>A</title></item>")
    known = Validators("old", "", hashlib.sha256(body.encode()).hexdigest())

    harvest = read(body, validators=known, headers={"etag": "new"})

    assert harvest.same
    assert harvest.validators.etag == "new"
    assert harvest.found == ()


@pytest.mark.parametrize("address", ["ada@bell.example", "ada@bell.org"])
def test_an_address_alone_is_no_byline(address):
    assert item(f"<title>T</title><author>{address}</author>").content.bylines == ()


def test_a_login_in_an_address_is_given_to_no_reader():
    there = "https://ann:s3cret@wire.example"
    link = f"<title>The Wire</title><link>{there}/</link>"

    content = only(
        rss(
            f"""<item><title>A</title><link>{there}/1</link><description><![CDATA[
            <a href="{there}/2">more</a><img src="{there}/b.jpg">]]></description>
            <media:content url="{there}/c.jpg" medium="image"/>
            <enclosure url="{there}/1.mp3" type="audio/mpeg" length="12"/></item>""",
            link,
        )
    ).content

    assert "s3cret" not in repr(content)
    assert content.url == "https://wire.example/1"
    assert content.image.url == "https://wire.example/c.jpg"
    assert content.enclosures[0].url == "https://wire.example/1.mp3"
    assert content.origin_url == "https://wire.example/"


def test_a_json_feeds_long_number_is_an_id_like_any_other():
    feed = '{"items": [{"id": 114870000000000001, "title": "A"}]}'

    assert only(feed).guid == "114870000000000001"
