from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dispatch.actions.operations import progress
from dispatch.actions.operations.progress import Progress
from dispatch.errors import UsageError
from dispatch.model import IssueState, Tally
from dispatch.store.progress import Speed
from support import issues as making, smtp
from support.composing import DAILY

NOON = datetime(2030, 1, 7, 12, 0, tzinfo=UTC)


def test_the_numbers_are_those_of_the_books(store, clock):
    issue = making.ready(store, 3)
    making.plan(store, clock, DAILY)
    with smtp.serving() as server:
        making.send(store, clock, server, rate=("100/s",))
        clock.advance(seconds=2)
        seen = progress.look(store, issue.id)

    told = seen.to_json()
    assert (told["planned"], told["accepted"], told["to_send"]) == (3, 3, 0)
    assert (told["gap"], told["state"]) == (0, "done")
    assert seen.speed.per_second > 0
    assert not seen.moving
    assert seen.done_at is None


@pytest.fixture
def halfway(store, clock):
    issue = making.ready(store, 4)
    making.plan(store, clock, DAILY)
    seen = progress.look(store, issue.id)
    assert seen.speed == Speed()
    return replace(
        seen,
        tally=Tally(planned=100, accepted=40, pending=50, unknown=10),
        speed=Speed(5.0, NOON),
        at=NOON,
    )


def test_what_is_left_is_divided_by_the_speed(halfway):
    assert halfway.to_send == 50
    assert (halfway.done_at - NOON).total_seconds() == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"speed": Speed()},
        {"speed": Speed(0.000001)},
        {"canary": 5},
        {"state": IssueState.PAUSED},
    ],
)
def test_what_nobody_can_tell_is_not_told(halfway, changes):
    speed = changes.get("speed", halfway.speed)
    rest = {name: value for name, value in changes.items() if name != "speed"}
    issue = replace(halfway.issue, **rest)

    assert replace(halfway, issue=issue, speed=speed).done_at is None


def test_an_issue_that_is_not_there_has_no_progress(store):
    with pytest.raises(UsageError, match="no issue 'daily-x'"):
        progress.look(store, "daily-x")


def test_issues_under_way_are_those_that_are_sent(store, clock):
    assert progress.under_way(store) == ()
    issue = making.ready(store, 1)
    making.plan(store, clock, DAILY)

    assert progress.under_way(store) == (issue.id,)
    assert isinstance(progress.look(store, issue.id), Progress)
