"""WebSub: which hubs a document names, beside the address it is fetched from."""

import json
from dataclasses import replace

import feedparser
import pytest

from dispatch.errors import PublishError
from dispatch.model import FeedFormat
from dispatch.publish import check, documents, xml_outline
from support.publishing import FEED, article, make_channel

HUBS = ("https://hub.example.org/", "https://other.example.net/push?x=1&y=2")
XML = (FeedFormat.RSS, FeedFormat.ATOM)


def links(document):
    found = feedparser.parse(document).feed.links
    return {
        rel: [one.href for one in found if one.rel == rel] for rel in ("hub", "self")
    }


@pytest.mark.parametrize("form", XML)
@pytest.mark.parametrize("name", ["all", "section/town"])
def test_a_document_names_its_hubs_and_the_address_it_is_fetched_from(form, name):
    channel = make_channel(article(), feed=replace(FEED, name=name), hubs=HUBS)

    found = links(documents.make(channel).files[form])

    assert found["hub"] == [*HUBS]
    assert found["self"] == [f"https://news.example.org/feeds/{name}.{form}"]


def test_a_json_feed_names_its_hubs():
    made = documents.make(make_channel(article(), hubs=HUBS))

    whole = json.loads(made.files[FeedFormat.JSON])
    assert whole["hubs"] == [{"type": "WebSub", "url": hub} for hub in HUBS]
    assert whole["feed_url"] == "https://news.example.org/feeds/all.json"


@pytest.mark.parametrize("form", XML)
def test_the_hubs_leave_the_page_of_the_feed_alone(form):
    document = documents.make(make_channel(hubs=HUBS)).files[form]

    assert feedparser.parse(document).feed.link == "https://bell.example.org/"


def test_without_hubs_nothing_is_said_of_them():
    for document in documents.make(make_channel(article())).files.values():
        assert b"hub" not in document


def test_a_document_that_lost_a_hub_is_refused():
    channel = make_channel(hubs=HUBS)
    outline = xml_outline.read_rss(documents.make(channel).files[FeedFormat.RSS])

    with pytest.raises(PublishError, match="lost a hub"):
        check.head(replace(outline, hubs=HUBS[:1]), FeedFormat.RSS, channel)
