"""When and whether a story may be seen: dates (T10), embargo and status (T16).

In doubt a story is held back, never let out: an embargo that cannot be read holds,
and so does a status that nobody knows.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from dispatch.collect import dates
from dispatch.collect.fields import Fields
from dispatch.model import PubStatus, SourceSettings
from dispatch.text import plain

MIDNIGHT = time(0)
STATUSES = {
    **dict.fromkeys(
        plain.lexicon("usable published publish final ready approved live done future"),
        PubStatus.USABLE,
    ),
    **dict.fromkeys(
        plain.lexicon("draft wip unfinished pending review editing skip"),
        PubStatus.DRAFT,
    ),
    **dict.fromkeys(
        plain.lexicon("withheld withhold hold held hidden private embargoed expired"),
        PubStatus.WITHHELD,
    ),
    **dict.fromkeys(
        plain.lexicon("canceled cancelled killed kill spiked"), PubStatus.CANCELED
    ),
}
DATED_NAME = re.compile(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a file besides its text."""

    source: SourceSettings
    relpath: str
    stamp: str
    modified: datetime
    now: datetime
    timezone: str
    language: str = "en"
    changed: str = ""  # a Word document's own word for when it was saved
    committed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """When a story was published and changed, and until when it is held.

    `unclear`: there is an embargo, but nobody can read until when. `expires` is set
    only while it lies ahead; `expired` once it has come.
    """

    published: datetime | None
    updated: datetime | None
    embargo: datetime | None
    unclear: bool = False
    expires: datetime | None = None
    expired: bool = False


def status(fields: Fields, about: Circumstances, times: Times) -> PubStatus:
    """Return what the desk says of the story, and what its dates make of that."""
    known = _said(fields, about)
    if known is PubStatus.USABLE and (times.unclear or times.expired):
        return PubStatus.WITHHELD
    if fields.text("status").lower() == "embargoed" and times.embargo is not None:
        return PubStatus.USABLE  # its date holds it
    return known


def _said(fields: Fields, about: Circumstances) -> PubStatus:
    given = fields.text("status").lower()
    if not given and about.source.require_ready:
        fields.note("status", "T16", 1.0, "it waits for a line “Status: ready”")
        return PubStatus.DRAFT
    known = STATUSES.get(given) if given else PubStatus.USABLE
    if known is None:
        fields.complain(
            f"has status “{plain.excerpt(given, 40)}”, which nobody knows; kept back "
            "as a draft. Write usable, draft, withheld or canceled"
        )
        return PubStatus.DRAFT
    return known


def settle(fields: Fields, about: Circumstances) -> Times:
    """Settle when the story was published (T10) and until when it is held (T16)."""
    published = _published(fields, about)
    embargo, unclear = _embargo(fields, about)
    release = _released(fields, about)
    if published is not None and published > about.now:
        published, dated = _ahead(published, about)
        release = max(filter(None, (release, dated)), default=None)
    if release is not None and release > about.now:
        embargo = max(release, embargo or release)
        fields.note("embargo", "T10", 0.8, "its date lies ahead")
    if embargo is not None:
        published = max(published or embargo, embargo)
    updated = _parsed(fields.text("modified"), about)
    if updated is not None and updated > about.now:
        updated = None
    return Times(published, updated, embargo, unclear, *_expiry(fields, about))


def _ahead(moment: datetime, about: Circumstances) -> tuple[datetime, datetime | None]:
    """Return the date of a story dated ahead, and until when that holds it."""
    match about.source.future:
        case "hold":
            return moment, moment
        case "clamp":
            return about.now, None
        case "trust":
            return moment, None


def _released(fields: Fields, about: Circumstances) -> datetime | None:
    """Return what Hugo calls publishDate, where it is not the story's date."""
    return _parsed(fields.text("release"), about, at=MIDNIGHT)


def _expiry(fields: Fields, about: Circumstances) -> tuple[datetime | None, bool]:
    """Return when the story leaves, if that lies ahead, and whether it has left."""
    given = fields.text("expires")
    moment = _parsed(given, about, at=MIDNIGHT)
    if given and moment is None:
        fields.complain(
            f"expires on “{plain.excerpt(given, 40)}”, which is no date that can be "
            "read; it stays. Write expirydate: 2026-03-04"
        )
    if moment is None or moment > about.now:
        return moment, False
    fields.note("status", "T16", 1.0, "it has expired")
    return None, True


def _published(fields: Fields, about: Circumstances) -> datetime | None:
    given = fields.text("date")
    moment = _parsed(given, about)
    if given and moment is None:
        fields.complain(
            f"has a date nobody can read, “{plain.excerpt(given, 40)}”; taken without. "
            "Write 2026-03-04 or 2026-03-04 07:30"
        )
    if moment is None:
        moment = _from_name(fields, about)
    return moment if moment is not None else _from_disk(fields, about)


def _from_disk(fields: Fields, about: Circumstances) -> datetime | None:
    """Return the first time that is no guess about the future."""
    for moment, confidence, note in (
        (about.committed, 0.6, "when git first saw the file"),
        (_parsed(about.changed, about), 0.4, "when Word last saved the document"),
        (about.modified, 0.3, "when the file was last changed"),
    ):
        if moment is not None and moment <= about.now:
            fields.note("date", "T10", confidence, note)
            return moment
    return None


def _from_name(fields: Fields, about: Circumstances) -> datetime | None:
    found = DATED_NAME.search(about.relpath.rsplit("/", 1)[-1])
    moment = _parsed("-".join(found.groups()), about) if found else None
    if moment is not None:
        fields.note("date", "T10", 0.7, "from the file's name")
    return moment


def _parsed(text: str, about: Circumstances, at: time = dates.NOON) -> datetime | None:
    """Read a date; of a day that is still ahead or going on, its first moment."""
    moment = dates.parse(
        text, timezone=about.timezone, now=about.now, language=about.language, at=at
    )
    if moment is None or moment <= about.now or not dates.is_date_only(text):
        return moment
    return datetime.combine(
        moment.astimezone(ZoneInfo(about.timezone)).date(),
        MIDNIGHT,
        ZoneInfo(about.timezone),
    ).astimezone(moment.tzinfo)


def _embargo(fields: Fields, about: Circumstances) -> tuple[datetime | None, bool]:
    """Return the end of the embargo, and whether there is one that nobody can read."""
    given = fields.text("embargo")
    if not given or given.lower() in {"none", "no", "false"}:
        return None, False
    moment = _parsed(given, about, at=MIDNIGHT)
    if moment is None:
        fields.complain(
            f"is under embargo until “{plain.excerpt(given, 60)}”, which is no date "
            "that can be read; held back. Write embargo: 2026-03-04 06:00"
        )
    return moment, moment is None
