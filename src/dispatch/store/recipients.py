"""Who had an issue: the audience of its correction, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, text

from dispatch.model import MailFormat
from dispatch.store import replacements
from dispatch.store.transaction import Tx

To = Literal["accepted", "all"]

# Who left or was suppressed since is passed over here, and again when it is sent.
# Of an issue that was replaced, those who got the right version got nothing wrong.
WHOM = """
  FROM delivery
  JOIN mailing ours ON ours.id = delivery.mailing
  JOIN subscription u ON u.id = delivery.subscription
  JOIN issue i ON i.id = ours.issue
 WHERE ours.issue = :issue AND ours.kind = 'issue' AND u.state = 'active'
   AND delivery.state IN {states}
   AND (i.replaced = 0 OR {superseded})
   AND NOT EXISTS (SELECT 1 FROM suppression s
                    WHERE s.mailbox_hash = delivery.mailbox_hash)
"""
STATES = {
    "accepted": "('accepted')",
    "all": "('accepted', 'unknown', 'closed', 'dot')",
}
PAGE = (
    """
SELECT delivery.id, delivery.recipient, delivery.mailbox_hash, delivery.subscription,
       u.format
"""
    + WHOM
    + " AND delivery.id > :after ORDER BY delivery.id LIMIT :most"
)
COUNT = "SELECT count(*)" + WHOM


def _of_each(sql: str) -> dict[str, Any]:
    return {
        to: text(sql.format(states=states, superseded=replacements.SUPERSEDED))
        for to, states in STATES.items()
    }


PAGES, COUNTS = _of_each(PAGE), _of_each(COUNT)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who had an issue, or may have had it."""

    delivery: int
    address: str
    mailbox_hash: str
    subscription: int
    format: MailFormat


def page(
    tx: Tx, issue: str, to: To, *, after: int = 0, most: int = 500
) -> Sequence[Recipient]:
    """Return those whom an issue reached, by the numbers of their deliveries.

    `all` takes those in doubt, too. Only who is still subscribed.
    """
    values = {"issue": issue, "after": after, "most": most}
    return [_recipient(row) for row in tx.execute(PAGES[to], values)]


def count(tx: Tx, issue: str, to: To) -> int:
    """Return how many `page` would return over all pages."""
    number: int = tx.execute(COUNTS[to], {"issue": issue}).scalar_one()
    return number


def _recipient(row: Row[Any]) -> Recipient:
    return Recipient(
        delivery=row.id,
        address=row.recipient,
        mailbox_hash=row.mailbox_hash,
        subscription=row.subscription,
        format=MailFormat(row.format),
    )
