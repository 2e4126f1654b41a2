from dataclasses import replace

import pytest

from dispatch.errors import PublishError
from dispatch.model import FeedFormat
from dispatch.publish import assemble, check, documents, json_feed, xml_outline
from dispatch.publish.fragments import Fragments
from support.publishing import article, make_channel, words

RSS = FeedFormat.RSS


def outline_of(channel):
    return xml_outline.read_rss(documents.make(channel).files[RSS])


def test_a_story_without_a_headline_is_left_out_and_named():
    made = documents.make(
        make_channel(article(1), article(2, content=words(headline="\x00")))
    )

    assert made.entries == 1
    assert [problem.where for problem in made.quarantined] == ["article 2"]
    assert "no headline" in made.quarantined[0].what


def test_of_two_stories_with_one_id_the_older_keeps_it():
    kept = article(1, guid="same")
    late = article(2, guid="same", content=words(headline="Copycat"))

    made = documents.make(make_channel(kept, late, ids="source"))

    assert made.entries == 1
    assert made.quarantined[0].where == "article 2 (Copycat)"
    assert "belongs to article 1" in made.quarantined[0].what


def test_a_story_with_no_id_is_left_out():
    made = documents.make(make_channel(article(1, tag_id="")))

    assert made.entries == 0
    assert "no id" in made.quarantined[0].what


def spoil(channel, number, **fields):
    """Put into a finished item what no article can bring that far."""
    changed = (
        replace(item, **fields) if item.article == number else item
        for item in channel.items
    )
    return replace(channel, items=tuple(changed))


def test_a_story_that_spoils_its_document_is_found_and_the_rest_goes_on():
    channel = make_channel(article(1), article(2), article(3))

    made = documents.make(spoil(channel, 2, html="<p>\x00</p>"))

    assert made.entries == 2
    assert made.quarantined[0].where == "article 2 (Story 2)"
    assert "the document cannot be written" in made.quarantined[0].what
    assert len(xml_outline.read_rss(made.files[RSS]).lines) == 2


@pytest.mark.parametrize("stories", [[], [article(1)]])
def test_a_feed_that_is_broken_itself_is_not_published(stories):
    channel = replace(make_channel(*stories), title="\x00")

    with pytest.raises(PublishError, match="cannot be written"):
        documents.make(channel)


def test_a_feed_that_names_itself_as_its_page_is_refused():
    with pytest.raises(PublishError, match="names itself as its page"):
        check.head(
            replace(outline_of(make_channel()), home="x", address="x"),
            RSS,
            replace(
                make_channel(),
                home="x",
                links=type("L", (), {"feed": lambda *_: "x"})(),
            ),
        )


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"title": ""}, "lost its title"),
        ({"home": ""}, "does not link to its page"),
        ({"address": ""}, "does not say where it lives"),
    ],
)
def test_a_document_that_lost_something_is_refused(change, what):
    channel = make_channel(article(1), article(2))

    with pytest.raises(PublishError, match=what):
        check.head(replace(outline_of(channel), **change), RSS, channel)


def test_a_document_that_lost_an_entry_is_refused():
    channel = make_channel(article(1), article(2))

    with pytest.raises(PublishError, match="lost an entry"):
        check.entries(outline_of(channel).lines[1:], channel.items, RSS)


def test_a_document_in_the_wrong_order_is_refused():
    channel = make_channel(article(1), article(2))
    backwards = replace(channel, items=channel.items[::-1])

    with pytest.raises(PublishError, match="newest first"):
        assemble.document(backwards, RSS, Fragments())


def test_a_document_with_one_id_twice_is_refused():
    channel = make_channel(article(1))
    twice = replace(channel, items=channel.items * 2)

    with pytest.raises(PublishError, match="one entry for each id"):
        assemble.document(twice, RSS, Fragments())


@pytest.mark.parametrize("field", ["title", "url", "html"])
def test_a_document_with_a_changed_story_is_refused(field):
    channel = make_channel(article(1))
    line = replace(outline_of(channel).lines[0], **{field: "else"})

    with pytest.raises(PublishError, match="article 1 wrong"):
        check.entries([line], channel.items, RSS)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<rss><channel>",
        b"<rss/>",
        b"<rss><channel><item><pubDate>soon</pubDate></item></channel></rss>",
        b'<!DOCTYPE r [<!ENTITY e "x">]><rss>&e;</rss>',
        b"<rss>\x01</rss>",
    ],
)
def test_what_is_no_rss_is_refused(document):
    with pytest.raises(PublishError):
        xml_outline.read_rss(document)


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"[]", b"{}", b'"x"', b'{"title": "x"}', b"\xff"],
)
def test_what_is_no_json_feed_is_refused(document):
    with pytest.raises(PublishError, match="cannot be read back"):
        json_feed.read(document)


def test_what_is_no_atom_is_refused():
    with pytest.raises(PublishError, match="not well-formed"):
        xml_outline.read_atom(b"<feed>")
