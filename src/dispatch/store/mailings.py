"""Mailings: one act of sending, its deliveries, and its books.

Whoever adds deliveries raises `planned` in the same transaction, so that planned is
the sum over the states after every one of them: `store.tallies` counts.
`store.audience` adds an issue's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from sqlalchemy import Row, text

from dispatch.model import (
    Departure,
    Issue,
    IssueState,
    Mailing,
    MailingKind,
    Tally,
)
from dispatch.store import issues, tallies
from dispatch.store.transaction import Tx, among
from dispatch.store.types import from_micros, to_micros

LONGEST = timedelta(days=4)  # RFC 5321 4.5.4.1; mail without an expiry of its own

OPEN = text("""
INSERT INTO mailing (kind, dedupe_key, newsletter, issue, priority, created_at,
                     expires_at, sender, on_unknown, planned)
VALUES (:kind, :dedupe_key, :newsletter, :issue, :priority, :now, :expires, :sender,
        :on_unknown, 0)
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING id
""")
ADD = text("""
INSERT INTO delivery (mailing, priority, recipient, mailbox_hash, subscription, body,
                      state, not_before, created_at)
VALUES (:mailing, :priority, :recipient, :mailbox_hash, :subscription, :body,
        'pending', :now, :now)
ON CONFLICT (mailing, recipient) DO NOTHING
""")
# As a statement for many, so that a chunk of readers costs no row by row.
ADD_READERS = among("""
INSERT INTO delivery (mailing, priority, recipient, mailbox_hash, subscription, body,
                      state, not_before, created_at)
SELECT :mailing, :priority, p.address, p.mailbox_hash, u.id, :body,
       'pending', :now, :now
  FROM subscription u JOIN subscriber p ON p.id = u.subscriber
 WHERE u.id IN {ids}
ON CONFLICT (mailing, recipient) DO NOTHING
""")
GROW = text("UPDATE mailing SET planned = planned + :count WHERE id = :mailing")

ONE = "SELECT * FROM mailing WHERE {which}"
BY_ID = text(ONE.format(which="id = :id"))
CORRECTIONS = text(
    ONE.format(which="issue = :issue AND kind = 'correction'") + " ORDER BY id"
)
BY_KEY = text(ONE.format(which="dedupe_key = :key"))

SET_PLANNED = text("""
UPDATE issue SET planned = :planned, leaves_at = :leaves_at, canary = :canary
 WHERE id = :issue
""")
OPEN_GATE = text("""
UPDATE issue SET leaves_at = NULL
 WHERE id = :issue AND state = 'planned'
   AND (leaves_at IS NULL OR leaves_at <= :now)
""")
CANCEL = text("""
UPDATE delivery SET state = 'skipped', reason = 'cancelled', settled_at = :now
 WHERE state IN ('pending', 'deferred')
   AND mailing IN (SELECT id FROM mailing WHERE issue = :issue AND kind = 'issue')
