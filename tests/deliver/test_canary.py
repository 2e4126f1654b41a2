from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import canary
from dispatch.deliver.canary import Verdict
from dispatch.model import Tally

NOON = datetime(2030, 1, 7, 12, 0, tzinfo=UTC)
QUIET = timedelta(minutes=15)


def judge(*, untried=0, ago=20, **counts):
    return canary.judge(
        Tally(planned=sum(counts.values()), **counts),
        untried=untried,
        settled_at=NOON - timedelta(minutes=ago),
        quiet=QUIET,
        now=NOON,
    )


def test_a_quiet_canary_lets_the_rest_go():
    assert judge(accepted=49, rejected=1).verdict is Verdict.GO


def test_the_quiet_time_counts_from_the_newest_answer():
    found = judge(accepted=50, ago=5)

    assert found.verdict is Verdict.WAIT
    assert found.until == NOON + timedelta(minutes=10)


@pytest.mark.parametrize("state", ["claimed", "dot"])
def test_it_waits_for_what_is_under_way(state):
    assert judge(accepted=49, **{state: 1}).verdict is Verdict.WAIT


def test_it_waits_until_everybody_was_tried_once():
    assert judge(accepted=49, pending=1, untried=1).verdict is Verdict.WAIT


def test_refusals_stop_it_before_the_quiet_time_is_over():
    found = judge(accepted=10, rejected=3, pending=37, untried=37, ago=0)

    assert found.verdict is Verdict.STOP
    assert found.reason == "3 of 50 were refused"


def test_a_doubt_stops_it_only_when_the_quiet_time_has_not_solved_it():
    assert judge(accepted=49, unknown=1, ago=5).verdict is Verdict.WAIT
    assert judge(accepted=49, unknown=1).verdict is Verdict.STOP


def test_greylisting_of_a_few_is_no_trouble_and_of_most_it_is():
    assert judge(accepted=30, deferred=20).verdict is Verdict.GO
    assert judge(accepted=20, deferred=30).verdict is Verdict.STOP


def test_readers_who_left_meanwhile_are_no_trouble():
    assert judge(skipped=2, accepted=0).verdict is Verdict.GO


@given(
    accepted=st.integers(0, 50),
    rejected=st.integers(0, 50),
    unknown=st.integers(0, 5),
    deferred=st.integers(0, 50),
    ago=st.integers(0, 60),
)
def test_nothing_goes_on_while_much_is_wrong(
    accepted, rejected, unknown, deferred, ago
):
    counts = {
        "accepted": accepted,
        "rejected": rejected,
        "unknown": unknown,
        "deferred": deferred,
    }
    found = judge(ago=ago, **counts)

    if found.verdict is Verdict.GO:
        assert ago >= 15
        assert not unknown
        assert rejected <= canary.bearable(sum(counts.values()))
        assert deferred * 2 <= sum(counts.values())
