"""A story that was withdrawn: a tombstone in Atom, a notice in its place elsewhere."""

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest

from dispatch.model import FeedFormat
from dispatch.publish import documents
from support.publishing import MONDAY, article, make_channel, words

DAY = timedelta(days=1)
AT = "{http://purl.org/atompub/tombstones/1.0}"


def gone(number=2, reason="it named <the> wrong firm", **fields):
    return article(
        number,
        content=words(headline="Bakery closes", section="town"),
        withdrawn_at=MONDAY + DAY,
        withdrawn_reason=reason,
        **fields,
    )


@pytest.fixture
def files():
    made = documents.make(make_channel(article(1), gone(), article(3)))
    assert made.quarantined == ()
    assert made.entries == 3
    return made.files


def test_atom_has_a_tombstone_and_no_entry(files):
    feed = ET.fromstring(files[FeedFormat.ATOM])

    (grave,) = feed.findall(f"{AT}deleted-entry")
    assert grave.get("ref") == gone().tag_id
    assert grave.get("when") == "2026-03-03T12:00:00+00:00"
    assert grave.findtext(f"{AT}comment") == "it named <the> wrong firm"
    read = feedparser.parse(files[FeedFormat.ATOM])
    assert not read.bozo
    assert [one.title for one in read.entries] == ["Story 3", "Story 1"]
    assert read.feed.updated == "2026-03-03T12:00:00+00:00"


def test_rss_has_a_notice_in_its_place_under_the_same_id(files):
    read = feedparser.parse(files[FeedFormat.RSS])

    assert not read.bozo
    assert [one.title for one in read.entries] == [
        "Story 3",
        "Withdrawn: Bakery closes",
        "Story 1",
    ]
    notice = read.entries[1]
    assert notice.id == gone().tag_id
    assert notice.content[0].value == (
        "<p>This story was withdrawn: it named &lt;the&gt; wrong firm.</p>"
    )
    assert "It does" not in notice.summary


def test_json_has_the_same_notice(files):
    items = json.loads(files[FeedFormat.JSON])["items"]

    assert items[1]["id"] == gone().tag_id
    assert items[1]["title"] == "Withdrawn: Bakery closes"
    assert items[1]["date_published"] == "2026-03-02T14:00:00Z"
    assert items[1]["date_modified"] == "2026-03-03T12:00:00Z"
    assert "tags" not in items[1]


def test_a_withdrawal_without_a_reason_is_one():
    made = documents.make(make_channel(gone(reason="")))

    grave = ET.fromstring(made.files[FeedFormat.ATOM]).find(f"{AT}deleted-entry")
    assert grave.find(f"{AT}comment") is None
    assert b"This story was withdrawn.&lt;/p" in made.files[FeedFormat.RSS]


def test_a_feed_without_tombstones_does_not_speak_of_them():
    made = documents.make(make_channel(article(1)))

    assert b"tombstones" not in made.files[FeedFormat.ATOM]


def test_ids_of_the_source_are_kept_in_notices():
    made = documents.make(make_channel(gone(guid="urn:x:7"), ids="source"))

    grave = ET.fromstring(made.files[FeedFormat.ATOM]).find(f"{AT}deleted-entry")
    assert grave.get("ref") == "urn:x:7"
    assert feedparser.parse(made.files[FeedFormat.RSS]).entries[0].id == "urn:x:7"
