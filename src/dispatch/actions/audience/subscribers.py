"""What an operator can do for one person: add, show, unsubscribe, erase, reactivate.

Nothing here brings anybody back who left by their own wish; only they can do that.
The sentences name people: they are for the operator who asked, not for a log.
"""

from dispatch.actions.audience import (
    asking,
    notices,
    subscriber_report,
    subscribing,
    transition,
)
from dispatch.actions.audience.asking import Answer, Asked
from dispatch.actions.audience.subscriber_report import Said
from dispatch.compose.press import Press
from dispatch.errors import UsageError
from dispatch.model import (
    Clock,
    Consent,
    MailingKind,
    NewsletterSettings,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from dispatch.store import (
    Store,
    Tx,
    bounces,
    erasure,
    subscribers as people,
    suppressions,
)
from dispatch.subscribe.lifecycle import Event
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address as addresses
from dispatch.text.address import Mailbox

BY = "operator"
COME_BACK = "Only they can come back, by signing up again."
WHY_NOT = {
    Answer.KNOWN: "is known there already. `dispatch subscriber show` says how",
    Answer.SUPPRESSED: "is suppressed. `dispatch subscriber show` says why",
    Answer.ENOUGH: "had its share of confirmation mails today",
}


def add(
    store: Store,
    press: Press,
    tokens: Tokens,
    newsletter: NewsletterSettings,
    address: str,
    *,
    confirmed: bool,
    clock: Clock,
    name: str = "",
    consent: str = "",
) -> Said:
    """Subscribe somebody, or mail them the button to confirm.

    Raises UsageError for what is no address, and for people who are subscribed, have
    left or are suppressed.
    """
    mailbox = _mailbox(address)
    evidence = Consent("operator", consent or "Added by an operator.", "", clock.now())
    asked = Asked(
        mailbox, Event.INVITE, clock.now(), name=name, detail=BY, consent=evidence
    )
    if confirmed:
        answer = store.write(lambda tx: _add(tx, tokens, newsletter.name, asked))
    else:
        notice = notices.prepare(press, MailingKind.CONFIRM, newsletter)
        answer = store.write(lambda tx: asking.ask(tx, tokens, asked, notice))
    if answer is not Answer.ASKED:
        raise UsageError(f"{mailbox.address} {WHY_NOT[answer]}.")
    state = SubscriptionState.ACTIVE if confirmed else SubscriptionState.PENDING
    done = "is subscribed to" if confirmed else "was asked to confirm"
    return Said(
        (f"{mailbox.address} {done} {newsletter.name}.",),
        {"address": mailbox.address, "newsletter": newsletter.name, "state": state},
    )


def unsubscribe(
    store: Store, tokens: Tokens, address: str, *, clock: Clock, newsletter: str = ""
) -> Said:
    """End one subscription; without a newsletter all, and suppress the address too.

    Nothing is mailed. A second time changes nothing.
    """
    mailbox = _mailbox(address)
    now = clock.now()

    def unit(tx: Tx) -> list[str]:
        ended = [
            tie.newsletter
            for tie in _subscriptions(tx, mailbox)
            if newsletter in {"", tie.newsletter}
            and subscribing.leave(tx, tie, now, BY)
        ]
        if not newsletter:
            _suppress(tx, tokens, mailbox, SuppressionReason.UNSUBSCRIBED, clock)
        return ended

    ended = store.write(unit)
    left = f"unsubscribed from {', '.join(ended)}" if ended else "not subscribed"
    bar = "" if newsletter else " No import can bring the address back."
    return Said(
        (f"{mailbox.address} is {left}.{bar}",),
        {"address": mailbox.address, "unsubscribed": ended},
    )


def erase(store: Store, tokens: Tokens, address: str, *, clock: Clock) -> Said:
    """Forget a person: address, name, IP addresses, what servers said.

    Deliveries stay counted. A keyed hash stays, so that no import brings the address
    back; their own sign-up does.
    """
    mailbox = _mailbox(address)

    def unit(tx: Tx) -> bool:
        person = people.by_mailbox(tx, mailbox.mailbox)
        _suppress(tx, tokens, mailbox, SuppressionReason.ERASED, clock)
        if person is None:
            return False
        for tie in people.subscriptions_of(tx, person.id):
            transition.apply(tx, tie, Event.ERASE, now=clock.now())
        erasure.erase(tx, person.id, now=clock.now())
        return True

    known = store.write(unit)
    found = "is forgotten" if known else "was not known"
    return Said(
        (f"{mailbox.address} {found}. No import can bring the address back.",),
        {"address": mailbox.address, "known": known},
    )


def reactivate(store: Store, tokens: Tokens, address: str, *, clock: Clock) -> Said:
    """Let mail go to an address again that bounced, complained or was barred by hand.

    Raises UsageError if there is nothing to reactivate, or if they left themselves.
    """
    mailbox = _mailbox(address)
    mailbox_hash = tokens.mailbox_hash(mailbox.mailbox)

    def unit(tx: Tx) -> tuple[SuppressionReason | None, list[str]]:
        bar = suppressions.reason(tx, mailbox_hash)
        if bar is not None and bar.own_choice:
            raise UsageError(f"{mailbox.address} left by choice. {COME_BACK}")
        suppressions.lift(tx, mailbox_hash)
        mine = [tie.id for tie in _subscriptions(tx, mailbox)]
        bounces.forgive(tx, mine, now=clock.now())
        back = [
            tie.newsletter
            for tie in _subscriptions(tx, mailbox)
            if transition.apply(
                tx,
                tie,
                Event.REACTIVATE,
                now=clock.now(),
                detail=BY,
                **transition.caught_up(tx, tie),
            )
        ]
        return bar, back

    bar, back = store.write(unit)
    if bar is None and not back:
        raise UsageError(
            f"{mailbox.address} is neither suppressed nor suspended. {COME_BACK}"
        )
    return Said(
        (f"Mail may go to {mailbox.address} again.",),
        {"address": mailbox.address, "lifted": bar, "reactivated": back},
    )


def show(store: Store, tokens: Tokens, address: str) -> Said:
    """Tell everything that is known of an address.

    Raises UsageError if nothing is.
    """
    mailbox = _mailbox(address)
    with store.read() as tx:
        bar = suppressions.reason(tx, tokens.mailbox_hash(mailbox.mailbox))
        person = people.by_mailbox(tx, mailbox.mailbox)
        if person is None and bar is None:
            raise UsageError(f"{mailbox.address} is not known.")
        said = [f"{mailbox.address} is suppressed: {bar}."] if bar else []
        facts: dict[str, object] = {"address": mailbox.address, "suppressed": bar}
        if person is not None:
            told = subscriber_report.tell(tx, person)
            return Said((*said, *told.sentences), facts | told.facts)
    return Said(tuple(said), facts)


def listing(
    store: Store,
    *,
    newsletter: str = "",
    state: SubscriptionState | None = None,
    after: int = 0,
    limit: int = 100,
) -> Said:
    """List subscriptions, oldest first; the next page starts `after` the last id."""
    with store.read() as tx:
        found = people.listing(tx, newsletter, state=state, after=after, limit=limit)
    named = [one for one in found if one.subscriber.address]
    return Said(
        tuple(subscriber_report.line(one) for one in named),
        {
            "subscriptions": [
                {
                    "address": one.subscriber.address,
                    **subscriber_report.facts(one.subscription),
                }
                | {"suppressed": one.suppression}
                for one in named
            ],
            "next": found[-1].subscription.id if len(found) == limit else None,
        },
    )


def _add(tx: Tx, tokens: Tokens, newsletter: str, asked: Asked) -> Answer:
    """Subscribe without asking: they confirmed elsewhere."""
    mailbox_hash = tokens.mailbox_hash(asked.mailbox.mailbox)
    if suppressions.is_suppressed(tx, mailbox_hash):
        return Answer.SUPPRESSED
    person = people.ensure(
        tx, asked.mailbox, mailbox_hash, now=asked.now, name=asked.name
    )
    made = transition.begin(
        tx,
        person,
        newsletter,
        Event.ADD,
        now=asked.now,
        detail=asked.detail,
        confirmed_at=asked.now,
        consent=asked.consent,
    )
    return Answer.ASKED if made is not None else Answer.KNOWN


def _subscriptions(tx: Tx, mailbox: Mailbox) -> tuple[Subscription, ...]:
    person = people.by_mailbox(tx, mailbox.mailbox)
    return people.subscriptions_of(tx, person.id) if person else ()


def _suppress(
    tx: Tx, tokens: Tokens, mailbox: Mailbox, reason: SuppressionReason, clock: Clock
) -> None:
    mailbox_hash = tokens.mailbox_hash(mailbox.mailbox)
    suppressions.add(tx, mailbox_hash, reason, now=clock.now(), detail=BY)


def _mailbox(text: str) -> Mailbox:
    try:
        return addresses.parse(text)
    except ValueError as error:
        raise UsageError(f"{text[:80]!r}: {error}") from error
