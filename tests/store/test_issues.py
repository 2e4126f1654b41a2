from datetime import timedelta

import pytest

from dispatch.errors import StoreError
from dispatch.model import Choice, Frozen, IssueState, MailFormat, Span, Variant
from dispatch.store import bodies, issues, newsletters, variants


@pytest.fixture
def daily(store, clock):
    store.write(lambda tx: newsletters.ensure(tx, "daily", "D", now=clock.now()))
    return "daily"


def open_issue(store, clock, *, hours=0):
    slot = clock.now() + timedelta(hours=hours)
    return store.write(
        lambda tx: issues.open(
            tx,
            "daily",
            slot,
            day=slot.date(),
            from_position=0,
            to_position=3,
            expires_at=slot + timedelta(hours=20),
            now=clock.now(),
        )
    )


def change(store, clock, issue, frm, to, *, reason=""):
    return store.write(
        lambda tx: issues.change_state(
            tx, issue.id, frm, to, now=clock.now(), reason=reason
        )
    )


def test_an_issue_is_named_by_its_local_date(store, clock, daily):
    assert open_issue(store, clock).id == "daily-2026-03-02"
    assert open_issue(store, clock, hours=1).id == "daily-2026-03-02-2"
    assert open_issue(store, clock, hours=2).id == "daily-2026-03-02-3"


def test_a_slot_opens_one_issue(store, clock, daily):
    assert open_issue(store, clock)
    assert open_issue(store, clock) is None


def test_an_issue_changes_only_as_the_table_says(store, clock, daily):
    issue = open_issue(store, clock)
    draft, held, ready = IssueState.DRAFT, IssueState.HELD, IssueState.READY

    with pytest.raises(ValueError, match="cannot go"):
        change(store, clock, issue, draft, IssueState.SENDING)
    assert change(store, clock, issue, draft, held, reason="waits for approval")
    assert not change(store, clock, issue, draft, ready), "it is no draft any more"
    assert change(store, clock, issue, held, ready)
    with store.read() as tx:
        assert issues.by_id(tx, issue.id).held_reason == ""


def test_every_state_has_its_row_in_the_table():
    assert set(issues.TABLE) == set(IssueState)


def test_an_unplanned_issue_expires(store, clock, daily):
    issue = open_issue(store, clock)
    clock.advance(hours=20)

    expire = lambda tx: issues.expire(tx, "daily", now=clock.now())  # noqa: E731
    assert store.write(expire) == (issue.id,)
    assert store.write(expire) == ()


def test_frozen_bytes_come_back_as_they_were(store):
    frozen = Frozen(b"To: \x00\xff\r\n", (Span(4, 6, "to"),))
    digest = store.write(lambda tx: bodies.put(tx, frozen))

    assert store.write(lambda tx: bodies.put(tx, frozen)) == digest
    with store.read() as tx:
        assert bodies.get(tx, digest) == frozen
        with pytest.raises(StoreError):
            bodies.get(tx, "0" * 64)


def test_a_variant_is_kept_once_per_choice_and_revision(store, clock, daily):
    issue = open_issue(store, clock)
    digest = store.write(lambda tx: bodies.put(tx, Frozen(b"x\r\n", ())))
    choice = Choice(("arts", "news"), MailFormat.TEXT, 7)
    made = Variant(issue.id, choice, 1, "News", (3, 1), 2, "<p>", "text", digest)
    other = Variant(issue.id, choice, 1, "Other", (), body=digest)
    for one in (made, other):
        store.write(lambda tx, one=one: variants.add(tx, one))

    with store.read() as tx:
        assert variants.one(tx, issue.id, choice, 1) == made
        assert variants.of(tx, issue.id) == (made,)
