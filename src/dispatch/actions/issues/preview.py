"""The next issue of a newsletter as it would be sent. Stores nothing.

It goes the same way as the real one, to the last byte: only the links of a reader
are made up, so that a preview can be passed around.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal
from zoneinfo import ZoneInfo

from dispatch.actions.issues import preflight, upcoming
from dispatch.actions.issues.upcoming import Upcoming
from dispatch.compose import (
    letterhead,
    mime,
    splice,
    variant,
)
from dispatch.compose.preflight import Preflight
from dispatch.compose.press import Press
from dispatch.errors import DispatchError
from dispatch.model import (
    Clock,
    Frozen,
    NewsletterSettings,
)
from dispatch.store import (
    Store,
    subscribers,
)
from dispatch.text import address as addresses

SAMPLE_READER = "reader@example.org"
SAMPLE_LINKS = {
    name: f"sample-{name}-link".encode()
    for name in ("unsubscribe", "preferences", "confirm")
}


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered issue. `eml` is a message as a mailbox holds it.

    `frozen` can be mailed to anybody: what is open in it is no more than the address,
    the date and the Message-ID.
    """

    issue: str
    slot: datetime
    subject: str
    eml: bytes
    html: str
    text: str
    frozen: Frozen
    articles: int
    zone: str
    notes: tuple[str, ...] = ()
    preflight: Preflight | None = None

    @property
    def ok(self) -> bool:
        """A preview that exists is one."""
        return True

    def lines(self) -> list[str]:
        """Say what was previewed, and what is special about it."""
        stories = f"{self.articles} {'story' if self.articles == 1 else 'stories'}"
        due_at = self.slot.astimezone(ZoneInfo(self.zone))
        about = f"{self.issue}: {stories}, due {due_at:%a %Y-%m-%d %H:%M} {self.zone}"
        judged = self.preflight.lines() if self.preflight else []
        return [about, f"Subject: {self.subject}", *self.notes, *judged]

    def to_json(self) -> dict[str, object]:
        """Return the same for a machine."""
        return {
            "issue": self.issue,
            "slot": f"{self.slot:%Y-%m-%dT%H:%M:%SZ}",
            "subject": self.subject,
            "articles": self.articles,
            "notes": list(self.notes),
            "preflight": self.preflight.to_json() if self.preflight else None,
        }


def preview(
    store: Store,
    press: Press,
    newsletter: NewsletterSettings,
    *,
    clock: Clock,
    address: str = "",
    samples: bool = False,
) -> Preview:
    """Return the next issue as `address` would get it, or as most readers would.

    An address that is subscribed is shown its own topics and format. With `samples`,
    the newest stories stand in where nothing is eligible yet: a publication's first
    visit brings stories that are never mailed, but may be looked at. Raises
    DispatchError when there is nothing to send, TemplateError, or ValueError for
    what is no address.
    """
    mailbox = addresses.parse(address or SAMPLE_READER)
    now = clock.now()
    with store.read() as tx:
        standing = subscribers.standing_of(tx, mailbox.mailbox, newsletter.name)
        reader = standing.subscription if standing else None
        coming = upcoming.find(tx, newsletter, reader, now)
        if samples and not coming.articles:
            coming = upcoming.with_samples(tx, newsletter, coming)
    made = variant.make(
        press,
        newsletter=newsletter,
        issue=coming.issue,
        choice=coming.choice,
        articles=coming.articles,
        now=now,
        told=coming.told,
        edited=coming.edited,
    )
    if made is None:
        raise DispatchError(_nothing(newsletter, coming))
    shown = _finish(press, newsletter, coming, made, mailbox.address)
    return replace(shown, preflight=_judge(press, newsletter, coming, made, now))


def _judge(
    press: Press,
    newsletter: NewsletterSettings,
    coming: Upcoming,
    made: variant.Made,
    now: datetime,
) -> Preflight | None:
    """Look at it as at every issue before it may leave."""
    if press.gate is None:
        return None
    known = preflight.words_of(coming.articles)
    return press.gate.inspect(
        press, newsletter, coming.issue, made.frozen, now=now, known=known
    )


def _nothing(newsletter: NewsletterSettings, coming: Upcoming) -> str:
    if coming.articles:
        topics = ", ".join(coming.choice.topics)
        return f"{newsletter.name}: nothing new in this reader's topics ({topics})."
    return (
        f"{newsletter.name}: nothing is eligible for the next issue. Every story was "
        "in one already, or is held, embargoed, older than the newsletter, or in "
        "another section."
    )


def _finish(
    press: Press,
    newsletter: NewsletterSettings,
    coming: Upcoming,
    made: variant.Made,
    recipient: str,
) -> Preview:
    sender = letterhead.sender(press, newsletter).address
    frozen = splice.fill(made.frozen, SAMPLE_LINKS)
    envelope = {
        "to": recipient.encode(),
        "message_id": f"preview@{addresses.domain(sender)}".encode(),
        "date": format_datetime(coming.issue.slot).encode(),
        "delivery": b"preview",
    }
    eml = mime.unstuff(splice.splice(frozen, envelope))
    stories = len(made.variant.articles)
    notes = [one for one in (made.warning, made.variant.left_out) if one]
    if coming.skipped:
        notes.append("An editor wants this slot skipped.")
    if coming.samples:
        notes.append("It shows the newest stories; an issue holds what came since.")
    if stories + made.variant.more < newsletter.min_articles:
        notes.append(f"Fewer than min_articles = {newsletter.min_articles}: not sent.")
    return Preview(
        issue=coming.issue.id,
        slot=coming.issue.slot,
        subject=made.variant.subject,
        eml=eml,
        html=_part(eml, "html"),
        text=_part(eml, "plain"),
        frozen=frozen,
        articles=stories,
        zone=newsletter.timezone,
        notes=tuple(notes),
    )


def _part(eml: bytes, subtype: Literal["plain", "html"]) -> str:
    """Return one text of the very message; empty for HTML of a text-only one."""
    part = message_from_bytes(eml, policy=policy.default).get_body((subtype,))
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""
