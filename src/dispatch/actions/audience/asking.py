"""Ask somebody to confirm: the pending subscription and its mail, in one unit.

The form, an operator and an import all ask in this one way, so that the limits hold
for all of them together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from dispatch.actions.audience import notices, transition
from dispatch.model import Consent, MailingKind, SuppressionReason
from dispatch.store import subscribers, suppressions
from dispatch.store.transaction import Tx
from dispatch.subscribe.lifecycle import Event
from dispatch.subscribe.tokens import Tokens
from dispatch.text.address import Mailbox

CONFIRMATIONS_A_DAY = 3
"""More than this no address gets in 24 hours, for all newsletters together."""


class Answer(StrEnum):
    """What came of asking. A visitor is never told."""

    ASKED = "asked"  # a confirmation mail is queued
    KNOWN = "known"  # subscribed, or left and was not asked by their own wish
    SUPPRESSED = "suppressed"
    ENOUGH = "enough"  # they had their share of such mail today


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked, on whose word, and what is noted about it."""

    mailbox: Mailbox
    event: Event  # SIGN_UP or INVITE
    now: datetime
    name: str = ""
    chosen: Mapping[str, Any] = field(default_factory=dict)  # topics, cadence …
    detail: str = ""
    consent: Consent = field(default_factory=Consent)


def ask(tx: Tx, tokens: Tokens, asked: Asked, confirm: notices.Notice) -> Answer:
    """Make the subscription pending and queue `confirm`, unless something bars it."""
    mailbox_hash = tokens.mailbox_hash(asked.mailbox.mailbox)
    if _bars(suppressions.reason(tx, mailbox_hash), asked.event):
        return Answer.SUPPRESSED
    if notices.too_many(
        tx, mailbox_hash, MailingKind.CONFIRM, a_day=CONFIRMATIONS_A_DAY
    ):
        return Answer.ENOUGH
    pending = _pend(tx, asked, mailbox_hash, confirm.newsletter.name)
    standing = subscribers.standing(tx, pending) if pending else None
    if standing is None:
        return Answer.KNOWN
    notices.queue(tx, confirm, standing.subscriber, standing.subscription.id, tokens)
    return Answer.ASKED


def _bars(reason: SuppressionReason | None, event: Event) -> bool:
    """Whether a suppression stands against asking: only readers take their own back."""
    if reason is None:
        return False
    return event is not Event.SIGN_UP or not reason.own_choice


def _pend(tx: Tx, asked: Asked, mailbox_hash: str, newsletter: str) -> int | None:
    """Return the id of the subscription, now pending, or None if nothing is to ask."""
    values: dict[str, Any] = {
        "now": asked.now,
        "detail": asked.detail,
        "requested_at": asked.now,
        **asked.chosen,
    }
    known = subscribers.standing_of(tx, asked.mailbox.mailbox, newsletter)
    if known is not None:
        tie = known.subscription
        return tie.id if transition.apply(tx, tie, asked.event, **values) else None
    person = subscribers.ensure(
        tx, asked.mailbox, mailbox_hash, now=asked.now, name=asked.name
    )
    return transition.begin(
        tx, person, newsletter, asked.event, consent=asked.consent, **values
    )
