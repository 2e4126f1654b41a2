from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import standing
from dispatch.model import Crowd, Mark

NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def record(letters, *, every=DAY, last=DAY):
    """An issue for each letter: dead, Gone, full, ok, x our fault, - not sent."""
    at = NOW - last - every * (len(letters) - 1)
    found = []
    for number, letter in enumerate(letters):
        found.append(
            Mark(
                f"issue-{number}",
                at + every * number,
                accepted=letter != "-",
                dead={"d": 1, "G": 2}.get(letter, 0),
                full=int(letter == "f"),
                faulted=letter == "x",
            )
        )
    return found


def suspended(letters, **how):
    return standing.decide(record(letters, **how), now=NOW).suspend


@pytest.mark.parametrize(
    "letters", ["dd", "dod", "okd-xd", "G", "oooG", "d-d", "dxxxxd"]
)
def test_a_dead_address_is_suspended(letters):
    assert suspended(letters)


@pytest.mark.parametrize(
    "letters", ["", "o", "d", "dood", "xxxxxxxx", "dooooo", "----"]
)
def test_one_bad_day_or_our_own_fault_costs_nobody(letters):
    assert not suspended(letters)


def test_a_weekly_newsletter_finds_its_dead_addresses_too():
    """A score that fades after seven days never would."""
    assert suspended("dd", every=timedelta(days=7))


def test_a_full_mailbox_takes_five_issues_in_a_row_and_a_fortnight():
    assert suspended("fffff", every=timedelta(days=4))
    assert not suspended("ffff", every=timedelta(days=7))
    assert not suspended("fffff", every=DAY)
    assert suspended("f" * 15, every=DAY)
    assert not suspended("ffoff", every=timedelta(days=7))


def test_our_own_fault_between_does_not_mend_a_full_mailbox():
    assert suspended("ffxfff", every=timedelta(days=4))


def test_what_is_still_in_a_relays_queue_is_no_success():
    """Its failure comes after five days; until then it only looks well."""
    assert suspended("f" * 15 + "oooo", every=DAY)
    assert not suspended("f" * 15 + "oooo", every=DAY, last=timedelta(days=7))


def test_an_issue_of_this_morning_is_no_success_yet():
    assert suspended("doGo", last=timedelta(hours=1))
    assert not suspended("do" + "o", last=timedelta(hours=1))


@given(st.text("ox-", max_size=40))
def test_nobody_is_ever_suspended_for_what_is_not_their_fault(letters):
    assert not suspended(letters)


@given(st.text("odGfx-", max_size=20), st.text("ox-", max_size=20))
def test_a_reader_whose_mail_arrives_again_is_kept(before, after):
    mended = before + after + "oo"

    assert not suspended(mended, last=timedelta(days=10))


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_a_crowd_is_more_than_a_twentieth_and_more_than_four(bounced, more):
    crowd = Crowd("issue", "example.net", bounced, bounced + more)

    assert standing.is_crowd(crowd) == (bounced >= 5 and bounced * 20 > bounced + more)
