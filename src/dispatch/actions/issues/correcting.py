"""Mail a correction to those who got a wrong issue.

A mailing of its own, named after the issue and what it says: asking for the same again
queues nobody twice, and takes up what a crash left out.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from dispatch.actions.issues import steering
from dispatch.actions.issues.variants import to_tell
from dispatch.compose import corrections as told, dates, notice
from dispatch.compose.press import Press
from dispatch.compose.story import Setting
from dispatch.errors import UsageError
from dispatch.model import (
    Choice,
    Clock,
    Frozen,
    Issue,
    MailFormat,
    MailingKind,
    NewsletterSettings,
)
from dispatch.store import Store, Tx, bodies, corrections, mailings, recipients
from dispatch.store.recipients import To
from dispatch.text import address, plain

LONGEST_NOTE = 4_000  # characters
WORTH = timedelta(days=2)  # later, the news has moved on
NOTHING = (
    "There is nothing to tell: no story of {} was corrected since it was mailed. Say "
    "what was wrong with --note TEXT, or mend the story first."
)


@dataclass(frozen=True, slots=True)
class Erratum:
    """A correction, ready to be mailed: its two forms, and whom it reaches."""

    issue: Issue
    newsletter: NewsletterSettings
    to: To
    forms: dict[MailFormat, Frozen]
    readers: int

    def audience(self) -> str:
        """Say in words whom it reaches."""
        whom = "who got" if self.to == "accepted" else "who got, or may have got,"
        readers = plain.count(self.readers, "reader")
        return (
            f"{readers} of {self.newsletter.title or self.newsletter.name} {whom} "
            f"{self.issue.id} and still subscribe will be mailed a correction."
        )


@dataclass(frozen=True, slots=True)
class CorrectReport:
    """How many were queued by this call."""

    issue: str
    mailing: int
    queued: int

    @property
    def ok(self) -> bool:
        """Always: what cannot be told raises UsageError."""
        return True

    def lines(self) -> list[str]:
        """Say it in sentences."""
        if not self.queued:
            return ["This correction was queued before, or nobody is left to tell."]
        count = plain.count(self.queued, "reader")
        return [f"The correction to {self.issue} is on its way to {count}."]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"issue": self.issue, "mailing": self.mailing, "queued": self.queued}


def prepare(
    store: Store,
    press: Press,
    configured: Sequence[NewsletterSettings],
    issue: Issue,
    *,
    to: To,
    note: str,
    clock: Clock,
) -> Erratum:
    """Make a correction to an issue, and count whom it is for; queue nothing.

    It says `note`, and what was corrected in its stories since they were mailed.
    Raises UsageError when that is nothing.
    """
    if issue.planned is None:
        raise UsageError(f"{issue.id} is {issue.state}: nobody has it.")
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"The note is longer than {LONGEST_NOTE:,} characters.")
    letter = steering.newsletter_of(configured, issue)
    with store.read() as tx:
        found = to_tell(tx, corrections.since_mailed(tx, issue.id))
        readers = recipients.count(tx, issue.id, to)
    zone = ZoneInfo(letter.timezone or press.site.timezone)
    said = press.templates.words(press.site.language)
    setting = Setting(press.links, press.site.language, zone, clock.now(), said)
    notices = told.notices(found, Choice(), setting)
    if not notices and not note.strip():
        raise UsageError(NOTHING.format(issue.id))
    slot = issue.slot.astimezone(zone)
    context = {
        "issue": {
            "id": issue.id,
            "subject": issue.subject,
            "date": dates.full(slot, press.site.language, said),
            "url": press.links.issue(issue.id),
        },
        "note": note.strip(),
        "corrections": notices,
    }
    forms = {
        format_: notice.notice(
            press,
            MailingKind.CORRECTION,
            newsletter=letter,
            context=context,
            format_=format_,
        )
        for format_ in MailFormat
    }
    return Erratum(issue, letter, to, forms, readers)


def queue(store: Store, erratum: Erratum) -> CorrectReport:
    """Queue a correction for everybody it is for, in small units."""
    mailing = store.write(lambda tx: _open(tx, erratum))
    after, queued = 0, 0
    while True:
        count, upto = store.write(
            lambda tx, after=after: _add(tx, erratum, mailing, after)  # type: ignore[misc]
        )
        if not upto:
            return CorrectReport(erratum.issue.id, mailing, queued)
        queued, after = queued + count, upto


def _open(tx: Tx, erratum: Erratum) -> int:
    said = hashlib.sha256(b"".join(one.data for one in _in_order(erratum))).hexdigest()
    return mailings.ensure(
        tx,
        kind=MailingKind.CORRECTION,
        dedupe_key=f"correction:{erratum.issue.id}:{said[:16]}",
        newsletter=erratum.newsletter.name,
        issue=erratum.issue.id,
        sender=address.sender(erratum.newsletter.sender).address,
        on_unknown=erratum.newsletter.on_unknown,
        expires_at=tx.now() + WORTH,
    )


def _in_order(erratum: Erratum) -> list[Frozen]:
    return [erratum.forms[format_] for format_ in MailFormat]


def _add(tx: Tx, erratum: Erratum, mailing: int, after: int) -> tuple[int, int]:
    """Queue one page; return how many were new, and its last number (0: none)."""
    found = recipients.page(tx, erratum.issue.id, erratum.to, after=after)
    if not found:
        return 0, 0
    stored = {form: bodies.put(tx, frozen) for form, frozen in erratum.forms.items()}
    rows = [
        {
            "recipient": one.address,
            "mailbox_hash": one.mailbox_hash,
            "subscription": one.subscription,
            "body": stored[one.format],
        }
        for one in found
    ]
    added = mailings.add(tx, mailing, MailingKind.CORRECTION, rows)
    return added, found[-1].delivery
