from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import throttle
from dispatch.deliver.throttle import Scope
from dispatch.model import Phase, Reply

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SPEEDS = st.floats(0.2, 5_000)


@pytest.mark.parametrize(
    ("code", "said", "phase", "scope"),
    [
        (454, "4.7.0 Throttling failure: maximum rate", Phase.DOT, Scope.RELAY),
        (454, "4.7.0 Throttled", Phase.RCPT, Scope.RELAY),
        (421, "4.7.0 Too fast", Phase.MAIL, Scope.RELAY),
        (421, "4.7.0 Maximum message count per session", Phase.MAIL, Scope.NOBODY),
        (421, "Too many messages in this connection", Phase.RCPT, Scope.NOBODY),
        (451, "4.3.0 Later", Phase.DOT, Scope.RELAY),
        (450, "4.2.0 Greylisted", Phase.RCPT, Scope.NOBODY),
        (451, "4.7.1 Graylisting in action", Phase.RCPT, Scope.NOBODY),
        (450, "4.7.28 Unusual rate of mail", Phase.RCPT, Scope.DOMAIN),
        (451, "4.7.650 too many from your address", Phase.RCPT, Scope.DOMAIN),
        (452, "4.2.2 Full", Phase.RCPT, Scope.NOBODY),
        (550, "5.7.1 rate", Phase.DOT, Scope.NOBODY),
        (250, "2.0.0 Ok", Phase.DOT, Scope.NOBODY),
    ],
)
def test_who_is_to_be_sent_to_more_slowly(code, said, phase, scope):
    enhanced = said.split()[0] if said[0].isdigit() else ""

    assert throttle.scope(Reply(code, said, enhanced, phase)) is scope


@pytest.mark.parametrize(
    ("code", "phase", "all_"),
    [
        (454, Phase.RCPT, False),
        (451, Phase.MAIL, True),
        (421, Phase.MAIL, False),  # the session's end, which is told apart
        (451, Phase.DOT, False),
        (450, Phase.RCPT, False),
        (550, Phase.MAIL, False),
    ],
)
def test_an_answer_to_our_sender_says_nothing_of_a_reader(code, phase, all_):
    assert throttle.concerns_all(Reply(code, phase=phase)) is all_
    throttled = Reply(454, "4.7.0 Throttling failure", "4.7.0", phase)
    assert throttle.concerns_all(throttled)


def test_half_the_speed_at_first_and_half_of_that_again():
    assert throttle.halved(0.0, 40.0) == (20.0, 40.0)
    assert throttle.halved(20.0, 19.0) == (9.5, 19.0)


def test_a_speed_that_was_hardly_measured_is_not_believed():
    assert throttle.halved(0.0, 0.3) == (2.5, 5.0)


def test_it_grows_slowly_and_is_forgotten_at_twice_the_speed():
    assert throttle.grown(20, 40, timedelta(seconds=9)) == 20
    assert throttle.grown(20, 40, timedelta(seconds=100)) == 40
    assert throttle.grown(20, 40, timedelta(seconds=299)) < 80
    assert throttle.grown(20, 40, timedelta(seconds=300)) == 0


def test_a_clock_that_goes_back_does_not_make_it_slower():
    assert throttle.grown(20, 40, timedelta(hours=-1)) == 20


def test_many_connections_that_hear_it_at_once_halve_it_once():
    assert throttle.settled(None, now=NOON)
    assert not throttle.settled(NOON - timedelta(seconds=4), now=NOON)
    assert throttle.settled(NOON - timedelta(seconds=5), now=NOON)


@given(st.just(0.0) | SPEEDS, SPEEDS)
def test_it_never_stops_altogether(ceiling, recent):
    slower, was = throttle.halved(ceiling, recent)

    assert slower >= throttle.SLOWEST
    assert slower < was


@given(SPEEDS, st.integers(0, 10_000))
def test_it_only_grows(was, seconds):
    since = timedelta(seconds=seconds)
    now = throttle.grown(was / 2, was, since)
    then = throttle.grown(was / 2, was, since + throttle.STEP)

    assert now == 0 or now >= was / 2
    assert then == 0 or then > now > 0
