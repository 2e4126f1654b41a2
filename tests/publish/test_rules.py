"""What validators and readers' programs ask of every document, one by one.

The numbers are those of the rules that Dispatch follows: X for XML, R for RSS 2.0, A
for Atom, J for JSON Feed, M for Media RSS, C for podcasts, F for feedgen's faults.
"""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import feedparser
import pytest

from dispatch.collect import sanitise
from dispatch.model import Enclosure, FeedFormat, Image
from dispatch.publish import documents
from dispatch.text import plain
from support.publishing import FEED, SITE, article, full_story, make_channel, words

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST_NS = "{https://podcastindex.org/namespace/1.0}"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
OF_THE_FORMAT = plain.lexicon(
    "id url external_url title content_html content_text summary image banner_image "
    "date_published date_modified authors tags language attachments"
)
XML = (FeedFormat.RSS, FeedFormat.ATOM)
STORIES = (full_story(), article(1), article(2, content=words(summary="In short.")))


@pytest.fixture(scope="module")
def files():
    return documents.make(make_channel(*STORIES)).files


@pytest.fixture(scope="module")
def channel(files):
    return ET.fromstring(files[FeedFormat.RSS]).find("channel")


@pytest.fixture(scope="module")
def feed(files):
    return ET.fromstring(files[FeedFormat.ATOM])


@pytest.fixture(scope="module")
def json_feed(files):
    return json.loads(files[FeedFormat.JSON])


@pytest.mark.parametrize("form", XML)
def test_x1_nothing_stands_before_the_declaration(files, form):
    assert files[form].startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<")


@pytest.mark.parametrize("form", FeedFormat)
def test_x3_the_end_of_cdata_inside_a_story_comes_back_as_it_was(form):
    html = "<p>a]]&gt;b</p><pre>c]]>d</pre>"

    made = documents.make(make_channel(article(content=words(html=html))))

    if form is FeedFormat.JSON:
        found = json.loads(made.files[form])["items"][0]["content_html"]
    else:
        root = ET.fromstring(made.files[form])
        tag = "description" if form is FeedFormat.RSS else f"{ATOM}content"
        found = root.findall(f".//{tag}")[-1].text
    assert found == html


@pytest.mark.parametrize("form", FeedFormat)
def test_x4_a_title_is_text_and_no_tag_is_left_in_it(form):
    story = article(
        content=words(headline="<b>Bold</b> & <i class='x'>slanted</i> 1<2")
    )

    document = documents.make(make_channel(story)).files[form]

    if form is FeedFormat.JSON:
        assert json.loads(document)["items"][0]["title"] == "Bold & slanted 1<2"
    else:
        titles = [
            one.text for one in ET.fromstring(document).iter() if "title" in one.tag
        ]
        assert titles[-1] == "Bold & slanted 1<2"


@pytest.mark.parametrize("form", XML)
def test_x5_every_prefix_is_declared_once_at_the_root(files, form):
    text = files[form].decode()
    root = re.match(r"<\?xml[^>]*>\n<[^>]*>", text)[0]

    assert "xmlns" not in text[len(root) :]
    for prefix in re.findall(r"xmlns:(\w+)=", root):
        if prefix not in {"atom", "content"}:  # feedgen declares these always
            assert f"<{prefix}:" in text


def test_x7_items_follow_all_that_is_said_of_the_channel(channel):
    tags = [one.tag for one in channel]

    assert tags[tags.index("item") :] == ["item"] * len(STORIES)


def test_r1_r6_what_must_be_there_once_is_there_once(channel):
    for tag in ("title", "link", "description", "language", "lastBuildDate"):
        assert len(channel.findall(tag)) == 1
    for item in channel.iterfind("item"):
        counted = Counter(one.tag for one in item)
        for tag in ("title", "link", "description", "guid", "pubDate"):
            assert counted[tag] == 1
        assert counted["author"] == counted[f"{DC}date"] == 0  # R9, R12
        assert counted["enclosure"] <= 1  # R11


def test_r2_r3_the_channel_links_to_its_page_and_says_where_it_lives(channel):
    [own] = [one for one in channel.iterfind(f"{ATOM}link") if one.get("rel") == "self"]

    assert own.get("href") == "https://news.example.org/feeds/all.rss"
    assert own.get("type") == "application/rss+xml"
    assert channel.findtext("link") == "https://bell.example.org/"


