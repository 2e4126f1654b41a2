"""How many readers want what: by cadence, and by the message an issue has for them."""

from sqlalchemy import exists, func, select

from dispatch.model import Cadence, SubscriptionState
from dispatch.store.schema import (
    delivery,
    mailing,
    subscriber as people,
    subscription as ties,
    suppression as barred,
)
from dispatch.store.transaction import Tx


def by_cadence(tx: Tx, newsletter: str) -> dict[Cadence, int]:
    """Count the active who are not suppressed; a cadence of nobody is left out."""
    held_back = exists().where(barred.c.mailbox_hash == people.c.mailbox_hash)
    query = (
        select(ties.c.cadence, func.count().label("number"))
        .select_from(ties.join(people, people.c.id == ties.c.subscriber))
        .where(
            ties.c.newsletter == newsletter,
            ties.c.state == SubscriptionState.ACTIVE,
            ~held_back,
        )
        .group_by(ties.c.cadence)
    )
    found = {Cadence(row.cadence): row.number for row in tx.execute(query)}
    return {one: found[one] for one in Cadence if one in found}


def by_body(tx: Tx, issue: str) -> dict[str, int]:
    """Count the readers that were planned for each message of an issue."""
    query = (
        select(delivery.c.body, func.count().label("number"))
        .join(mailing, mailing.c.id == delivery.c.mailing)
        .where(mailing.c.issue == issue)
        .group_by(delivery.c.body)
    )
    return {row.body: row.number for row in tx.execute(query)}
