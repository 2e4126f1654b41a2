from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import retry
from dispatch.model import DeliveryState, Phase, Reply

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATE = NOON + timedelta(days=4)


def decide(code, text="", phase=Phase.RCPT, *, enhanced="", tries=1, expires_at=LATE):
    return retry.decide(
        Reply(code, text, enhanced, phase),
        tries=tries,
        now=NOON,
        expires_at=expires_at,
        seed=7,
    )


@pytest.mark.parametrize(
    ("code", "enhanced", "phase", "state"),
    [
        (250, "2.0.0", Phase.DOT, DeliveryState.ACCEPTED),
        (450, "4.2.0", Phase.RCPT, DeliveryState.DEFERRED),
        (451, "", Phase.DOT, DeliveryState.DEFERRED),
        (550, "5.1.1", Phase.RCPT, DeliveryState.REJECTED),
        (554, "5.6.0", Phase.DOT, DeliveryState.REJECTED),
        (552, "5.3.4", Phase.MAIL, DeliveryState.REJECTED),
        (552, "", Phase.RCPT, DeliveryState.DEFERRED),
        (0, "", Phase.MAIL, DeliveryState.DEFERRED),
        (0, "", Phase.BODY, DeliveryState.DEFERRED),
        (0, "", Phase.INTENT, DeliveryState.PENDING),
        (0, "", Phase.DOT, DeliveryState.UNKNOWN),
        (354, "", Phase.DOT, DeliveryState.UNKNOWN),
        (250, "", Phase.BODY, DeliveryState.DEFERRED),
        (421, "", Phase.MAIL, DeliveryState.PENDING),
        (421, "", Phase.DOT, DeliveryState.PENDING),
    ],
)
def test_the_answer_and_its_phase_decide_the_state(code, enhanced, phase, state):
    assert decide(code, phase=phase, enhanced=enhanced).state is state


def test_only_a_refused_sender_or_login_stops_the_relay():
    assert decide(553, phase=Phase.MAIL).stop_relay
    assert decide(530, phase=Phase.MAIL).stop_relay
    assert not decide(550, phase=Phase.RCPT, enhanced="5.1.1").stop_relay
    assert not decide(550, phase=Phase.DOT, enhanced="5.7.1").stop_relay
    assert not decide(450, phase=Phase.MAIL).stop_relay


def test_what_is_our_fault_is_tried_again_but_seldom():
    outcome = decide(550, phase=Phase.DOT, enhanced="5.7.26")

    assert outcome.state is DeliveryState.DEFERRED
    assert outcome.retry_at >= NOON + timedelta(hours=1)


def test_the_first_retry_comes_after_about_five_minutes():
    pause = decide(450).retry_at - NOON

    assert timedelta(minutes=4, seconds=30) <= pause <= timedelta(minutes=5, seconds=30)


def test_a_session_that_the_server_closes_costs_no_time():
    assert decide(421, phase=Phase.MAIL).retry_at == NOON


def test_a_last_try_is_made_shortly_before_the_expiry():
    expires_at = NOON + timedelta(minutes=20)
    outcome = decide(450, tries=3, expires_at=expires_at)

    assert outcome.state is DeliveryState.DEFERRED
    assert outcome.retry_at == expires_at - retry.LAST


def test_a_try_for_which_no_time_is_left_is_not_made():
    outcome = decide(450, tries=3, expires_at=NOON + timedelta(minutes=9))

    assert outcome.state is DeliveryState.EXPIRED
    assert outcome.retry_at is None


@given(st.integers(1, 100), st.integers(0, 2**40))
def test_pauses_grow_and_are_the_same_every_time(tries, seed):
    pause = retry.delay(tries, seed)

    assert pause == retry.delay(tries, seed)
    assert pause >= 0.9 * retry.DELAYS[min(tries, len(retry.DELAYS)) - 1]
    assert pause <= timedelta(hours=5)


@given(
    st.sampled_from([0, 250, 354, 421, 450, 452, 500, 530, 550, 552, 553, 554]),
    st.sampled_from(
        ["", "4.2.0", "4.7.1", "5.1.1", "5.2.2", "5.3.4", "5.6.0", "5.7.1"]
    ),
    st.sampled_from(list(Phase)),
    st.integers(1, 40),
)
def test_something_to_come_has_a_time_and_nothing_else_has(
    code, enhanced, phase, tries
):
    outcome = decide(code, phase=phase, enhanced=enhanced, tries=tries)

    coming = {DeliveryState.DEFERRED, DeliveryState.PENDING}
    assert (outcome.retry_at is not None) == (outcome.state in coming)


@given(
    st.sampled_from(list(Phase)),
    st.integers(0, 599),
)
def test_nothing_is_called_accepted_but_a_yes_after_the_dot(phase, code):
    outcome = decide(code, phase=phase)

    accepted = outcome.state is DeliveryState.ACCEPTED
    assert accepted == (200 <= code < 300 and phase is Phase.DOT)


@given(st.sampled_from(list(Phase)), st.integers(0, 599))
def test_silence_after_the_dot_is_never_tried_again_by_itself(phase, code):
    outcome = decide(code, phase=phase)

    unknown = outcome.state is DeliveryState.UNKNOWN
    assert unknown == (phase is Phase.DOT and (code < 200 or 300 <= code < 400))
