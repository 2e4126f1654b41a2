"""What newsrooms and the web send: valid feeds, one clear warning, nothing lost."""

from datetime import timedelta

import feedparser
import pytest

from dispatch.model import FeedFormat
from dispatch.publish import documents, items
from support.publishing import MONDAY, article, make_channel, words

XML = (FeedFormat.RSS, FeedFormat.ATOM)
PARAGRAPH = "<p>The ferry runs again, and the pier is longer than it was.</p>\n"


def read(made, form):
    found = feedparser.parse(made.files[form])
    assert not found.bozo
    return found.entries


@pytest.mark.parametrize(
    "headline", ["<b></b>", "<script>", "\u202e", " \u200b ", "<!-- x -->"]
)
def test_a_headline_of_nothing_to_read_is_named_and_the_rest_goes_on(headline):
    made = documents.make(
        make_channel(article(1), article(2, content=words(headline=headline)))
    )

    assert made.entries == 1
    [problem] = made.quarantined
    assert problem.where == "article 2"
    assert "no headline" in problem.what


@pytest.mark.parametrize("form", XML)
def test_a_headline_cannot_turn_the_rest_of_a_page_around(form):
    story = article(
        content=words(headline="Invoice \u202egpj.exe\u2066 \u200fnow\ud800")
    )

    [entry] = read(documents.make(make_channel(story)), form)

    assert entry.title == "Invoice gpj.exe now"


@pytest.mark.parametrize("form", XML)
def test_five_megabytes_of_one_story_are_bounded_with_a_link_to_the_whole(form):
    huge = words(
        html=PARAGRAPH * (5_000_000 // len(PARAGRAPH)), url="https://e.example/1"
    )

    made = documents.make(make_channel(article(1), article(2, content=huge)))

    entry = read(made, form)[0]
    shown = entry.content[0].value if form is FeedFormat.ATOM else entry.summary
    assert items.LONGEST * 0.9 < len(shown) < items.LONGEST * 1.1
    assert shown.endswith(
        '<p><a href="https://e.example/1">Read the whole story</a></p>'
    )
    assert made.entries == 2
    [problem] = made.shortened
    assert "article 2" in problem.where
    assert "characters" in problem.what


@pytest.mark.parametrize(
    "html",
    ["<p>" + "word " * 1_000_000, "x" * 5_000_000, "<b>" * 400_000, "&" * 900_000],
)
def test_megabytes_without_a_paragraph_are_bounded_as_well(html):
    made = documents.make(make_channel(article(content=words(html=html))))

    assert made.entries == 1
    assert all(len(data) < 3 * items.LONGEST for data in made.files.values())
    assert made.shortened


def test_a_bounded_story_is_the_same_each_time():
    story = article(content=words(html=PARAGRAPH * 9000))

    assert documents.make(make_channel(story)) == documents.make(make_channel(story))


@pytest.mark.parametrize("form", XML)
def test_stories_of_one_second_keep_the_order_in_which_they_came(form):
    told = [article(n, published_at=MONDAY, updated_at=MONDAY) for n in range(1, 9)]

    entries = read(documents.make(make_channel(*told[::-1])), form)

    assert [one.title for one in entries] == [f"Story {n}" for n in range(8, 0, -1)]


def test_two_articles_with_one_guid_are_one_entry_and_a_warning():
    told = [article(n, guid="https://wire.example/1") for n in (1, 2)]

    made = documents.make(make_channel(*told, ids="source"))

    assert made.entries == 1
    [problem] = made.quarantined
    assert "belongs to article 1 already" in problem.what


@pytest.mark.parametrize("form", XML)
def test_an_empty_feed_is_one(form):
    assert read(documents.make(make_channel()), form) == []


@pytest.mark.parametrize("form", FeedFormat)
def test_a_story_older_than_computers_does_no_harm(form):
    old = MONDAY - timedelta(days=365 * 1900)

    made = documents.make(make_channel(article(1, published_at=old, updated_at=old)))

    assert made.entries == 1
    assert made.files[form]
