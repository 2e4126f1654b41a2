"""People at rest: addresses, who they are subscribed to what, how many there are.

`store.subscriptions` changes a subscription; this module finds and counts.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select, text

from dispatch.model import (
    Cadence,
    Consent,
    MailFormat,
    Standing,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from dispatch.store.schema import (
    subscriber as people,
    subscription as ties,
    suppression as barred,
)
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros
from dispatch.text.address import Mailbox

# The update that changes nothing makes RETURNING speak for an old row too.
ENSURE = text(
    "INSERT INTO subscriber (mailbox, address, mailbox_hash, name, created_at)"
    " VALUES (:mailbox, :address, :hash, :name, :now)"
    " ON CONFLICT (mailbox) DO UPDATE SET mailbox = excluded.mailbox RETURNING id"
)


def ensure(
    tx: Tx, mailbox: Mailbox, mailbox_hash: str, *, now: datetime, name: str = ""
) -> int:
    """Return the subscriber's id; one who is not known yet is from now on.

    A known subscriber keeps the address and name they have.
    """
    values = {
        "mailbox": mailbox.mailbox,
        "address": mailbox.address,
        "hash": mailbox_hash,
        "name": name,
        "now": to_micros(now),
    }
    found: int = tx.execute(ENSURE, values).scalar_one()
    return found


def is_anybody_known(tx: Tx) -> bool:
    """Whether anybody was ever a reader, or must not become one."""
    return any(
        tx.execute(select(exists().select_from(table))).scalar_one()
        for table in (people, barred)
    )


def by_mailbox(tx: Tx, mailbox: str) -> Subscriber | None:
    """Return the subscriber with this comparable address, or None."""
    row = tx.execute(select(people).where(people.c.mailbox == mailbox)).one_or_none()
    return None if row is None else _subscriber(row)


def subscription(tx: Tx, id: int) -> Subscription | None:  # noqa: A002 - as every store module
    """Return one subscription, or None."""
    row = tx.execute(select(ties).where(ties.c.id == id)).one_or_none()
    return None if row is None else as_subscription(row)


def subscriptions_of(tx: Tx, subscriber: int) -> tuple[Subscription, ...]:
    """Return everything somebody ever subscribed to, by newsletter."""
    rows = tx.execute(
        select(ties).where(ties.c.subscriber == subscriber).order_by(ties.c.newsletter)
    )
    return tuple(as_subscription(row) for row in rows)


def standing(tx: Tx, subscription: int) -> Standing | None:
    """Return a subscription, whose it is and what bars the address, or None."""
    row = tx.execute(_standings().where(ties.c.id == subscription)).one_or_none()
    return None if row is None else _standing(row)


def standing_of(tx: Tx, mailbox: str, newsletter: str) -> Standing | None:
    """Return the standing of an address with one newsletter, or None."""
    row = tx.execute(
        _standings().where(people.c.mailbox == mailbox, ties.c.newsletter == newsletter)
    ).one_or_none()
    return None if row is None else _standing(row)


def standings_of(
    tx: Tx, mailboxes: Collection[str], newsletter: str
) -> dict[str, Standing]:
    """Return the standings of many addresses, by mailbox. At most 500 at a time."""
    rows = tx.execute(
        _standings().where(
            people.c.mailbox.in_(list(mailboxes)), ties.c.newsletter == newsletter
        )
    )
    return {found.subscriber.mailbox: found for found in map(_standing, rows)}


def listing(
    tx: Tx,
    newsletter: str = "",
    *,
    state: SubscriptionState | None = None,
    after: int = 0,
    limit: int = 500,
) -> tuple[Standing, ...]:
    """Return standings in order of subscription id, a page at a time.

    The next page starts `after` the last id of this one. An empty newsletter
    means all of them.
    """
    wanted: list[ColumnElement[bool]] = [ties.c.id > after]
    if newsletter:
        wanted.append(ties.c.newsletter == newsletter)
    if state is not None:
        wanted.append(ties.c.state == state)
    rows = tx.execute(_standings().where(*wanted).order_by(ties.c.id).limit(limit))
    return tuple(_standing(row) for row in rows)


def subscription_counts(tx: Tx, newsletter: str = "") -> dict[SubscriptionState, int]:
    """Return how many subscriptions are in each state, of one newsletter or of all."""
    query = select(ties.c.state, func.count().label("number")).group_by(ties.c.state)
    if newsletter:
        query = query.where(ties.c.newsletter == newsletter)
    found = {row.state: row.number for row in tx.execute(query)}
    return {state: found.get(state, 0) for state in SubscriptionState}


def active_count(tx: Tx, newsletter: str) -> int:
    """Return how many people would get the next issue: active and not suppressed."""
    held_back = exists().where(barred.c.mailbox_hash == people.c.mailbox_hash)
    query = (
        select(func.count())
        .select_from(ties.join(people, people.c.id == ties.c.subscriber))
        .where(
            ties.c.newsletter == newsletter,
            ties.c.state == SubscriptionState.ACTIVE,
            ~held_back,
        )
    )
    found: int = tx.execute(query).scalar_one()
    return found


def as_subscription(row: Row[Any]) -> Subscription:
    """Return a row of `schema.subscription` as a value."""
    return Subscription(
        id=row.id,
        subscriber=row.subscriber,
        newsletter=row.newsletter,
        state=SubscriptionState(row.state),
        created_at=row.created_at,
        topics=tuple(row.topics),
        format=MailFormat(row.format),
        covered_to=row.covered_to,
        cadence=Cadence(row.cadence),
        languages=tuple(row.languages),
        covered_at=row.covered_at,
        paused_until=row.paused_until,
        requested_at=row.requested_at,
        confirmed_at=row.confirmed_at,
        consent=Consent(
            row.consent_source, row.consent_text, row.consent_ip, row.consent_at
        ),
    )


def _subscriber(row: Row[Any]) -> Subscriber:
    return Subscriber(row.id, row.address, row.mailbox, row.created_at, row.name)


def _standings() -> Select[Any]:
    return select(
        ties,
        people.c.address,
        people.c.mailbox,
        people.c.name,
        people.c.created_at.label("known_since"),
        barred.c.reason,
    ).select_from(
        ties.join(people, people.c.id == ties.c.subscriber).outerjoin(
            barred, barred.c.mailbox_hash == people.c.mailbox_hash
        )
    )


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        as_subscription(row),
        Subscriber(row.subscriber, row.address, row.mailbox, row.known_since, row.name),
        SuppressionReason(row.reason) if row.reason else None,
    )
