"""Whatever a source brings, the documents stay well-formed and say the same."""

import json
from dataclasses import replace
from html import unescape

import feedparser
from hypothesis import given, strategies as st

from dispatch.model import Enclosure, FeedFormat, Image
from dispatch.publish import documents, json_feed, xml_outline
from support.publishing import FEED, SITE, article, make_channel, words

# All of Unicode, lone surrogates and noncharacters included.
ANYTHING = st.text(st.characters(exclude_categories=()))
LINKLIKE = st.one_of(ANYTHING, ANYTHING.map("https://example.org/{}".format))
CONTENT = st.builds(
    words,
    headline=ANYTHING,
    html=ANYTHING,
    summary=ANYTHING,
    deck=ANYTHING,
    bylines=st.tuples(ANYTHING, ANYTHING),
    section=ANYTHING,
    tags=st.tuples(ANYTHING),
    language=st.one_of(ANYTHING, st.sampled_from(["pt-BR", "zz", ""])),
    url=LINKLIKE,
    correction=ANYTHING,
    origin_title=ANYTHING,
    origin_url=LINKLIKE,
    image=st.none() | st.builds(Image, url=LINKLIKE, alt=ANYTHING, caption=ANYTHING),
    enclosures=st.tuples(
        st.builds(Enclosure, url=LINKLIKE, media_type=ANYTHING, length=st.integers())
    ),
)


@given(content=CONTENT, guid=ANYTHING)
def test_no_story_can_break_a_feed(content, guid):
    channel = make_channel(
        article(1, content=content, guid=guid), article(2), ids="source"
    )

    made = documents.make(channel)

    assert made.entries == len(channel.items) - len(made.quarantined)
    outlines = (
        xml_outline.read_rss(made.files[FeedFormat.RSS]),
        xml_outline.read_atom(made.files[FeedFormat.ATOM]),
        json_feed.read(made.files[FeedFormat.JSON]),
    )
    for outline in outlines:
        assert outline.lines[0].title == "Story 2"
        assert len(outline.lines) == made.entries


@given(content=CONTENT)
def test_only_a_story_without_a_headline_is_left_out(content):
    channel = make_channel(article(1, content=content))

    made = documents.make(channel)

    assert bool(made.quarantined) == (channel.items[0].title == "")


@given(words_of_a_story=ANYTHING)
def test_a_reader_never_meets_what_xml_forbids(words_of_a_story):
    channel = make_channel(article(1, content=words(html=words_of_a_story)))

    made = documents.make(channel)

    for form in (FeedFormat.RSS, FeedFormat.ATOM):
        assert not feedparser.parse(made.files[form]).bozo
    shown = json.loads(made.files[FeedFormat.JSON])["items"][0]["content_html"]
    assert shown == channel.items[0].html


@given(name=ANYTHING, title=ANYTHING, home=LINKLIKE, logo=LINKLIKE, language=ANYTHING)
def test_no_setting_can_break_a_feed(name, title, home, logo, language):

    site = replace(SITE, title=name, home=home, logo=logo, language=language)
    feed = replace(FEED, title=title, description=title)

    made = documents.make(make_channel(article(), feed=feed, site=site))

    assert made.entries == 1


def mended(words):
    """An element's text as feedparser gives it, which mends twice encoded UTF-8."""
    try:
        return words.encode("iso-8859-1").decode()
    except UnicodeError:
        return words


def as_category(word, form):
    """In Atom it is an attribute, which feedparser takes as it is."""
    return mended(word) if form is FeedFormat.RSS else word


def as_read(words):
    """A line as readers get it: XML knows no difference between some spaces."""
    return " ".join(words.split())


@given(content=CONTENT, guid=ANYTHING)
def test_a_reader_finds_the_fields_that_were_written(content, guid):
    channel = make_channel(article(1, content=content, guid=guid), article(2))
    made = documents.make(channel)
    sound = [one for one in channel.items if one.title]

    for form in (FeedFormat.RSS, FeedFormat.ATOM):
        read = feedparser.parse(
            made.files[form], sanitize_html=False, resolve_relative_uris=False
        )
        assert len(read.entries) == len(sound)
        for entry, item in zip(read.entries, sound, strict=True):
            id_ = item.id if form is FeedFormat.RSS else item.atom_id
            assert entry.id == mended(id_)
            assert entry.link == item.url
            assert as_read(entry.title) == as_read(mended(read_title(item.title, form)))
            assert entry.published_parsed[:6] == item.published.timetuple()[:6]
            terms = tuple(tag.term for tag in entry.get("tags", ()))
            assert terms == tuple(as_category(one, form) for one in item.categories)
            links = [one.href for one in entry.enclosures]
            assert links == [one.url for one in item.enclosures][: len(links)]
            assert bool(links) == bool(item.enclosures)


def read_title(title, form):
    """RSS titles are taken for HTML by readers: what looks like an entity is one."""
    return unescape(title) if form is FeedFormat.RSS else title
