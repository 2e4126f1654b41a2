"""Mail to one person about their own subscription: confirm, welcome, goodbye.

A notice is rendered before the transaction and queued inside the one that changes
the subscription: there is no change without its mail, and no mail without its change.
Nothing that somebody typed into a form is ever part of one.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dispatch.compose import notice as notices
from dispatch.compose.press import Press
from dispatch.errors import TemplateError
from dispatch.model import Frozen, MailingKind, NewsletterSettings, Subscriber
from dispatch.store import bodies, mailings, subscriptions
from dispatch.store.transaction import Tx
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address

CONFIRM_WITHIN = timedelta(days=7)
"""How long the button in a confirmation mail works."""

DAY = timedelta(days=1)

# How long a mail is worth trying to deliver; later it would only puzzle.
WORTH = {
    MailingKind.CONFIRM: timedelta(days=2),
    MailingKind.WELCOME: timedelta(days=2),
    MailingKind.GOODBYE: timedelta(days=2),
    MailingKind.REMINDER: timedelta(days=4),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A rendered mail that waits for its recipient."""

    kind: MailingKind
    newsletter: NewsletterSettings
    frozen: Frozen


def prepare(
    press: Press,
    kind: MailingKind,
    newsletter: NewsletterSettings,
    *,
    context: Mapping[str, Any] | None = None,
) -> Notice:
    """Render a notice; `context` is what its templates get. Raises TemplateError."""
    days = {"days": CONFIRM_WITHIN.days} if kind is MailingKind.CONFIRM else {}
    given = {**days, **(context or {})}
    frozen = notices.notice(press, kind, newsletter=newsletter, context=given)
    return Notice(kind, newsletter, frozen)


def prepare_if_possible(
    press: Press,
    kind: MailingKind,
    newsletters: Sequence[NewsletterSettings],
    name: str,
) -> Notice | None:
    """Render a notice whose absence must not stop what it is about.

    None when the newsletter is no longer in the configuration, or when the template
    is broken: nobody is kept from leaving by a template.
    """
    found = next((one for one in newsletters if one.name == name), None)
    if found is None:
        return None
    try:
        return prepare(press, kind, found)
    except TemplateError as error:
        log.warning("notice not sent kind=%s error=%s", kind, error)
        return None


def queue(
    tx: Tx, notice: Notice, recipient: Subscriber, subscription: int, tokens: Tokens
) -> bool:
    """Queue a notice for somebody; return whether it is new."""
    number = subscriptions.mail_count(tx, subscription, notice.kind) + 1
    made = mailings.queue_one(
        tx,
        kind=notice.kind,
        dedupe_key=f"{notice.kind}:{subscription}:{number}",
        recipient=recipient.address,
        mailbox_hash=tokens.mailbox_hash(recipient.mailbox),
        subscription=subscription,
        body=bodies.put(tx, notice.frozen),
        newsletter=notice.newsletter.name,
        sender=address.sender(notice.newsletter.sender).address,
        expires_at=tx.now() + WORTH[notice.kind],
    )
    return made is not None


def too_many(tx: Tx, mailbox_hash: str, kind: MailingKind, *, a_day: int) -> bool:
    """Whether an address had its share of such mail in the last 24 hours."""
    since = tx.now() - DAY
    return subscriptions.mails_since(tx, mailbox_hash, kind, since) >= a_day