def test_r4_every_address_is_absolute_and_ascii(channel):
    story = article(content=words(url="https://exämple.org/für uns?q=ü", html=""))
    document = documents.make(make_channel(story)).files[FeedFormat.RSS]

    link = ET.fromstring(document).findtext("channel/item/link")
    assert link == "https://xn--exmple-cua.org/f%C3%BCr%20uns?q=%C3%BC"
    for item in channel.iterfind("item"):
        assert re.fullmatch(r"https?://[\x21-\x7e]+", item.findtext("link"))


def test_r5_dates_are_what_every_reader_understands(channel):
    dates = [channel.findtext("lastBuildDate")]
    dates += [item.findtext("pubDate") for item in channel.iterfind("item")]
    for date in dates:
        assert re.fullmatch(
            r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} \+0000", date
        )
        assert parsedate_to_datetime(date).strftime("%a") == date[:3]


def test_r7_r8_every_item_has_an_id_that_is_no_address_and_a_link_beside_it(channel):
    items = channel.findall("item")

    assert len({item.findtext("guid") for item in items}) == len(items)
    for item in items:
        assert item.find("guid").get("isPermaLink") == "false"
        assert item.findtext("link").startswith("https://")


def test_r9_writers_are_named_without_an_address(channel):
    assert [one.text for one in channel.iter(f"{DC}creator")] == [
        "Ada Quill",
        "Ben Ode",
    ]


def test_r10_a_summary_stands_before_the_whole_text_which_stands_alone_without(channel):
    told = {
        item.findtext("title"): [one.tag for one in item]
        for item in channel.iterfind("item")
    }

    short = told["Ferry runs again"]
    assert short.index("description") < short.index(ENCODED)
    assert ENCODED not in told["Story 1"]


def test_r11_an_enclosure_has_all_three_attributes_and_what_plays_comes_first():
    pdf = Enclosure("https://example.org/a.pdf", "application/pdf", 5)
    mp3 = Enclosure("https://example.org/a.mp3", "audio/mpeg")
    story = article(content=words(enclosures=(pdf, mp3)))
    document = documents.make(make_channel(story)).files[FeedFormat.RSS]

    [found] = ET.fromstring(document).iter("enclosure")
    assert found.attrib == {"url": mp3.url, "length": "0", "type": "audio/mpeg"}


def test_r13_the_picture_of_the_channel_is_named_as_the_channel_is(channel):
    image = channel.find("image")

    assert image.findtext("title") == channel.findtext("title")
    assert image.findtext("link") == channel.findtext("link")
    assert image.find("width") is image.find("height") is None  # 88 by 31 at most, then


def test_r14_the_date_of_the_channel_is_that_of_its_newest_change(channel, feed):
    assert channel.findtext("lastBuildDate") == "Tue, 03 Mar 2026 07:05:00 +0000"
    assert feed.findtext(f"{ATOM}updated") == "2026-03-03T07:05:00+00:00"


def test_r16_r17_nothing_says_how_often_to_come_but_the_server(channel):
    for tag in ("ttl", "textInput", "rating", "skipHours", "skipDays", "cloud"):
        assert channel.find(tag) is None


def test_r18_a_story_from_elsewhere_names_the_feed_it_came_from(channel):
    source = channel.find("item/source")

    assert (source.get("url"), source.text) == (
        "https://wire.example.net/feed",
        "Port Wire",
    )


def test_a1_a2_what_must_be_there_once_is_there_once(feed):
    assert feed.find(f"{ATOM}author/{ATOM}name").text == "The Harbour Bell"
    for one in (feed, *feed.iterfind(f"{ATOM}entry")):
        for tag in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{tag}")) == 1


def test_a3_a4_every_entry_has_content_and_one_page(feed):
    for entry in feed.iterfind(f"{ATOM}entry"):
        rels = Counter(one.get("rel") for one in entry.iterfind(f"{ATOM}link"))
        assert rels["alternate"] == 1
        assert entry.findtext(f"{ATOM}content")


