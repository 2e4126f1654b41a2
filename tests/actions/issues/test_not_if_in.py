"""Stories that a reader had from another newsletter of ours are not sent again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from dispatch.actions.issues.preview import preview
from dispatch.model import Choice
from dispatch.store import variants as stored
from support.composing import DAILY, press
from support.weeks import Weeks, address

FRIDAY = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
WEEKEND = replace(
    DAILY,
    name="weekend",
    title="The Weekend",
    schedule="0 9 * * sun",
    not_if_in=("daily",),
)


@pytest.fixture
def weeks(store, clock):
    clock.moment = FRIDAY
    return Weeks(store, clock, WEEKEND, DAILY)


def both(weeks, name, **daily):
    return weeks.reader(name, **daily), weeks.reader(name, "weekend")


def settle(weeks, state):
    """Let every delivery of the daily end in one way."""
    weeks.store.write(
        lambda tx: (
            tx.execute(
                text(
                    "UPDATE delivery SET state = :state WHERE mailing IN"
                    " (SELECT id FROM mailing WHERE newsletter = 'daily')"
                ),
                {"state": state},
            )
            and None
        )
    )


def variants(weeks):
    with weeks.store.read() as tx:
        return stored.of(tx, "weekend-2026-03-08")


def test_a_reader_of_both_gets_the_story_once(weeks):
    _, ada = both(weeks, "ada")
    ben = weeks.reader("ben", "weekend")
    first = weeks.story()
    weeks.slot()  # Saturday's daily
    settle(weeks, "accepted")
    second = weeks.story()  # at Sunday's daily, at seven, and the weekend's, at nine
    weeks.slot(2)
    third = weeks.story()
    weeks.slot(8)

    assert weeks.stories_of(ben) == [first, second, third]
    assert weeks.stories_of(ada) == []


def test_two_newsletters_of_one_slot_are_planned_in_the_right_order(store, clock):
    clock.moment = FRIDAY
    weeks = Weeks(store, clock, replace(WEEKEND, schedule="0 7 * * sat"), DAILY)
    daily, ada = both(weeks, "ada")
    weeks.story()
    weeks.slot()

    assert weeks.stories_of(daily) == [1]
    assert weeks.stories_of(ada) == []


def test_what_their_daily_did_not_show_them_is_in_the_weekend(weeks):
    _, ada = both(weeks, "ada", topics=["arts"])
    arts, news = weeks.story("arts"), weeks.story("news")
    weeks.slot(3)

    assert weeks.stories_of(ada) == [news]
    assert arts not in weeks.stories_of(ada)


def test_what_there_was_no_room_for_was_not_had(store, clock):
    clock.moment = FRIDAY
    weeks = Weeks(store, clock, WEEKEND, replace(DAILY, max_articles=1))
    daily, ada = both(weeks, "ada")
    weeks.story()
    weeks.story()
    weeks.slot(3)

    assert sorted(weeks.stories_of(daily) + weeks.stories_of(ada)) == [1, 2]


@pytest.mark.parametrize(
    ("state", "had"),
    [
        ("accepted", True),
        ("deferred", True),
        ("unknown", True),
        ("rejected", False),
        ("expired", False),
        ("skipped", False),
    ],
)
def test_a_mail_that_brought_nothing_does_not_count(weeks, state, had):
    _, ada = both(weeks, "ada")
    weeks.story()
    weeks.slot()
    settle(weeks, state)
    weeks.slot(2)

    assert weeks.stories_of(ada) == ([] if had else [1])


def test_a_story_that_became_part_of_another_was_had_with_it(weeks):
    _, ada = both(weeks, "ada")
    copy, story = weeks.story(), weeks.story()
    weeks.slot()
    weeks.store.write(
        lambda tx: (
            tx.execute(
                text("UPDATE article SET merged_into = :heir WHERE id = :id"),
                {"heir": story, "id": copy},
            )
            and None
        )
    )
    weeks.slot(2)

    assert weeks.stories_of(ada) == []


def test_readers_who_had_the_same_share_one_rendering(weeks):
    for number in range(3):
        both(weeks, f"both-{number}")
        weeks.reader(f"weekend-{number}", "weekend")
    both(weeks, "arts", topics=["arts"])
    weeks.story("arts")
    weeks.story("news")
    weeks.slot(3)

    without = {one.choice.without for one in variants(weeks)}
    assert without == {(), (1,)}  # who had both stories is sent nothing
    assert len({one.choice.key for one in variants(weeks)}) == len(variants(weeks)) == 3


def test_a_preview_for_a_reader_leaves_out_what_they_had(weeks):
    both(weeks, "ada")
    weeks.story()
    weeks.slot()
    weeks.story()

    made = preview(
        weeks.store, press(), WEEKEND, clock=weeks.clock, address=address("ada")
    )

    assert made.articles == 1
    assert "Story number 2" in made.text


def test_the_key_of_a_choice_is_short_whatever_was_had():
    key = Choice(topics=("arts",), without=tuple(range(1000, 1200))).key

    assert len(key) < 50
    assert Choice(topics=("arts",)).key == "html|0|arts"
    assert key != Choice(topics=("arts",), without=(1,)).key
