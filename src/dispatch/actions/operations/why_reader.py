"""Say why a reader gets mail or none, ending in a sentence that is fit for them."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.actions.audience import next_mail
from dispatch.actions.bounces import came_back
from dispatch.actions.operations import to_reader
from dispatch.actions.operations.to_reader import Tie
from dispatch.deliver import queue_id
from dispatch.errors import UsageError
from dispatch.model import (
    MailingKind,
    NewsletterSettings,
    Settings,
    Subscription,
    SuppressionReason,
)
from dispatch.store import (
    Store,
    Tx,
    bounces,
    subscribers,
    subscriptions,
    suppressions,
)
from dispatch.store.fates import Attempt
from dispatch.store.subscriptions import Change, Mail
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address
from dispatch.text.moments import iso

MAILS = 20  # the newest

BARRED = {
    SuppressionReason.UNSUBSCRIBED: "you asked us to send you nothing more",
    SuppressionReason.BOUNCED: "mail to your address came back as undeliverable",
    SuppressionReason.COMPLAINT: "your mail provider told us that you marked our mail "
    "as unwanted",
    SuppressionReason.ERASED: "you asked us to forget you",
    SuppressionReason.MANUAL: "we were asked to send nothing to your address",
}


@dataclass(frozen=True, slots=True)
class ReaderReport:
    """Why a reader gets mail or none. `sentence` can be sent to them."""

    address: str
    zone: str
    suppression: SuppressionReason | None
    ties: tuple[Tie, ...]

    @property
    def ok(self) -> bool:
        """Whether the question could be answered."""
        return True

    @property
    def sentence(self) -> str:
        """What to write to the reader."""
        if self.suppression is not None:
            return f"We send you nothing, because {BARRED[self.suppression]}."
        if not self.ties:
            return "We do not know your address, and send nothing to it."
        return " ".join(to_reader.sentence(tie, self.zone) for tie in self.ties)

    def lines(self) -> list[str]:
        """Say it in sentences; they name the reader."""
        lines = [f"{self.address}"]
        if self.suppression is not None:
            lines.append(f"Suppressed: {self.suppression}.")
        for tie in self.ties:
            lines += _tell(tie, self.zone)
        return [*lines, "", f"For the reader: {self.sentence}"]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "address": self.address,
            "suppressed": self.suppression,
            "subscriptions": [_tie(tie) for tie in self.ties],
            "sentence": self.sentence,
        }


def reader(
    store: Store,
    tokens: Tokens,
    settings: Settings,
    text: str,
    *,
    now: datetime | None = None,
) -> ReaderReport:
    """Tell why an address gets mail or none, and when next, counted from `now`.

    Raises UsageError for no address.
    """
    try:
        mailbox = address.parse(text)
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}") from error
    letters = {one.name: one for one in settings.newsletter}
    with store.read() as tx:
        person = subscribers.by_mailbox(tx, mailbox.mailbox)
        found = subscribers.subscriptions_of(tx, person.id) if person else ()
        return ReaderReport(
            address=mailbox.address,
            zone=settings.site.timezone,
            suppression=suppressions.reason(tx, tokens.mailbox_hash(mailbox.mailbox)),
            ties=tuple(_of(tx, one, letters.get(one.newsletter), now) for one in found),
        )


def _of(
    tx: Tx,
    one: Subscription,
    newsletter: NewsletterSettings | None,
    now: datetime | None,
) -> Tie:
    return Tie(
        subscription=one,
        title=newsletter.title if newsletter else one.newsletter,
        history=subscriptions.history(tx, one.id),
        mails=subscriptions.mails(tx, [one.id], limit=MAILS),
        due=next_mail.slot(tx, one, newsletter, now) if now else None,
        zone=newsletter.timezone if newsletter else "UTC",
        bounces=bounces.listing(tx, subscriptions=[one.id], limit=MAILS),
    )


def _tell(tie: Tie, zone: str) -> list[str]:
    subscription = tie.subscription
    events = [_event(change, zone) for change in tie.history]
    mails = [line for mail in tie.mails for line in _mail(mail, zone)]
    returned = [
        f"{_at(one.at, zone)}  came back {came_back.told(one)}" for one in tie.bounces
    ]
    return [
        f"{subscription.newsletter}: {subscription.state}.",
        f"  {next_mail.line(subscription, tie.due, tie.zone)}",
        *(f"  {line}" for line in (*events, *mails, *returned)),
    ]


def _event(change: Change, zone: str) -> str:
    detail = f" ({change.detail})" if change.detail else ""
    return f"{_at(change.at, zone)}  {change.event}{detail}: {change.state}"


def _mail(mail: Mail, zone: str) -> list[str]:
    """Tell one mail's fate, and every try where there was more than one."""
    what = mail.issue or mail.kind
    if mail.issue and mail.kind is MailingKind.CORRECTION:
        what = f"correction to {mail.issue}"
    reply = f": {mail.reply.splitlines()[0]}" if mail.reply else ""
    reason = mail.reason or ("sent once more" if mail.resends else "")
    why = f" ({reason})" if reason else ""
    name = queue_id.find(mail.reply) if mail.state == "accepted" else ""
    queued = f" [queue id {name}]" if name else ""
    line = f"{_at(mail.at, zone)}  mail {what}: {mail.state}{why}{reply}{queued}"
    tries = [_attempt(one, zone) for one in mail.attempts]
    return [line, *(f"  {one}" for one in tries)] if _more_than_one(mail) else [line]


def _more_than_one(mail: Mail) -> bool:
    return mail.resends > 0 or len(mail.attempts) > 1


def _attempt(one: Attempt, zone: str) -> str:
    said = one.reply.splitlines()[0] if one.reply else "nothing"
    code = f"{one.code} " if one.code else ""
    local = one.at.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M:%S}  {one.relay} said at {one.phase}: {code}{said}"


def _at(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _tie(tie: Tie) -> dict[str, object]:
    one = tie.subscription
    return {
        "newsletter": one.newsletter,
        "state": one.state,
        "cadence": one.cadence,
        "next": iso(tie.due),
        "since": iso(one.created_at),
        "confirmed": iso(one.confirmed_at),
        "paused_until": iso(one.paused_until),
        "events": [
            {
                "at": iso(change.at),
                "event": change.event,
                "state": change.state,
                "detail": change.detail,
            }
            for change in tie.history
        ],
        "mails": [
            {
                "at": iso(mail.at),
                "kind": mail.kind,
                "issue": mail.issue or None,
                "state": mail.state,
                "reply": mail.reply,
                "reason": mail.reason,
                "resends": mail.resends,
                "queue_id": queue_id.find(mail.reply),
                "attempts": [_try(one) for one in mail.attempts],
            }
            for mail in tie.mails
        ],
        "bounces": [came_back.as_json(one) for one in tie.bounces],
    }


def _try(one: Attempt) -> dict[str, object]:
    return {
        "at": iso(one.at),
        "relay": one.relay,
        "phase": one.phase,
        "code": one.code,
        "reply": one.reply,
    }
