"""Bounces at rest: written once for each message and class, and what came of them.

A row never changes its delivery. Whatever is told twice is written once, so that a
crash between our commit and the deletion of a mail counts nothing double.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    func,
    select,
    text,
    update,
)

from dispatch.model import (
    Bounce,
    BounceClass,
    BounceFate,
    MailingKind,
    Returned,
    Said,
    Verdict,
)
from dispatch.store.schema import (
    bounce,
    delivery,
    intake,
    mailing,
    subscription as ties,
)
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros
from dispatch.text import address

MOST_TEXT = 500
WAITING = (BounceFate.OPEN, BounceFate.HELD)

# A failure after a delay outweighs it, and is to be decided; all else is told twice.
ADD = text("""
INSERT INTO bounce (delivery, kind, weight, issue, domain, subscription, code,
                    enhanced, text, via, at, fate)
VALUES (:delivery, :kind, :weight, :issue, :domain, :subscription, :code,
        :enhanced, :text, :via, :at, :fate)
ON CONFLICT (delivery, kind) DO UPDATE
   SET weight = excluded.weight, code = excluded.code, enhanced = excluded.enhanced,
       text = excluded.text, via = excluded.via, at = excluded.at,
       fate = excluded.fate
 WHERE bounce.weight < excluded.weight
""")
COUNT = text("""
INSERT INTO intake (outcome, count, first_at, last_at) VALUES (:outcome, 1, :at, :at)
ON CONFLICT (outcome) DO UPDATE
   SET count = intake.count + 1, last_at = excluded.last_at
