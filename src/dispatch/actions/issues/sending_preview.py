"""Mail a preview to one address: a delivery of its own, like every mail."""

import secrets

from dispatch.actions.issues.preview import Preview
from dispatch.errors import UsageError
from dispatch.model import MailingKind, NewsletterSettings
from dispatch.store import Store, Tx, bodies, mailings
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address
from dispatch.text.address import Mailbox


def recipient(typed: str) -> Mailbox:
    """Return the mailbox that was typed. Raises UsageError for what is no address."""
    try:
        return address.parse(typed)
    except ValueError as error:
        raise UsageError(f"{typed!r}: {error}") from error


def queue(
    store: Store,
    tokens: Tokens,
    newsletter: NewsletterSettings,
    preview: Preview,
    to: str,
) -> str:
    """Queue the preview for the address `to`; return the address it will go to.

    Asking again sends again. Raises UsageError for what is no address.
    """
    mailbox = recipient(to)

    def unit(tx: Tx) -> None:
        mailings.queue_one(
            tx,
            kind=MailingKind.TEST,
            dedupe_key=f"preview:{secrets.token_hex(8)}",
            recipient=mailbox.address,
            mailbox_hash=tokens.mailbox_hash(mailbox.mailbox),
            subscription=None,
            body=bodies.put(tx, preview.frozen),
            newsletter=newsletter.name,
            sender=address.sender(newsletter.sender).address,
        )

    store.write(unit)
    return mailbox.address
