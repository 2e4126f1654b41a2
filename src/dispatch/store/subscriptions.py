"""Changing a subscription, and the record of every change.

What may change into what is `subscribe.lifecycle`'s to say; here a change is one
conditional UPDATE, and a row of `subscription_event` beside it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, select, text, update

from dispatch.model import (
    Cadence,
    Consent,
    MailFormat,
    MailingKind,
    Standing,
    Subscription,
    SubscriptionState,
)
from dispatch.store import fates, subscribers
from dispatch.store.fates import Attempt
from dispatch.store.schema import (
    delivery,
    mailing,
    subscription as ties,
    subscription_event as events,
)
from dispatch.store.transaction import Tx
from dispatch.store.types import Json, Moment, to_micros

ADD = text("""
INSERT INTO subscription (
    subscriber, newsletter, state, topics, format, cadence, languages,
    covered_to, covered_at, created_at, changed_at,
    requested_at, confirmed_at, paused_until,
    consent_source, consent_text, consent_ip, consent_at)
VALUES (
    :subscriber, :newsletter, :state, :topics, :format, :cadence, :languages,
    :covered_to, :covered_at, :now, :now,
    :requested_at, :confirmed_at, :paused_until,
    :consent_source, :consent_text, :consent_ip, :consent_at)
ON CONFLICT (subscriber, newsletter) DO NOTHING RETURNING id
""").bindparams(
    bindparam("topics", type_=Json),
    bindparam("languages", type_=Json),
    bindparam("covered_at", type_=Moment),
    bindparam("now", type_=Moment),
    bindparam("requested_at", type_=Moment),
    bindparam("confirmed_at", type_=Moment),
    bindparam("paused_until", type_=Moment),
    bindparam("consent_at", type_=Moment),
)
RECORD = text("""
INSERT INTO subscription_event (subscription, at, event, state, detail)
VALUES (:subscription, :at, :event, :state, :detail)
""")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a subscription, and the state it led to."""

    at: datetime
    event: str
    state: SubscriptionState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to somebody, as the books have it."""

    at: datetime
    kind: MailingKind
    newsletter: str
    issue: str
    state: str
    reply: str
    reason: str = ""
    resends: int = 0
    dot_at: datetime | None = None
    delivery: int = 0
    attempts: tuple[Attempt, ...] = ()


def add(
    tx: Tx,
    subscriber: int,
    newsletter: str,
    state: SubscriptionState,
    event: str,
    *,
    now: datetime,
    detail: str = "",
    topics: Sequence[str] = (),
    format: MailFormat = MailFormat.HTML,  # noqa: A002 - the reader's word for it
    cadence: Cadence = Cadence.EACH,
    languages: Sequence[str] = (),
    covered_to: int = 0,
    covered_at: datetime | None = None,
    requested_at: datetime | None = None,
    confirmed_at: datetime | None = None,
    paused_until: datetime | None = None,
    consent: Consent | None = None,
) -> int | None:
    """Make a subscription and return its id, or None when there is one already."""
    values = {
        "subscriber": subscriber,
        "newsletter": newsletter,
        "state": str(state),
        "topics": list(topics),
        "format": str(format),
        "cadence": str(cadence),
        "languages": list(languages),
        "covered_to": covered_to,
        "covered_at": covered_at,
        "now": now,
        "requested_at": requested_at,
        "confirmed_at": confirmed_at,
        "paused_until": paused_until,
        **_consent(consent or Consent()),
    }
    found: int | None = tx.execute(ADD, values).scalar_one_or_none()
    if found is not None:
        record(tx, found, state, event, now=now, detail=detail)
    return found


def change(
    tx: Tx,
    subscription: Subscription,
    to: SubscriptionState,
    event: str,
    *,
    now: datetime,
    detail: str = "",
    consent: Consent | None = None,
    **values: Any,
) -> bool:
    """Move a subscription on, if it is still in the state that was seen.

    Return whether it was: False means that somebody else came first, and nothing
    has changed. `values` are further columns to set.
    """
    if consent is not None:
        values |= _consent(consent)
    result = tx.execute(
        update(ties)
        .where(ties.c.id == subscription.id, ties.c.state == subscription.state)
        .values(state=to, changed_at=now, **values)
    )
    if result.rowcount != 1:
        return False
    record(tx, subscription.id, to, event, now=now, detail=detail)
    return True


def set_choice(
    tx: Tx,
    id: int,  # noqa: A002 - as every store module
    *,
    topics: tuple[str, ...] | None = None,
    format: MailFormat | None = None,  # noqa: A002 - the reader's word for it
    cadence: Cadence | None = None,
    languages: tuple[str, ...] | None = None,
) -> None:
    """Note what a reader wants to read about, how and how often; None is as it was."""
    given = {
        "topics": None if topics is None else list(topics),
        "format": format,
        "cadence": cadence,
        "languages": None if languages is None else list(languages),
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    if wanted:
        tx.execute(update(ties).where(ties.c.id == id).values(wanted))


def record(
    tx: Tx,
    id: int,  # noqa: A002 - as every store module
    state: SubscriptionState,
    event: str,
    *,
    now: datetime,
    detail: str = "",
) -> None:
    """Write down what happened, without changing anything."""
    values = {
        "subscription": id,
        "at": to_micros(now),
        "event": str(event),
        "state": str(state),
        "detail": detail,
    }
    tx.execute(RECORD, values)


def history(tx: Tx, id: int) -> tuple[Change, ...]:  # noqa: A002 - as every store module
    """Return everything that happened to a subscription, oldest first."""
    rows = tx.execute(
        select(events.c.at, events.c.event, events.c.state, events.c.detail)
        .where(events.c.subscription == id)
        .order_by(events.c.id)
    )
    return tuple(
        Change(row.at, row.event, SubscriptionState(row.state), row.detail)
        for row in rows
    )


def due_to_resume(tx: Tx, *, now: datetime, limit: int) -> tuple[Subscription, ...]:
    """Return up to `limit` paused subscriptions whose date has come."""
    rows = tx.execute(
        select(ties)
        .where(ties.c.state == SubscriptionState.PAUSED, ties.c.paused_until <= now)
        .order_by(ties.c.id)
        .limit(limit)
    )
    return tuple(subscribers.as_subscription(row) for row in rows)


def suspended(
    tx: Tx,
    newsletter: str,
    *,
    before: datetime,
    not_asked: MailingKind | None = None,
    limit: int,
) -> tuple[Standing, ...]:
    """Return up to `limit` readers of a newsletter suspended since before a moment.

    `not_asked`: only those whom no mail of that kind was queued for since then.
    """
    wanted = [
        ties.c.newsletter == newsletter,
        ties.c.state == SubscriptionState.SUSPENDED,
        ties.c.changed_at <= before,
    ]
    if not_asked is not None:
        asked = delivery.join(mailing, mailing.c.id == delivery.c.mailing)
        since = (
            select(delivery.c.id)
            .select_from(asked)
            .where(
                delivery.c.subscription == ties.c.id,
                delivery.c.created_at >= ties.c.changed_at,
                mailing.c.kind == not_asked,
            )
        )
        wanted.append(~since.exists())
    rows = tx.execute(select(ties.c.id).where(*wanted).order_by(ties.c.id).limit(limit))
    found = (subscribers.standing(tx, number) for number in rows.scalars().all())
    return tuple(one for one in found if one is not None)


def mails_since(tx: Tx, mailbox_hash: str, kind: MailingKind, since: datetime) -> int:
    """Return how many mails of one kind an address was meant to get since then."""
    own = delivery.c.mailbox_hash == mailbox_hash
    return _count(tx, kind, own, delivery.c.created_at > since)


def mail_count(tx: Tx, id: int, kind: MailingKind) -> int:  # noqa: A002 - as every store module
    """Return how many mails of one kind a subscription ever led to."""
    return _count(tx, kind, delivery.c.subscription == id)


def mails(tx: Tx, ids: Collection[int], *, limit: int = 50) -> tuple[Mail, ...]:
    """Return the newest mails that belong to these subscriptions."""
    rows = tx.execute(
        select(
            delivery.c.created_at,
            mailing.c.kind,
            mailing.c.newsletter,
            func.coalesce(mailing.c.issue, "").label("issue"),
            delivery.c.state,
            delivery.c.reply,
            delivery.c.reason,
            delivery.c.resends,
            delivery.c.dot_at,
            delivery.c.id,
        )
        .select_from(delivery.join(mailing, mailing.c.id == delivery.c.mailing))
        .where(delivery.c.subscription.in_(list(ids)))
        .order_by(delivery.c.id.desc())
        .limit(limit)
    ).all()
    tried = fates.attempts(tx, [row.id for row in rows])
    return tuple(_mail(row, tried.get(row.id, ())) for row in rows)


def _mail(row: Row[Any], attempts: tuple[Attempt, ...]) -> Mail:
    return Mail(
        at=row.created_at,
        kind=MailingKind(row.kind),
        newsletter=row.newsletter,
        issue=row.issue,
        state=row.state,
        reply=row.reply,
        reason=row.reason,
        resends=row.resends,
        dot_at=row.dot_at,
        delivery=row.id,
        attempts=attempts,
    )


def _count(tx: Tx, kind: MailingKind, *wanted: ColumnElement[bool]) -> int:
    query = (
        select(func.count())
        .select_from(delivery.join(mailing, mailing.c.id == delivery.c.mailing))
        .where(mailing.c.kind == kind, *wanted)
    )
    found: int = tx.execute(query).scalar_one()
    return found


def _consent(consent: Consent) -> dict[str, Any]:
    return {
        "consent_source": consent.source,
        "consent_text": consent.text,
        "consent_ip": consent.ip,
        "consent_at": consent.at,
    }
