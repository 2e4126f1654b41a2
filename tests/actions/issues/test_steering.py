from datetime import timedelta

import pytest

from dispatch.actions.issues import refit, steering
from dispatch.errors import UsageError
from dispatch.model import IssueState, NewsletterSettings
from dispatch.store import issues, newsletters
from support.press import press

LETTER = NewsletterSettings(
    name="daily",
    sender="Daily <daily@courier.example>",
    schedule="0 7 * * *",
    timezone="UTC",
)
PATH = {
    IssueState.HELD: (IssueState.HELD,),
    IssueState.READY: (IssueState.READY,),
    IssueState.SENDING: (IssueState.READY, IssueState.PLANNED, IssueState.SENDING),
}


@pytest.fixture
def make(store, clock):
    """Make an issue in a state; each is a day later than the one before."""

    def make(state=IssueState.DRAFT):
        now = clock.now()
        store.write(lambda tx: newsletters.ensure(tx, "daily", "Daily", now=now))
        issue = store.write(
            lambda tx: issues.open(
                tx,
                "daily",
                now,
                day=now.date(),
                from_position=0,
                to_position=1,
                expires_at=now + timedelta(hours=20),
                now=now,
            )
        )
        was = IssueState.DRAFT
        for to in PATH.get(state, ()):
            store.write(
                lambda tx, a=was, b=to: issues.change_state(tx, issue.id, a, b, now=now)
            )
            was = to
        clock.advance(days=1)
        return steering.find_issue(store, issue.id)

    return make


def test_issues_are_found_by_id_last_and_next(store, make):
    sent = make(IssueState.SENDING)
    first, second = make(IssueState.HELD), make()

    assert steering.find_issue(store, sent.id) == sent
    assert steering.find_issue(store, "last") == second
    assert steering.find_issue(store, "next") == first


@pytest.mark.parametrize("reference", ["last", "next", "daily-2026-01-01"])
def test_an_issue_that_is_not_there_is_told(store, reference):
    with pytest.raises(UsageError, match="There is none yet"):
        steering.find_issue(store, reference)


def test_an_issue_stops_and_goes_on(store, clock, make):
    paused = steering.pause_issue(store, make(IssueState.SENDING), clock=clock)
    assert paused.state is IssueState.PAUSED

    resumed = refit.resume_issue(store, press(), [LETTER], paused, clock=clock)
    assert resumed.state is IssueState.SENDING


def test_only_what_is_sent_can_be_paused_and_only_what_is_paused_resumed(
    store, clock, make
):
    held = make(IssueState.HELD)

    with pytest.raises(UsageError, match="is held, not sending: nothing to pause"):
        steering.pause_issue(store, held, clock=clock)
    with pytest.raises(UsageError, match="is held, not paused: nothing to resume"):
        refit.resume_issue(store, press(), [LETTER], held, clock=clock)


@pytest.mark.parametrize(
    "state", [IssueState.HELD, IssueState.READY, IssueState.SENDING]
)
def test_an_issue_is_cancelled_in_any_state_before_its_end(store, clock, make, state):
    cancelled, spared = steering.cancel_issue(store, make(state), clock=clock)

    assert cancelled.state is IssueState.CANCELLED
    assert spared == 0
    with pytest.raises(UsageError, match="cannot be cancelled any more"):
        steering.cancel_issue(store, cancelled, clock=clock)


def test_somebody_who_comes_second_is_told_so(store, clock, make):
    seen = make(IssueState.SENDING)
    steering.pause_issue(store, seen, clock=clock)

    with pytest.raises(UsageError, match="cannot be paused any more"):
        steering.pause_issue(store, seen, clock=clock)


def test_a_pause_that_would_be_over_already_is_refused(store, clock):
    with pytest.raises(UsageError, match="is past"):
        steering.pause_newsletter(
            store, LETTER, until=clock.now(), fresh=True, clock=clock
        )


def test_a_newsletter_that_never_ran_can_be_paused(store, clock):
    until = clock.now() + timedelta(days=3)

    steering.pause_newsletter(store, LETTER, until=until, fresh=False, clock=clock)

    with store.read() as tx:
        assert newsletters.state(tx, "daily").paused_until == until
