from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given, strategies as st
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from dispatch.model import FeedSettings
from dispatch.publish import opml
from support.publishing import FEED, LINKS, SITE


class OpmlFile(SingleFileSnapshotExtension):
    file_extension = "opml"


def test_the_list_of_feeds_looks_as_approved(snapshot):
    feeds = [FEED, FeedSettings(name="town", sections=("town",))]

    listed = opml.write(feeds, site=SITE, links=LINKS)

    assert listed == snapshot(extension_class=OpmlFile)


@given(words=st.text(st.characters(exclude_categories=())))
def test_no_title_can_break_the_list(words):
    feed = FeedSettings(name="all", title=words, description=words)

    listed = opml.write([feed], site=replace(SITE, title=words), links=LINKS)

    assert ET.fromstring(listed).find("body/outline").get("title")
