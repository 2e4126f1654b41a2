"""The feeds of sections, authors and tags, and what they are called."""

import re

from hypothesis import given, strategies as st

from dispatch.publish import families
from support.publishing import article, words

SAFE = re.compile(r"[a-z0-9][a-z0-9_-]{0,72}")
ANYTHING = st.text(st.characters(exclude_categories=()), min_size=1)


@given(one=ANYTHING, other=ANYTHING)
def test_no_two_keys_share_a_name_and_every_name_is_safe(one, other):
    names = families.slug(one), families.slug(other)

    assert all(map(SAFE.fullmatch, names))
    assert (names[0] == names[1]) == (one == other)


def test_near_twins_have_names_of_their_own():
    keys = ["c", "c++", "c#", "new york", "new-york", "new_york", "zürich", "zurich"]
    keys += ["../../etc", "港", "🚢", " ", families.slug("zürich"), "a" * 61, "a" * 62]

    assert len({families.slug(key) for key in keys}) == len(keys)
    assert families.slug("new york") == "new_york"
    assert families.slug("covid-19") == "covid-19"


def test_a_feed_is_called_as_its_newest_story_spells_it():
    feed = families.feed("tag", "open water")
    story = article(content=words(tags=("Ferry", "Open  Water")))

    assert families.titled(feed, [story], "The Bell").title == "The Bell: Open Water"
    section = families.feed("section", "town")
    assert families.titled(section, [story], "The Bell").title == "The Bell: Town"


def test_a_section_named_like_a_path_stays_in_its_folder():
    name = families.feed("section", "../../etc").name

    assert re.fullmatch(r"section/etc-[0-9a-f]{10}", name)
    assert families.kind_of(name) == "section"
    assert families.label(families.feed("author", "ada quill")) == (
        "author",
        "ada quill",
    )
