"""What comes out, field by field, as a feed reader gets it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import feedparser
import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from dispatch.model import FeedFormat
from dispatch.publish import documents
from dispatch.publish.channel import Chain
from support.publishing import FEED, SITE, article, full_story, make_channel, words


class XmlFile(SingleFileSnapshotExtension):
    file_extension = "xml"


class JsonFile(SingleFileSnapshotExtension):
    file_extension = "json"


FILES = {FeedFormat.RSS: XmlFile, FeedFormat.ATOM: XmlFile, FeedFormat.JSON: JsonFile}
HOME = "https://bell.example.org/"
MOMENT = datetime(2026, 3, 2, 12, tzinfo=UTC)
XML = (FeedFormat.RSS, FeedFormat.ATOM)


def everything():
    return make_channel(full_story(), article(1), article(2, content=corrected()))


def whole():
    """Everything that a document may say, an archive's words and a podcast's too."""
    feed = replace(
        FEED, podcast_category="News > Daily News", podcast_image=f"{HOME}cover.jpg"
    )
    gone = article(
        3, withdrawn_at=MOMENT + timedelta(days=2), withdrawn_reason="The wrong firm."
    )
    chain = Chain("archive/all/2026-01", "archive/all/2026-03", current="all")
    return make_channel(
        full_story(),
        article(1),
        article(2, content=corrected()),
        gone,
        feed=feed,
        site=replace(SITE, contact="desk@bell.example.org"),
        hubs=("https://hub.example.org/",),
        chained=("archive/all/2026-02", chain),
    )


def corrected():
    return words(
        headline="Pier rebuilt",
        summary="Wood & steel <new>",
        correction="The pier is 90 metres long.",
    )


def parse(channel, form):
    return feedparser.parse(documents.make(channel).files[form])


@pytest.mark.parametrize("form", FeedFormat)
def test_every_field_looks_as_approved(form, snapshot):
    document = documents.make(everything()).files[form]

    assert document == snapshot(extension_class=FILES[form])


@pytest.mark.parametrize("form", FeedFormat)
def test_every_word_of_a_document_looks_as_approved(form, snapshot):
    document = documents.make(whole()).files[form]

    assert document == snapshot(extension_class=FILES[form])
    if form is not FeedFormat.JSON:
        assert not feedparser.parse(document).bozo


@pytest.mark.parametrize("form", FeedFormat)
def test_an_empty_feed_looks_as_approved(form, snapshot):
    document = documents.make(make_channel()).files[form]

    assert document == snapshot(extension_class=FILES[form])


@pytest.mark.parametrize("form", XML)
def test_a_reader_finds_the_same_feed(form):
    read = parse(everything(), form)

    assert not read.bozo
    assert read.version == {"rss": "rss20", "atom": "atom10"}[form]
    assert read.feed.title == "All the news"
    assert read.feed.subtitle == "Every story."
    assert read.feed.link == "https://bell.example.org/"
    assert read.feed.language == "en"
    assert read.feed.generator == "Dispatch"
    assert read.feed.updated_parsed[:6] == (2026, 3, 3, 7, 5, 0)
    selves = [one.href for one in read.feed.links if one.rel == "self"]
    assert selves == [f"https://news.example.org/feeds/all.{form}"]
    assert "https://bell.example.org/logo.png" in (
        read.feed.get("image", SimpleNamespace(href="")).href,
        read.feed.get("logo", ""),
    )


@pytest.mark.parametrize("form", XML)
def test_a_reader_finds_the_same_story(form):
    entry = parse(everything(), form).entries[0]

    assert entry.id == "tag:bell.example.org,2026-03-02:article/00000009"
    assert entry.title == "Café & ferry: “open” since ’07"
    assert entry.link == "https://bell.example.org/ferry?id=1&x=2"
    assert entry.summary == "The ferry is back &amp; cheaper."
    assert "<p>Até logo.</p>" in entry.content[0].value
    assert "The Gull was built in 1987" in entry.content[0].value
    assert "After two years" in entry.content[0].value
    assert [author.name for author in entry.authors] == ["Ada Quill", "Ben Ode"]
    assert [tag.term for tag in entry.tags] == ["town", "ferry", "transport & ports"]
    assert entry.published_parsed[:6] == (2026, 3, 2, 23, 30, 1)
    assert entry.source.title == "Port Wire"
    assert entry.enclosures[0].href == "https://bell.example.org/ferry.mp3"
    assert entry.enclosures[0].type == "audio/mpeg"
    assert entry.enclosures[0].length == "12345"
    assert entry.media_content == [
        {
            "url": "https://bell.example.org/img/ferry.jpg",
            "medium": "image",
            "type": "image/jpeg",
            "width": "1200",
            "height": "800",
        }
    ]
    assert entry.media_credit[0]["content"] == "Cal Lens / The Harbour Bell"


def test_atom_keeps_every_enclosure_and_when_a_story_changed():
    entry = parse(everything(), FeedFormat.ATOM).entries[0]

    assert [one.href for one in entry.enclosures] == [
        "https://bell.example.org/ferry.mp3",
        "https://bell.example.org/ferry.pdf",
    ]
    assert entry.updated_parsed[:6] == (2026, 3, 3, 7, 5, 0)
    assert entry.content[0].type == "text/html"
    assert entry.content[0].language == "pt"
    assert entry.source.id == "https://wire.example.net/feed"


def test_rss_has_one_enclosure_because_readers_show_one():
    document = documents.make(everything()).files[FeedFormat.RSS]

    assert document.count(b"<enclosure ") == 1


def test_an_enclosure_of_unknown_length_says_zero():
    story = full_story()
    pdf = story.content.enclosures[1:]
    made = documents.make(make_channel(article(content=words(enclosures=pdf))))

    assert b'length="0"' in made.files[FeedFormat.RSS]
    assert b'length="0"' in made.files[FeedFormat.ATOM]
    assert b"size_in_bytes" not in made.files[FeedFormat.JSON]


def test_one_story_has_one_id_in_every_format():
    made = documents.make(make_channel(full_story())).files

    for document in made.values():
        assert document.count(b"tag:bell.example.org,2026-03-02:article/00000009") == 1


@pytest.mark.parametrize("form", XML)
def test_the_newest_story_comes_first_whatever_the_order(form):
    stories = [article(number) for number in (2, 5, 1, 4, 3)]

    titles = [entry.title for entry in parse(make_channel(*stories), form).entries]

    assert titles == ["Story 5", "Story 4", "Story 3", "Story 2", "Story 1"]


@pytest.mark.parametrize("form", FeedFormat)
def test_bytes_depend_on_the_articles_and_not_on_their_order(form):
    stories = [article(number, published_at=MOMENT) for number in range(1, 6)]

    one = documents.make(make_channel(*stories)).files[form]
    other = documents.make(make_channel(*reversed(stories))).files[form]

    assert one == other


def test_a_prefix_that_nothing_uses_is_not_declared():
    document = documents.make(make_channel(article())).files[FeedFormat.RSS]

    assert b"xmlns:media" not in document
    assert b"xmlns:dc" not in document


def test_a_logo_that_rss_does_not_know_is_left_to_the_others():
    site = replace(SITE, logo="https://bell.example.org/logo.svg")
    made = documents.make(make_channel(site=site)).files

    assert b"logo.svg" not in made[FeedFormat.RSS]
    assert b"logo.svg" in made[FeedFormat.ATOM]
    assert b"logo.svg" in made[FeedFormat.JSON]


def test_another_way_of_writing_is_another_edition():
    """Who changes the bytes of the same stories raises EDITION, and this with it."""
    made = documents.make(whole()).files
    bytes_of_all = b"".join(made[form] for form in FeedFormat)

    assert (documents.EDITION, hashlib.sha256(bytes_of_all).hexdigest()[:12]) == (
        3,
        "0012ca2f9aa9",
    )
