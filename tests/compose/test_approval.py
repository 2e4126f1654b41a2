"""Whether an issue may leave, and when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import approval, proof
from dispatch.compose.approval import Verdict
from dispatch.model import Edit, EditKind as K
from support.composing import newsletter

SLOT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADA = ("ada@courier.example",)


def said(*kinds, revision=1):
    return [Edit("daily", kind, "ada", SLOT, revision=revision) for kind in kinds]


@pytest.mark.parametrize("how", ["none", "unless_held", "required"])
@pytest.mark.parametrize(
    ("verdict", "doubt", "reasons"),
    [
        (Verdict.NOTHING, "", ("", "", approval.WAITS)),
        (Verdict.NOTHING, "a flood", ("a flood",) * 3),
        (Verdict.HELD, "", (approval.HELD,) * 3),
        (Verdict.HELD, "a flood", (approval.HELD,) * 3),
        (Verdict.UNSEEN, "", ("",) * 3),
        (Verdict.UNSEEN, "a flood", ("a flood",) * 3),
        (Verdict.APPROVED, "", ("",) * 3),
        (Verdict.APPROVED, "a flood", ("",) * 3),
    ],
)
def test_why_an_issue_waits(how, verdict, doubt, reasons):
    expected = dict(zip(("none", "unless_held", "required"), reasons, strict=True))
    letter = newsletter(approval=how)

    assert approval.why_held(letter, verdict, doubt=doubt) == expected[how]


@pytest.mark.parametrize(
    ("done", "revision", "verdict"),
    [
        ([], 1, Verdict.NOTHING),
        (said(K.APPROVE), 1, Verdict.APPROVED),
        (said(K.SEND), 1, Verdict.APPROVED),
        (said(K.APPROVE), 2, Verdict.NOTHING),
        (said(K.APPROVE, revision=0), 1, Verdict.UNSEEN),
        (said(K.APPROVE, revision=0), 2, Verdict.NOTHING),
        (said(K.HOLD), 7, Verdict.HELD),
        (said(K.HOLD, K.DROP, K.UNDO), 1, Verdict.HELD),
        (said(K.HOLD, K.APPROVE), 1, Verdict.APPROVED),
        (said(K.HOLD, K.APPROVE), 2, Verdict.NOTHING),
        (said(K.APPROVE, K.HOLD), 1, Verdict.HELD),
    ],
)
def test_what_was_said_last_counts_for_what_was_seen(done, revision, verdict):
    assert approval.verdict(done, revision) is verdict


@given(st.lists(st.sampled_from(sorted(K)), max_size=10), st.integers(1, 3))
def test_a_hold_is_lifted_by_nothing_but_a_release(kinds, revision):
    last = approval.verdict([*said(K.HOLD), *said(*kinds)], revision)

    released = {K.APPROVE, K.SEND} & set(kinds)
    assert (last is Verdict.HELD) or released


@pytest.mark.parametrize("how", ["none", "required"])
def test_an_issue_leaves_at_its_slot_however_late_editors_were_asked(how):
    letter = newsletter(approval=how, proof_to=ADA)

    assert approval.leaves_at(letter, SLOT, asked_at=SLOT) == SLOT


@pytest.mark.parametrize(
    ("asked", "leaves"), [(-30, 0), (-29, 0), (-25, 0), (-24, 6), (0, 30), (90, 120)]
)
def test_silence_is_consent_only_of_editors_who_had_their_time(asked, leaves):
    letter = newsletter(approval="unless_held", proof_to=ADA)
    moment = approval.leaves_at(letter, SLOT, asked_at=SLOT + timedelta(minutes=asked))

    assert moment == SLOT + timedelta(minutes=leaves)


def test_with_nobody_to_ask_it_leaves_at_its_slot():
    letter = newsletter(approval="unless_held")

    assert approval.leaves_at(letter, SLOT, asked_at=SLOT) == SLOT


@pytest.mark.parametrize(
    ("sent", "ago", "due"),
    [(0, None, True), (1, 1, False), (1, 2, True), (12, 9, False)],
)
def test_proofs_come_two_minutes_apart_and_twelve_at_most(sent, ago, due):
    before = None if ago is None else SLOT - timedelta(minutes=ago)

    assert proof.is_due(sent=sent, sent_at=before, now=SLOT) is due
