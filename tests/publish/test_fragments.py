"""A document joined from fragments is the one that is written in one go."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from dispatch.errors import PublishError
from dispatch.model import FeedFormat, Image
from dispatch.publish import assemble, documents, fragments
from dispatch.publish.formats import FORMATS
from dispatch.publish.fragments import Fragments
from support.publishing import FEED, SITE, article, full_story, make_channel, words

ANYTHING = st.text(st.characters(exclude_categories=()))
# What could be taken for the end of an entry, or for the list of them.
HOSTILE = st.sampled_from(
    [
        "    </item>\n    <item>\n",
        "  </entry>\n  <entry>\n",
        '\n  "items": [\n',
        "\n    }",
        "\n  ]",
        "]]>",
        "  </channel>\n</rss>\n",
        "</feed>\n",
    ]
)
TEXTS = st.lists(ANYTHING | HOSTILE, max_size=4).map("".join)
STORIES = st.lists(
    st.builds(
        words,
        headline=TEXTS.map("Story {}".format),
        html=TEXTS,
        summary=TEXTS,
        bylines=st.tuples(TEXTS),
        tags=st.tuples(TEXTS),
        correction=TEXTS,
        image=st.none() | st.just(Image(url="https://example.org/a.jpg")),
    ),
    max_size=3,
)
NOTICED = article(50, withdrawn_at=article(60).published_at, withdrawn_reason="Wrong.")


def in_one_go(channel, form):
    """The document as feedgen, or json, writes it whole."""
    shown = channel.standing if form is FeedFormat.ATOM else channel.items
    return FORMATS[form].write(channel, shown)


@pytest.mark.parametrize("form", FeedFormat)
@given(stories=STORIES, title=TEXTS)
def test_a_joined_document_is_byte_for_byte_the_whole_one(form, stories, title):
    told = [article(n, content=content) for n, content in enumerate(stories, 1)]
    site = replace(SITE, title=title)
    channel = make_channel(*told, feed=replace(FEED, title=title), site=site)

    joined = assemble.document(channel, form, Fragments())

    assert joined == in_one_go(channel, form)


@pytest.mark.parametrize("form", FeedFormat)
def test_every_field_joins_as_it_is_written_in_one_go(form):
    channel = make_channel(
        full_story(), article(2), NOTICED, hubs=("https://h.example/",)
    )

    assert assemble.document(channel, form, Fragments()) == in_one_go(channel, form)


@pytest.mark.parametrize("form", FeedFormat)
def test_what_is_kept_makes_the_same_document(form):
    kept = Fragments()
    stories = [full_story(), *(article(n) for n in range(1, 9)), NOTICED]
    first = assemble.document(make_channel(*stories, kept=kept), form, kept)

    again = assemble.document(make_channel(*stories, kept=kept), form, kept)

    assert (
        again == first == assemble.document(make_channel(*stories), form, Fragments())
    )


def written(monkeypatch):
    """Count the entries that are written from now on."""
    made, count = fragments._made, []
    monkeypatch.setattr(
        fragments, "_made", lambda items, form: count.extend(items) or made(items, form)
    )
    return count


def test_a_story_is_written_once_for_all_feeds_until_it_changes(monkeypatch):
    kept, count = Fragments(), written(monkeypatch)
    stories = [article(n) for n in range(1, 9)]
    for name in ("all", "town"):
        channel = make_channel(*stories, feed=replace(FEED, name=name), kept=kept)
        documents.make(channel, kept)
    assert len(count) == len(stories) * len(FeedFormat)

    changed = article(3, revision=2, content=words(headline="Another"))
    made = documents.make(make_channel(*stories[3:], changed, kept=kept), kept)

    assert len(count) == (len(stories) + 1) * len(FeedFormat)
    assert b"Another" in made.files[FeedFormat.RSS]


def test_two_styles_of_one_story_do_not_share_a_fragment():
    kept, story = Fragments(), full_story()
    whole = documents.make(make_channel(story, kept=kept), kept)
    brief = replace(FEED, content="summary")

    short = documents.make(make_channel(story, feed=brief, kept=kept), kept)

    assert short.files == documents.make(make_channel(story, feed=brief)).files
    assert short.files != whole.files


def test_only_so_much_is_kept_and_the_document_is_whole_all_the_same():
    stories = [article(n) for n in range(1, 30)]
    small = Fragments(room=2_000)

    made = documents.make(make_channel(*stories, kept=small), small)

    assert made.files == documents.make(make_channel(*stories)).files
    assert sum(size for _, size in small._kept.values()) <= 2_000


def test_a_fragment_that_reads_otherwise_than_its_item_is_refused(monkeypatch):
    how = FORMATS[FeedFormat.RSS]
    lost = replace(how, write=lambda channel, items: how.write(channel, [*items][1:]))
    monkeypatch.setattr(fragments, "FORMATS", {FeedFormat.RSS: lost})
    channel = make_channel(article(1), article(2))

    with pytest.raises(PublishError, match="lost an entry"):
        assemble.document(channel, FeedFormat.RSS, Fragments())