""")


def whose(tx: Tx, number: int) -> Returned | None:
    """Return the delivery with this number and whose it is, or None."""
    return _whose(tx, delivery.c.id == number)


def newest_to(tx: Tx, mailbox_hash: str, since: datetime) -> Returned | None:
    """Return the newest delivery to an address: for whoever names no token of ours."""
    return _whose(
        tx, delivery.c.mailbox_hash == mailbox_hash, delivery.c.created_at >= since
    )


def add(
    tx: Tx, of: Returned, verdict: Verdict, said: Said, *, via: str, now: datetime
) -> bool:
    """Write down that a message came back; return whether that is news.

    What never costs a reader anything is noted, a complaint is decided by itself; the
    rest waits to be decided.
    """
    values = {
        "delivery": of.delivery,
        "kind": str(verdict.kind),
        "weight": verdict.weight,
        "issue": of.issue,
        "domain": of.domain,
        "subscription": of.subscription,
        "code": said.code,
        "enhanced": said.enhanced,
        "text": said.text[:MOST_TEXT],
        "via": via,
        "at": to_micros(now),
        "fate": str(_first_fate(of, verdict)),
    }
    return tx.execute(ADD, values).rowcount > 0


def _first_fate(of: Returned, verdict: Verdict) -> BounceFate:
    if verdict.kind is BounceClass.COMPLAINT and of.subscriber is not None:
        return BounceFate.UNSUBSCRIBED
    costs = verdict.kind.about_reader and verdict.weight > 0
    return BounceFate.OPEN if costs and of.issue else BounceFate.NOTED


def note_intake(tx: Tx, outcome: str, *, now: datetime) -> None:
    """Count a report by what became of it."""
    tx.execute(COUNT, {"outcome": outcome, "at": to_micros(now)})


def intakes(tx: Tx) -> dict[str, int]:
    """Return how many reports came in, by what became of them."""
    rows = tx.execute(select(intake.c.outcome, intake.c["count"].label("number")))
    return {row.outcome: row.number for row in rows}


def listing(
    tx: Tx,
    *,
    domain: str = "",
    fates: Collection[BounceFate] = (),
    subscriptions: Collection[int] | None = None,
    after: int = 0,
    limit: int = 100,
) -> tuple[Bounce, ...]:
    """Return bounces, newest first; `after` is the last number of the page before."""
    wanted = _wanted(domain, fates, subscriptions)
    if after:
        wanted.append(bounce.c.id < after)
    query = _bounces().where(*wanted).order_by(bounce.c.id.desc()).limit(limit)
    return tuple(_bounce(row) for row in tx.execute(query))


def open_before(tx: Tx, moment: datetime, *, limit: int) -> tuple[Bounce, ...]:
    """Return up to `limit` bounces that wait to be decided since `moment` or before."""
    wanted = _wanted("", [BounceFate.OPEN], None)
    query = (
        _bounces()
        .where(bounce.c.at <= moment, *wanted)
        .order_by(bounce.c.at, bounce.c.id)
        .limit(limit)
    )
    return tuple(_bounce(row) for row in tx.execute(query))


def set_fate(
    tx: Tx,
    fate: BounceFate,
    *,
    now: datetime,
    frm: Collection[BounceFate] = WAITING,
    numbers: Collection[int] | None = None,
    issue: str = "",
    domain: str = "",
    subscriptions: Collection[int] | None = None,
) -> int:
    """Give bounces that have one of the fates `frm` another; return how many."""
    wanted = _wanted(domain, frm, subscriptions)
    if issue:
        wanted.append(bounce.c.issue == issue)
    if numbers is not None:
        wanted.append(bounce.c.id.in_(list(numbers)))
    decided = None if fate in WAITING else now
    result = tx.execute(
        update(bounce).where(*wanted).values(fate=fate, decided_at=decided)
    )
    return result.rowcount


def forgive(tx: Tx, subscriptions: Collection[int], *, now: datetime) -> int:
    """Hold nothing against a reader any more that came back; return how much it was."""
    against = set(BounceFate) - {BounceFate.NOTED, BounceFate.FORGIVEN}
    return set_fate(
        tx, BounceFate.FORGIVEN, now=now, frm=against, subscriptions=subscriptions
    )


def of_issue(tx: Tx, issue: str) -> dict[BounceClass, int]:
    """Return how many copies of an issue came back, by class."""
    found = _tally(tx, bounce.c.kind, bounce.c.issue == issue)
    return {BounceClass(word): number for word, number in found}


def totals(tx: Tx, *, since: datetime | None = None) -> dict[BounceClass, int]:
    """Return how many bounces there are, or were since a moment, by class."""
    wanted = [] if since is None else [bounce.c.at >= since]
    found = _tally(tx, bounce.c.kind, *wanted)
    return {BounceClass(word): number for word, number in found}


def fates(tx: Tx) -> dict[BounceFate, int]:
    """Return how many bounces there are, by what came of them."""
    return {BounceFate(word): number for word, number in _tally(tx, bounce.c.fate)}


def forget(tx: Tx, subscriber: int) -> None:
    """Erase what servers said about a person; that mail came back stays counted."""
    tx.execute(
        update(bounce)
        .where(bounce.c.subscription.in_(_of(subscriber)))
        .values(text="", domain="")
    )


def _tally(
    tx: Tx, column: ColumnElement[str], *wanted: ColumnElement[bool]
) -> list[tuple[str, int]]:
    query = select(column.label("word"), func.count().label("number"))
    rows = tx.execute(query.where(*wanted).group_by(column))
    return [(row.word, row.number) for row in rows]


def _of(subscriber: int) -> Any:
    return select(ties.c.id).where(ties.c.subscriber == subscriber).scalar_subquery()


def _wanted(
    domain: str,
    fates: Collection[BounceFate],
    subscriptions: Collection[int] | None,
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if domain:
        wanted.append(bounce.c.domain == domain.lower())
    if fates:
        wanted.append(bounce.c.fate.in_([str(fate) for fate in fates]))
    if subscriptions is not None:
        wanted.append(bounce.c.subscription.in_(list(subscriptions)))
    return wanted


def _whose(tx: Tx, *wanted: ColumnElement[bool]) -> Returned | None:
    row = tx.execute(
        select(
            delivery.c.id,
            delivery.c.recipient,
            delivery.c.mailbox_hash,
            delivery.c.subscription,
            mailing.c.kind,
            mailing.c.issue,
            ties.c.subscriber,
        )
        .select_from(
            delivery.join(mailing, mailing.c.id == delivery.c.mailing).outerjoin(
                ties, ties.c.id == delivery.c.subscription
            )
        )
        .where(*wanted)
        .order_by(delivery.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Returned(
        row.id,
        MailingKind(row.kind),
        row.issue or "",
        address.domain(row.recipient) if "@" in row.recipient else "",
        row.mailbox_hash,
        row.subscription,
        row.subscriber,
    )


def _bounces() -> Select[Any]:
    return select(bounce, delivery.c.recipient, ties.c.subscriber).select_from(
        bounce.join(delivery, delivery.c.id == bounce.c.delivery).outerjoin(
            ties, ties.c.id == bounce.c.subscription
        )
    )


def _bounce(row: Row[Any]) -> Bounce:
    return Bounce(
        id=row.id,
        kind=BounceClass(row.kind),
        fate=BounceFate(row.fate),
        weight=row.weight,
        issue=row.issue,
        domain=row.domain,
        enhanced=row.enhanced,
        text=row.text,
        via=row.via,
        at=row.at,
        recipient=row.recipient,
        subscriber=row.subscriber,
    )
