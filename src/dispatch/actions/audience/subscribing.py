"""What a reader can do: sign up, confirm, choose, pause, leave.

Every function can be called again with the same arguments without harm. Nothing
here tells a visitor whether an address is known.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.actions.audience import asking, choosing, notices, transition
from dispatch.actions.audience.asking import Asked
from dispatch.actions.audience.choosing import Wishes
from dispatch.compose.press import Press
from dispatch.model import (
    Cadence,
    Clock,
    Consent,
    MailingKind,
    NewsletterSettings,
    Standing,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from dispatch.store import Store, Tx, bounces, subscribers, suppressions
from dispatch.subscribe.lifecycle import Event
from dispatch.subscribe.tokens import Purpose, Tokens
from dispatch.text import address as addresses

OWN_CHOICES = tuple(reason for reason in SuppressionReason if reason.own_choice)
CONSENT = "Signed up by the form and pressed the button in the confirmation mail."

S = SubscriptionState


@dataclass(frozen=True, slots=True)
class SignUp:
    """The answer to a form: the same for every address that is one."""

    problem: str = ""  # a sentence for the visitor: what is wrong with the address

    @property
    def ok(self) -> bool:
        """Whether the form could be taken."""
        return not self.problem


class Confirmation(StrEnum):
    """What the button in a confirmation mail led to."""

    CONFIRMED = "confirmed"
    ALREADY = "already"
    EXPIRED = "expired"  # too late, or they left since: sign up again
    UNKNOWN = "unknown"  # not a link of ours


def sign_up(
    store: Store,
    press: Press,
    tokens: Tokens,
    newsletter: NewsletterSettings,
    *,
    address: str,
    ip: str,
    clock: Clock,
    topics: Sequence[str] = (),
    cadence: Cadence = Cadence.EACH,
) -> SignUp:
    """Note that somebody wants a newsletter, and mail them the button to confirm.

    Nothing is mailed to an address that is subscribed already, had three such mails
    in 24 hours, or is suppressed for more than an own opt-out; the answer is the same.
    A mail that cannot be rendered raises TemplateError for every address.
    """
    try:
        mailbox = addresses.parse(address)
    except ValueError as error:
        return SignUp(str(error))
    confirm = notices.prepare(press, MailingKind.CONFIRM, newsletter)
    asked = Asked(
        mailbox,
        Event.SIGN_UP,
        clock.now(),
        chosen={"topics": _offered(store, newsletter, topics), "cadence": cadence},
        detail=_from(ip),
    )
    store.write(lambda tx: asking.ask(tx, tokens, asked, confirm))
    return SignUp()


def look(store: Store, tokens: Tokens, purpose: Purpose, token: str) -> Standing | None:
    """Return whose link this is and how they stand, or None. Changes nothing."""
    with store.read() as tx:
        return _whose(tx, tokens, purpose, token)


def confirm(
    store: Store,
    press: Press,
    tokens: Tokens,
    newsletters: Sequence[NewsletterSettings],
    token: str,
    *,
    clock: Clock,
    ip: str,
) -> Confirmation:
    """Make a subscription active, and queue the welcome mail.

    Who was suspended and presses the button of a reminder is back, without a welcome.
    It also takes back an opt-out or an erasure of the same address: the reader has just
    shown that they want mail here.
    """
    now = clock.now()
    standing = look(store, tokens, "confirm", token)
    outlook = _outlook(standing, now)
    if standing is None or outlook is not Confirmation.CONFIRMED:
        return outlook
    welcome = notices.prepare_if_possible(
        press, MailingKind.WELCOME, newsletters, standing.subscription.newsletter
    )
    consent = Consent("form", CONSENT, _ip(ip), now)

    def unit(tx: Tx) -> Confirmation:
        found = _whose(tx, tokens, "confirm", token)
        outlook = _outlook(found, now)
        if found is None or outlook is not Confirmation.CONFIRMED:
            return outlook
        if found.subscription.state is S.SUSPENDED:
            return _come_back(tx, found, consent.ip, now)
        if not _confirm(tx, tokens, found, consent, now):
            return Confirmation.ALREADY
        _queue(tx, tokens, welcome, found)
        return Confirmation.CONFIRMED

    return store.write(unit)


def unsubscribe(
    store: Store,
    press: Press,
    tokens: Tokens,
    newsletters: Sequence[NewsletterSettings],
    token: str,
    *,
    clock: Clock,
    by: str,
) -> Standing | None:
    """End the subscription that an unsubscribe link names, and queue the goodbye mail.

    Only this newsletter ends. Return how they stand now, or None for a link that is
    not ours. A second time changes nothing and mails nothing. `by` is kept as
    evidence: one-click, page.
    """
    standing = look(store, tokens, "unsubscribe", token)
    if standing is None or standing.subscription.state is S.UNSUBSCRIBED:
        return standing
    goodbye = _goodbye(press, newsletters, standing)

    def unit(tx: Tx) -> Standing | None:
        found = subscribers.standing(tx, standing.subscription.id)
        if found is not None and leave(tx, found.subscription, clock.now(), by):
            _queue(tx, tokens, goodbye, found)
        return subscribers.standing(tx, standing.subscription.id)

    return store.write(unit)


def leave(tx: Tx, subscription: Subscription, now: datetime, by: str) -> bool:
    """End a subscription; return whether it was one."""
    return transition.apply(
        tx, subscription, Event.UNSUBSCRIBE, now=now, detail=by, paused_until=None
    )


def set_preferences(
    store: Store,
    tokens: Tokens,
    token: str,
    *,
    wishes: Wishes,
    paused_until: datetime | None,
    clock: Clock,
    newsletters: Sequence[NewsletterSettings] = (),
    language: str = "en",
) -> Standing | None:
    """Note what a reader wants; return how they stand now, or None for a bad link.

    Topics and languages that no article has are dropped, so that nobody can make
    variants up; all of them, or none, means everything. A pause that is over already
    resumes, and what appeared meanwhile is not sent: a pause is no backlog. `language`
    is the site's.
    """
    now = clock.now()

    def unit(tx: Tx) -> Standing | None:
        standing = _whose(tx, tokens, "preferences", token)
        if standing is None:
            return None
        tie = standing.subscription
        newsletter = _named(newsletters, tie.newsletter)
        choosing.choose(tx, tie, wishes, newsletter=newsletter, language=language)
        choosing.pause(tx, tie, paused_until, now)
        return subscribers.standing(tx, tie.id)

    return store.write(unit)


def topics(store: Store, newsletter: NewsletterSettings) -> tuple[str, ...]:
    """Return what a reader of a newsletter may choose from, by name."""
    with store.read() as tx:
        return choosing.offer(tx, newsletter)


def _confirm(
    tx: Tx, tokens: Tokens, standing: Standing, consent: Consent, now: datetime
) -> bool:
    tie = standing.subscription
    confirmed = transition.apply(
        tx,
        tie,
        Event.CONFIRM,
        now=now,
        detail=_from(consent.ip),
        consent=consent,
        confirmed_at=now,
        paused_until=None,
        **transition.caught_up(tx, tie),
    )
    mailbox_hash = tokens.mailbox_hash(standing.subscriber.mailbox)
    if confirmed:
        suppressions.lift(tx, mailbox_hash, OWN_CHOICES)
    return confirmed


def _come_back(tx: Tx, standing: Standing, ip: str, now: datetime) -> Confirmation:
    """End a suspension: the mail arrived, so what came back before is forgotten."""
    tie = standing.subscription
    marks = transition.caught_up(tx, tie)
    back = transition.apply(tx, tie, Event.CONFIRM, now=now, detail=_from(ip), **marks)
    ties = subscribers.subscriptions_of(tx, standing.subscriber.id)
    bounces.forgive(tx, [one.id for one in ties], now=now)
    return Confirmation.CONFIRMED if back else Confirmation.ALREADY


def _outlook(standing: Standing | None, now: datetime) -> Confirmation:
    """Say what pressing the button would lead to."""
    if standing is None:
        return Confirmation.UNKNOWN
    if standing.subscription.state in {S.ACTIVE, S.PAUSED}:
        return Confirmation.ALREADY
    bar = standing.suppression
    barred = bar is not None and not bar.own_choice
    if barred or not _may_confirm(standing.subscription, now):
        return Confirmation.EXPIRED
    return Confirmation.CONFIRMED


def _may_confirm(tie: Subscription, now: datetime) -> bool:
    """Whether a button that this subscription was mailed still works."""
    if tie.state is S.SUSPENDED:
        return True
    asked = tie.requested_at
    soon = asked is not None and now <= asked + notices.CONFIRM_WITHIN
    return tie.state is S.PENDING and soon


def _goodbye(
    press: Press, newsletters: Sequence[NewsletterSettings], standing: Standing
) -> notices.Notice | None:
    """Render the goodbye, for those who were readers and may be written to."""
    if standing.subscription.state is S.PENDING or standing.suppression is not None:
        return None
    return notices.prepare_if_possible(
        press, MailingKind.GOODBYE, newsletters, standing.subscription.newsletter
    )


def _queue(
    tx: Tx, tokens: Tokens, notice: notices.Notice | None, standing: Standing
) -> None:
    if notice is not None:
        notices.queue(tx, notice, standing.subscriber, standing.subscription.id, tokens)


def _whose(tx: Tx, tokens: Tokens, purpose: Purpose, token: str) -> Standing | None:
    """Return the standing that a link names; nobody, once they are erased."""
    found = tokens.read(purpose, token)
    standing = subscribers.standing(tx, found) if found is not None else None
    return standing if standing is not None and standing.subscriber.address else None


def _named(
    newsletters: Sequence[NewsletterSettings], name: str
) -> NewsletterSettings | None:
    return next((one for one in newsletters if one.name == name), None)


def _offered(
    store: Store, newsletter: NewsletterSettings, wanted: Sequence[str]
) -> tuple[str, ...]:
    return choosing.among(wanted, topics(store, newsletter)) if wanted else ()


def _from(ip: str) -> str:
    return f"from {known}" if (known := _ip(ip)) else ""


def _ip(text: str) -> str:
    """Return an IP address in its usual form, or nothing."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return ""