""")


class Opening(TypedDict):
    """What a mailing is opened with; without an expiry it is tried for four days."""

    kind: MailingKind
    newsletter: str
    issue: str | None
    sender: str
    on_unknown: str
    expires_at: datetime | None


def queue_one(
    tx: Tx,
    *,
    kind: MailingKind,
    dedupe_key: str,
    recipient: str,
    mailbox_hash: str,
    subscription: int | None,
    body: str,
    newsletter: str,
    sender: str,
    expires_at: datetime | None = None,
) -> int | None:
    """Queue one mail to one person; None when `dedupe_key` was queued before.

    `sender` is the address in its From header. Without `expires_at` it is tried for
    four days.
    """
    mailing = _open(
        tx,
        kind=kind,
        dedupe_key=dedupe_key,
        newsletter=newsletter,
        issue=None,
        sender=sender,
        on_unknown="resend_once",
        expires_at=expires_at,
    )
    if mailing is None:
        return None
    row = {
        "recipient": recipient,
        "mailbox_hash": mailbox_hash,
        "subscription": subscription,
        "body": body,
    }
    add(tx, mailing, kind, [row])
    return mailing


def open_issue_mailing(tx: Tx, issue: Issue, *, sender: str, on_unknown: str) -> int:
    """Return the mailing of `issue`, making it when missing.

    There is one, whatever the issue's revision: it has one row for a recipient, and
    so nobody gets two.
    """
    return ensure(
        tx,
        kind=MailingKind.ISSUE,
        dedupe_key=f"issue:{issue.id}:1",
        newsletter=issue.newsletter,
        issue=issue.id,
        sender=sender,
        on_unknown=on_unknown,
        expires_at=issue.expires_at,
    )


def ensure(tx: Tx, *, dedupe_key: str, **values: Unpack[Opening]) -> int:
    """Return the mailing of this key, making it when missing."""
    made = _open(tx, dedupe_key=dedupe_key, **values)
    if made is not None:
        return made
    there: int = tx.execute(BY_KEY, {"key": dedupe_key}).one().id
    return there


def close_audience(tx: Tx, issue: str, departure: Departure) -> bool:
    """Make a READY issue PLANNED: its books have all their deliveries."""
    now = tx.now()
    planned = tallies.size_of_issue(tx, issue)
    leaves_at = to_micros(now + departure.undo) if departure.undo else None
    canary = departure.canary if planned > departure.canary else 0
    values = {"planned": planned, "leaves_at": leaves_at, "canary": canary}
    tx.execute(SET_PLANNED, {"issue": issue, **values})
    return issues.change_state(tx, issue, IssueState.READY, IssueState.PLANNED, now=now)


def start_sending(tx: Tx, issue: str) -> bool:
    """Release a PLANNED issue: from now on its deliveries are claimed.

    False, too, when its undo window is not over.
    """
    now = tx.now()
    if not tx.execute(OPEN_GATE, {"issue": issue, "now": to_micros(now)}).rowcount:
        return False
    return issues.change_state(
        tx, issue, IssueState.PLANNED, IssueState.SENDING, now=now
    )


def corrections_of(tx: Tx, issue: str) -> tuple[tuple[Mailing, Tally], ...]:
    """Return the mailings that corrected an issue, oldest first, with their books."""
    found = map(_mailing, tx.execute(CORRECTIONS, {"issue": issue}).all())
    return tuple((one, tallies.of_mailing(tx, one.id)) for one in found)


def cancel(tx: Tx, issue: str) -> int:
    """Skip what of `issue` is not under way; return how many deliveries.

    What is under way is stopped by the intent once the issue's state is CANCELLED.
    """
    return tx.execute(CANCEL, {"issue": issue, "now": to_micros(tx.now())}).rowcount


def by_id(tx: Tx, mailing: int) -> Mailing | None:
    """Return a mailing, or None."""
    row = tx.execute(BY_ID, {"id": mailing}).one_or_none()
    return None if row is None else _mailing(row)


def _open(tx: Tx, *, dedupe_key: str, **given: Unpack[Opening]) -> int | None:
    now = tx.now()
    values = {
        **given,
        "dedupe_key": dedupe_key,
        "kind": given["kind"].value,
        "priority": given["kind"].priority,
        "now": to_micros(now),
        "expires": to_micros(given["expires_at"] or now + LONGEST),
    }
    made: int | None = tx.execute(OPEN, values).scalar_one_or_none()
    return made


def add(
    tx: Tx, mailing: int, kind: MailingKind, rows: Sequence[Mapping[str, object]]
) -> int:
    """Add deliveries and raise `planned` by as many; return how many."""
    if not rows:
        return 0
    shared = {
        "mailing": mailing,
        "priority": kind.priority,
        "now": to_micros(tx.now()),
    }
    added = tx.execute(ADD, [shared | dict(row) for row in rows]).rowcount
    tx.execute(GROW, {"mailing": mailing, "count": added})
    return added


def add_readers(
    tx: Tx, mailing: int, body: str, readers: Sequence[int], *, priority: int
) -> int:
    """Add deliveries of one message to these subscriptions; return how many."""
    values = {
        "mailing": mailing,
        "priority": priority,
        "body": body,
        "now": to_micros(tx.now()),
    }
    added = tx.change_among(ADD_READERS, readers, values)
    tx.execute(GROW, {"mailing": mailing, "count": added})
    return added


def _mailing(row: Row[Any]) -> Mailing:
    return Mailing(
        id=row.id,
        kind=MailingKind(row.kind),
        dedupe_key=row.dedupe_key,
        created_at=from_micros(row.created_at),
        newsletter=row.newsletter,
        issue=row.issue or "",
        expires_at=None if row.expires_at is None else from_micros(row.expires_at),
    )
