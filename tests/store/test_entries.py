from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from dispatch.compose import eligible
from dispatch.model import Selection
from dispatch.store import articles, entries, newsletters
from support.composing import SLOT, article

RULE = eligible.Rule(
    Selection(("town", "arts")),
    since=SLOT - timedelta(days=3),
    published_from=SLOT - timedelta(days=5),
    slot=SLOT,
)
hours = st.integers(-3, 24 * 8).map(lambda n: SLOT - timedelta(hours=n))
stories = st.lists(
    st.fixed_dictionaries(
        {
            "published_at": hours,
            "first_seen_at": hours,
            "baseline": st.booleans(),
            "held": st.sampled_from(["", "", "draft"]),
            "withdrawn_at": st.one_of(st.none(), st.none(), hours),
            "embargo_until": st.one_of(st.none(), hours),
        }
    ),
    max_size=6,
)


def add_article(tx, number, section="town", **changes):
    one = replace(article(number, section=section), **changes)
    return articles.add(tx, replace(one, tag_id=f"{one.tag_id}{number}"))


@pytest.fixture
def daily(store):
    since = RULE.since
    store.write(lambda tx: newsletters.ensure(tx, "daily", "Daily", now=since))
    return "daily"


def candidates(tx, rule=RULE):
    return entries.candidates(
        tx,
        "daily",
        rule.selection,
        since=rule.since,
        published_from=rule.published_from,
        upto=rule.slot,
    )


class UndoError(Exception):
    """Raised to leave nothing of a unit behind."""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories, st.lists(st.sampled_from(["town", "arts", "sports", ""]), min_size=6))
def test_the_database_finds_exactly_what_the_rule_calls_eligible(
    store, daily, drawn, sections
):
    def unit(tx):
        stored = [
            add_article(tx, n, sections[n], **changes)
            for n, changes in enumerate(drawn)
        ]
        found = {one.id for one in candidates(tx)}
        assert found == {one.id for one in eligible.choose(stored, RULE)}
        raise UndoError

    with pytest.raises(UndoError):
        store.write(unit)


def test_candidates_come_oldest_first(store, daily):
    def unit(tx):
        late, early = (add_article(tx, n) for n in (5, 2))
        return [one.id for one in candidates(tx)] == [early.id, late.id]

    assert store.write(unit)


def test_a_place_is_given_once_and_positions_only_grow(store, daily):
    def unit(tx):
        first, second, third = (add_article(tx, n).id for n in (1, 2, 3))
        assert entries.add(tx, "daily", [first, second, first], now=SLOT) == 2
        assert entries.add(tx, "daily", [second, third], now=SLOT) == 1
        placed = entries.between(tx, "daily", 0, 99)
        assert [(e.position, e.article) for e in placed] == [
            (1, first),
            (2, second),
            (3, third),
        ]
        assert candidates(tx) == ()
        return entries.last_position(tx, "daily")

    assert store.write(unit) == 3


def test_each_newsletter_gives_places_of_its_own(store, daily):
    def unit(tx):
        newsletters.ensure(tx, "weekly", "Weekly", now=SLOT)
        story = add_article(tx, 1)
        entries.add(tx, "daily", [story.id], now=SLOT)
        assert entries.last_position(tx, "weekly") == 0
        entries.add(tx, "weekly", [story.id], now=SLOT)
        return entries.between(tx, "weekly", 0, 9)

    assert [entry.position for entry in store.write(unit)] == [1]


def test_what_lies_between_two_marks_excludes_the_first_and_includes_the_last(
    store, daily
):
    def unit(tx):
        ids = [add_article(tx, n).id for n in range(1, 6)]
        entries.add(tx, "daily", ids, now=SLOT)
        return [e.position for e in entries.between(tx, "daily", 2, 4)]

    assert store.write(unit) == [3, 4]


def test_a_story_that_was_withdrawn_since_keeps_its_place_but_is_not_shown(
    store, daily
):
    def unit(tx):
        kept, gone = add_article(tx, 1), add_article(tx, 2)
        entries.add(tx, "daily", [kept.id, gone.id], now=SLOT)
        articles.change(tx, replace(gone, withdrawn_at=SLOT), now=SLOT)
        shown = entries.stories(tx, "daily", 0, 9, by=SLOT)
        return [one.id for one in shown] == [kept.id], len(
            entries.between(tx, "daily", 0, 9)
        )

    assert store.write(unit) == (True, 2)
