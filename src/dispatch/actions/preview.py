"""The next issue of a newsletter as it would be sent. Stores nothing.

It goes the same way as the real one, to the last byte: only the links of a reader
are made up, so that a preview can be passed around.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count
from typing import Literal
from zoneinfo import ZoneInfo

from dispatch.actions import preflight
from dispatch.actions.variants import to_tell
from dispatch.compose import (
    cadence,
    edits as editors,
    eligible,
    letterhead,
    mime,
    splice,
    variant,
)
from dispatch.compose.corrections import Told
from dispatch.compose.edits import UNTOUCHED, Edited
from dispatch.compose.preflight import Preflight
from dispatch.compose.press import Press
from dispatch.errors import DispatchError
from dispatch.model import (
    Article,
    Cadence,
    Choice,
    Clock,
    Frozen,
    Issue,
    IssueState,
    NewsletterSettings,
    Subscription,
)
from dispatch.store import (
    Store,
    Tx,
    articles,
    corrections,
    edits,
    elsewhere,
    entries,
    issues,
    newsletters,
    subscribers,
)
from dispatch.text import address as addresses

SAMPLES = 8  # stories
MOST_LOOKED_AT = 100
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


@dataclass(frozen=True, slots=True)
class _Next:
    """What the next issue would be made of."""

    issue: Issue
    choice: Choice
    articles: tuple[Article, ...]
    told: Told
    edited: Edited = UNTOUCHED
    skipped: bool = False  # as editors want it
    samples: bool = False  # nothing is eligible yet: the newest stories stand in


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
        coming = _next(tx, newsletter, reader, now)
        if samples and not coming.articles:
            coming = _with_samples(tx, newsletter, coming)
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
    coming: _Next,
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


def _next(
    tx: Tx, newsletter: NewsletterSettings, reader: Subscription | None, now: datetime
) -> _Next:
    """Read what an issue of the next slot would be; as opening it does.

    One that its editors are looking at is opened already.
    """
    slot = _next_slot(newsletter, reader, now)
    for issue in issues.unplanned(tx, newsletter.name):
        if issue.slot == slot:
            return _opened(tx, newsletter, issue, reader)
    state = newsletters.state(tx, newsletter.name)
    mark = state.mark if state else 0
    last = entries.last_position(tx, newsletter.name)
    fresh = _fresh(tx, newsletter, state.first_seen_at if state else now, slot)
    choice = Choice(from_position=mark)
    if reader is not None:
        choice = reader.choice
        choice = replace(choice, without=_had(tx, newsletter, reader, fresh, slot))
    placed = entries.stories(tx, newsletter.name, choice.from_position, last, by=slot)
    issue = Issue(
        id=_free_name(tx, newsletter, slot),
        newsletter=newsletter.name,
        slot=slot,
        state=IssueState.DRAFT,
        subject="",
        from_position=mark,
        to_position=last + len(fresh),
        created_at=now,
        expires_at=slot + newsletter.expires,
    )
    told = to_tell(tx, corrections.waiting(tx, newsletter.name, now=now))
    wishes = edits.waiting(tx, newsletter.name)
    wanted, skip = editors.fold(wishes), editors.wants_skip(wishes)
    stories = (*placed, *fresh)
    return _Next(issue, choice, stories, told, wanted, skipped=skip is not None)


def _opened(
    tx: Tx, newsletter: NewsletterSettings, issue: Issue, reader: Subscription | None
) -> _Next:
    """Return an issue that is there, as a reader would get it."""
    choice = Choice(from_position=issue.from_position)
    if reader is not None:
        had = _had(tx, newsletter, reader, (), issue.slot)
        choice = replace(reader.choice, without=had)
    placed = entries.stories(
        tx, issue.newsletter, choice.from_position, issue.to_position, by=issue.slot
    )
    told = to_tell(tx, corrections.of_issue(tx, issue.id))
    wanted = editors.fold(edits.of_issue(tx, issue.id))
    return _Next(issue, choice, placed, told, wanted)


def _had(
    tx: Tx,
    newsletter: NewsletterSettings,
    reader: Subscription,
    fresh: Sequence[Article],
    slot: datetime,
) -> tuple[int, ...]:
    """Return what the reader has had by now from newsletters that go before."""
    if not newsletter.not_if_in:
        return ()
    last = entries.last_position(tx, newsletter.name)
    places = elsewhere.places(tx, newsletter.name, last, slot=slot)
    places |= {one.id: last + place for place, one in enumerate(fresh, 1)}
    found = elsewhere.read(tx, newsletter.not_if_in, places, slot=slot)
    had = elsewhere.had(tx, found, [reader.id]).get(reader.id, frozenset())
    return elsewhere.newer(found, had, reader.covered_to)


def _next_slot(
    newsletter: NewsletterSettings, reader: Subscription | None, now: datetime
) -> datetime:
    """Return the next slot, or that of the next issue which is for `reader`."""
    return cadence.next_due(
        reader.cadence if reader else Cadence.EACH,
        reader.covered_at if reader else None,
        schedule=newsletter.schedule,
        timezone=newsletter.timezone,
        after=now,
    )


def _with_samples(tx: Tx, newsletter: NewsletterSettings, coming: _Next) -> _Next:
    """Return the issue with the newest stories of the newsletter's sections."""
    slot, sections = coming.issue.slot, newsletter.selection.sections
    newest = [
        one
        for one in articles.recent(tx, MOST_LOOKED_AT)
        if not eligible.hidden(one, slot)
        and (not sections or one.content.section in sections)
    ]
    shown = tuple(reversed(newest[: min(SAMPLES, newsletter.max_articles)]))
    issue = replace(coming.issue, to_position=coming.issue.from_position + len(shown))
    return replace(coming, issue=issue, articles=shown, samples=True)


def _fresh(
    tx: Tx, newsletter: NewsletterSettings, first_seen_at: datetime, slot: datetime
) -> tuple[Article, ...]:
    """Return what would get a place at the slot."""
    rule = eligible.rule(newsletter, first_seen_at, slot)
    found = entries.candidates(
        tx,
        newsletter.name,
        rule.selection,
        since=rule.since,
        published_from=rule.published_from,
        upto=slot,
    )
    return eligible.choose(found, rule)


def _free_name(tx: Tx, newsletter: NewsletterSettings, slot: datetime) -> str:
    """Return the name the issue would have."""
    day = slot.astimezone(ZoneInfo(newsletter.timezone))
    first = f"{newsletter.name}-{day:%Y-%m-%d}"
    names = (first if n == 1 else f"{first}-{n}" for n in count(1))
    return next(name for name in names if issues.by_id(tx, name) is None)


def _nothing(newsletter: NewsletterSettings, coming: _Next) -> str:
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
    coming: _Next,
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