def test_a6_dates_are_whole_seconds_with_a_zone(feed):
    for tag in ("updated", "published"):
        for one in feed.iter(f"{ATOM}{tag}"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", one.text)


def test_a8_a_story_is_updated_by_what_matters_and_published_once():
    first = article(1)
    later = replace(first, revision=2, updated_at=datetime(2026, 4, 1, tzinfo=UTC))
    read = [
        feedparser.parse(
            documents.make(make_channel(one)).files[FeedFormat.ATOM]
        ).entries[0]
        for one in (first, later)
    ]

    assert read[0].published == read[1].published
    assert read[0].updated < read[1].updated


def test_a11_content_is_html_and_says_so(feed):
    assert {one.get("type") for one in feed.iter(f"{ATOM}content")} == {"html"}
    assert {one.get("type") for one in feed.iter(f"{ATOM}summary")} == {"html"}


def test_a13_the_language_is_named_and_that_of_a_story_in_another(feed):
    lang = "{http://www.w3.org/XML/1998/namespace}lang"

    assert feed.get(lang) == "en"
    assert [one.get(lang) for one in feed.iterfind(f"{ATOM}entry")] == [
        "pt",
        None,
        None,
    ]


def test_a15_a_story_from_elsewhere_carries_its_feeds_id_page_and_address(feed):
    source = feed.find(f"{ATOM}entry/{ATOM}source")

    assert source.findtext(f"{ATOM}id") == "https://wire.example.net/feed"
    assert source.findtext(f"{ATOM}title") == "Port Wire"
    assert {
        one.get("rel"): one.get("href") for one in source.iterfind(f"{ATOM}link")
    } == {
        "self": "https://wire.example.net/feed",
        "alternate": "https://wire.example.net/",
    }


def test_a15_an_origin_that_names_only_its_page_has_no_address_of_its_feed():
    story = article(
        content=words(origin_title="Wire", origin_url="https://wire.example/")
    )
    document = documents.make(make_channel(story)).files[FeedFormat.ATOM]

    source = ET.fromstring(document).find(f"{ATOM}entry/{ATOM}source")
    assert source.findtext(f"{ATOM}id") == "https://wire.example/"
    assert [one.get("rel") for one in source.iterfind(f"{ATOM}link")] == ["alternate"]


def test_a17_a18_every_element_is_in_a_namespace_that_readers_know(feed):
    known = (ATOM, MEDIA)

    assert all(one.tag.startswith(known) for one in feed.iter())


def test_j1_to_j7_the_json_feed_is_as_its_version_asks(json_feed):
    assert json_feed["version"] == "https://jsonfeed.org/version/1.1"
    assert json_feed["home_page_url"] == "https://bell.example.org/"
    assert json_feed["feed_url"] == "https://news.example.org/feeds/all.json"
    assert json_feed["authors"][0]["name"] == "The Harbour Bell"
    for item in json_feed["items"]:
        assert isinstance(item["id"], str)
        assert item["id"]
        assert item["content_html"]
        assert "<" not in item["title"]
        for key in ("date_published", "date_modified"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item[key])
        for attachment in item.get("attachments", ()):
            assert {"url", "mime_type"} <= attachment.keys()


def test_j10_readers_need_not_look_for_a_picture_on_the_site(json_feed):
    assert (
        json_feed["icon"] == json_feed["favicon"] == "https://bell.example.org/logo.png"
    )


def test_j12_what_is_ours_alone_begins_with_an_underscore(json_feed):
    for item in json_feed["items"]:
        assert all(key.startswith("_") for key in item.keys() - OF_THE_FORMAT)


def test_m1_m2_the_picture_stands_alone_and_in_the_text_as_well(channel):
    item = channel.find("item")

    assert len(item.findall(f"{MEDIA}content")) == 1
    assert item.find(f"{MEDIA}group") is None
    assert '<img src="https://bell.example.org/img/ferry.jpg"' in item.findtext(ENCODED)


PODCAST = replace(FEED, podcast_category="News > Daily News", podcast_explicit=True)


def test_c1_a_podcast_says_what_directories_ask():
    document = documents.make(make_channel(*STORIES, feed=PODCAST)).files[
        FeedFormat.RSS
    ]
    channel = ET.fromstring(document).find("channel")
    episode, story = channel.findall("item")[0], channel.findall("item")[1]

    assert channel.findtext(f"{ITUNES}explicit") == "true"
    assert (
        channel.find(f"{ITUNES}image").get("href")
        == "https://bell.example.org/logo.png"
    )
    assert channel.find(f"{ITUNES}category").get("text") == "News"
    assert (
        channel.find(f"{ITUNES}category/{ITUNES}category").get("text") == "Daily News"
    )
    assert len(channel.findtext("description").encode()) <= 4000
    assert episode.findtext(f"{ITUNES}duration") == "754"
    assert episode.findtext(f"{ITUNES}author") == "Ada Quill, Ben Ode"
    assert not [one for one in story if one.tag.startswith(ITUNES)]


def test_c1_a_podcast_has_a_guid_for_life_and_says_whether_it_may_be_taken_over():
    def told(feed, site=SITE):
        document = documents.make(make_channel(*STORIES, feed=feed, site=site))
        return ET.fromstring(document.files[FeedFormat.RSS]).find("channel")

    guid = told(PODCAST).findtext(f"{PODCAST_NS}guid")
    elsewhere = replace(SITE, url="https://other.example", contact="a@other.example")
    moved = told(replace(PODCAST, name="b", podcast_locked=True), elsewhere)
    kept = told(replace(PODCAST, podcast_guid=f"{'0' * 8}-0000-0000-0000-{'0' * 12}"))

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f-]{21}", guid)
    assert told(PODCAST).find(f"{PODCAST_NS}locked").text == "no"
    assert moved.findtext(f"{PODCAST_NS}guid") == guid
    locked = moved.find(f"{PODCAST_NS}locked")
    assert (locked.text, locked.get("owner")) == ("yes", "a@other.example")
    assert kept.findtext(f"{PODCAST_NS}guid").startswith("00000000-")


