"""What waits to be mailed, as a recipient would get it."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from dispatch.compose import splice
from dispatch.compose.press import Press
from dispatch.compose.templates import Templates
from dispatch.model import Links, SiteSettings
from dispatch.store import bodies
from dispatch.store.schema import delivery, mailing
from support.audience import TOKENS

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Waiting:
    """One queued mail."""

    kind: str
    recipient: str
    key: str
    sender: str
    newsletter: str
    subscription: int
    state: str
    message: bytes


def press():
    """Everything rendering needs, with the shipped templates."""
    return Press(
        site=SiteSettings(
            title="The Campus Herald",
            url="https://news.example.org",
            contact="desk@example.org",
        ),
        links=Links("https://news.example.org"),
        templates=templates(),
    )


def templates(*folders):
    """The shipped templates of mails, with those of `folders` before them."""
    return Templates([*folders, ROOT / "templates" / "email"])


def outbox(store):
    """Return every queued mail, oldest first."""
    with store.read() as tx:
        rows = tx.execute(
            select(
                mailing.c.kind,
                mailing.c.dedupe_key,
                mailing.c.sender,
                mailing.c.newsletter,
                delivery.c.recipient,
                delivery.c.subscription,
                delivery.c.state,
                delivery.c.body,
            )
            .join_from(delivery, mailing, mailing.c.id == delivery.c.mailing)
            .order_by(delivery.c.id)
        ).all()
        return [_waiting(tx, row) for row in rows]


def _waiting(tx, row):
    frozen = bodies.get(tx, row.body)
    values = {span.name: _value(span.name, row).encode() for span in frozen.spans}
    return Waiting(
        row.kind,
        row.recipient,
        row.dedupe_key,
        row.sender,
        row.newsletter,
        row.subscription,
        row.state,
        splice.splice(frozen, values),
    )


def _value(name, row):
    personal = {
        "to": row.recipient,
        "message_id": "1@example.org",
        "delivery": "1",
        "date": "Mon, 02 Mar 2026 12:00:00 +0000",
    }
    return personal.get(name) or TOKENS.make(name, row.subscription)
