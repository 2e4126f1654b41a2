"""A surge holds the issue, and a human decides."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.actions.issues import approving, flooding, issue_editing
from dispatch.actions.issues.issue_editing import Wish
from dispatch.actions.operations import alerts
from dispatch.model import EditKind as K, IssueState, Settings
from dispatch.store import articles
from support.composing import article
from support.newsday import LETTER, Newsday

WEEKLY = replace(LETTER, schedule="0 7 * * mon", max_articles=10)


@pytest.fixture
def weekly(sqlite_store, clock):
    """A newsletter of four Mondays with six stories from the wire each."""
    day = Newsday(sqlite_store, clock, WEEKLY)
    for _week in range(4):
        for _story in range(6):
            day.story(source="wire")
        day.morning()
        day.send_all()
        clock.advance(days=6)
    return day


def brings(day, count, source="wire", *, age=timedelta(0)):
    """So many stories that came just now, dated as long before as `age` says."""
    for _story in range(count):
        day.clock.advance(seconds=1)
        now = day.clock.now()
        one = replace(
            article(next(day.numbers)),
            source=source,
            published_at=now - age,
            first_seen_at=now,
        )
        day.store.write(lambda tx, one=one: articles.add(tx, one) and None)


def test_a_surge_holds_the_issue_and_says_what_is_usual_and_what_would_do(weekly):
    brings(weekly, 43)
    issue = weekly.morning()

    assert issue.state is IssueState.HELD
    assert issue.held_reason == (
        "43 stories from wire, usually 6 in 7 days; approve it: dispatch issue approve "
        f"{issue.id}; or leave stories out: dispatch issue edit {issue.id} "
        "--drop-source NAME"
    )


def test_the_operators_are_told(weekly):
    brings(weekly, 43)
    issue = weekly.morning()
    with weekly.store.read() as tx:
        found = alerts.find(tx, Settings(), relays=(), now=weekly.clock.now())

    assert [one.key for one in found] == [f"issue:{issue.id}"]
    assert "43 stories from wire" in found[0].message


def test_an_approved_surge_goes_out_cut_to_its_length(weekly):
    brings(weekly, 43)
    approving.approve(
        weekly.store, weekly.press, [WEEKLY], weekly.morning(), clock=weekly.clock
    )

    assert weekly.issue().state is IssueState.READY
    assert "33 more stories" in weekly.send_all()["ada@example.net"]


def test_what_was_approved_before_it_was_there_is_held_all_the_same(weekly):
    found = issue_editing.target(weekly.store, [WEEKLY], "next")
    issue_editing.edit(
        weekly.store,
        weekly.press,
        found,
        [Wish(K.APPROVE)],
        by="ada",
        clock=weekly.clock,
    )
    brings(weekly, 43)

    assert "43 stories from wire" in weekly.morning().held_reason


def test_leaving_the_stories_out_lets_the_issue_go(weekly):
    weekly.story("Ours", source="newsroom")
    brings(weekly, 43)
    weekly.morning()
    found = issue_editing.target(weekly.store, [WEEKLY], "next")
    wish = Wish(K.DROP, issue_editing.from_source(weekly.store, found, "wire"))
    issue_editing.edit(
        weekly.store, weekly.press, found, [wish], by="ada", clock=weekly.clock
    )

    assert weekly.issue().state is IssueState.READY
    assert weekly.issue().subject.startswith("Ours")


def test_old_dates_hold_an_issue_too(weekly):
    brings(weekly, 5, "wire", age=timedelta(days=400))
    brings(weekly, 5, "newsroom", age=timedelta(days=400))

    assert "10 stories from before 20" in weekly.morning().held_reason


def test_a_growing_newsletter_is_not_held(weekly):
    brings(weekly, 17)

    assert weekly.morning().state is IssueState.READY


def test_an_issue_of_what_others_had_before_is_no_flood(weekly):
    brings(weekly, 43)
    approving.approve(
        weekly.store, weekly.press, [WEEKLY], weekly.morning(), clock=weekly.clock
    )
    weekly.send_all()
    again = replace(weekly.issue(), from_position=0)  # for those who have mail rarely

    assert flooding.doubt(weekly.store, WEEKLY, again) == ""


def test_who_wants_it_so_gets_a_flood_cut_to_its_length(weekly):
    weekly.letter = replace(WEEKLY, flood="trim")
    brings(weekly, 43)

    assert weekly.morning().state is IssueState.READY