def test_c1_a_feed_without_anything_to_play_is_no_podcast():
    made = documents.make(make_channel(article(1), feed=PODCAST))

    assert b"itunes" not in made.files[FeedFormat.RSS]


def test_c1_only_rss_is_a_podcast_and_only_when_asked(files):
    made = documents.make(make_channel(*STORIES, feed=PODCAST))

    assert b"itunes" not in made.files[FeedFormat.ATOM]
    for document in files.values():
        assert b"itunes" not in document
        assert b"podcast" not in document


HTML = """
<p onclick="x()">See <a href="/map">the map</a>, <a href="//cdn.example.net/a">this</a>
and <a href="#fn1">a note</a>.</p><script>alert(1)</script><style>p {}</style>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/lazy.jpg"
 srcset="/small.jpg 1x, /big.jpg 2x" style="float: left">
<my-player><p>Inside an element of their own.</p></my-player>
<iframe src="https://video.example.net/embed/1"></iframe><form><input></form>
<video src="/film.mp4" poster="/still.jpg"></video>
"""


@pytest.mark.parametrize("form", FeedFormat)
def test_s2_r20_a_story_as_collected_has_nothing_that_readers_strip(form):
    html = sanitise.sanitise(HTML, base="https://bell.example.org/story/1")
    document = documents.make(make_channel(article(content=words(html=html)))).files[
        form
    ]
    shown = (
        json.loads(document)["items"][0]["content_html"]
        if form is FeedFormat.JSON
        else feedparser.parse(document, sanitize_html=False).entries[0].content[0].value
        if form is FeedFormat.ATOM
        else feedparser.parse(document, sanitize_html=False).entries[0].summary
    )

    for banned in (
        *("<script", "<style", "<iframe", "<form", "<input", "<my-player", "<video"),
        *("onclick", "style=", "srcset", "data-src", "base64"),
    ):
        assert banned not in shown
    assert "Inside an element of their own." in shown
    for address in re.findall(r'(?:src|href)="([^"]*)"', shown):
        assert address.startswith("https://"), address
    assert re.search(r"https://bell\.example\.org/(lazy|big|small)\.jpg", shown)
    assert "https://bell.example.org/story/1#fn1" in shown


def test_f5_f6_f24_nothing_is_dated_by_the_clock_nor_advertises_a_library(files):
    now = datetime.now(UTC)
    for document in files.values():
        assert f"{now:%Y-%m-%d}".encode() not in document
        assert f"{now:%d %b %Y}".encode() not in document
        assert b"feedgen" not in document
        assert b"lkiesow" not in document


def test_f1_f17_links_of_an_entry_keep_what_they_are(feed):
    links = feed.find(f"{ATOM}entry").findall(f"{ATOM}link")

    assert [(one.get("rel"), one.get("type"), one.get("length")) for one in links] == [
        ("alternate", "text/html", None),
        ("enclosure", "audio/mpeg", "12345"),
        ("enclosure", "application/pdf", "0"),
    ]


def test_f18_a_picture_of_unknown_size_says_none():
    story = article(content=words(image=Image(url="https://example.org/a.jpg")))
    document = documents.make(make_channel(story, site=SITE)).files[FeedFormat.RSS]

    [picture] = ET.fromstring(document).iter(f"{MEDIA}content")
    assert picture.attrib == {"url": "https://example.org/a.jpg", "medium": "image"}
