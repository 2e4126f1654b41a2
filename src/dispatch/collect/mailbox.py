"""A mailbox as a source: editors file by mail, and nothing in it is ever changed.

Each mail is judged by its header first; only one from a listed, confirmed sender is
fetched. A reply to an earlier mail of the same sender replaces that story, and one
that says only "Withdraw" takes it back. Where the visit stopped is the cursor; when
the server numbers its mails anew, the last month is gone through again, and what
was read before is known by its Message-ID.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dispatch.collect import (
    assemble,
    identity,
    inbox,
    letter,
    mail_gate,
    mail_header,
    mail_parts,
    newsroom,
)
from dispatch.collect.inbox import Envelope, Mailbox
from dispatch.collect.letter import Letter
from dispatch.collect.mail_gate import Verdict
from dispatch.collect.mail_header import Heading
from dispatch.collect.mail_memory import Memory, Seen
from dispatch.collect.release import Circumstances
from dispatch.errors import SourceError
from dispatch.model import (
    Collected,
    Errand,
    Harvest,
    Image,
    Problem,
    PubStatus,
    SourceSettings,
)

LOOK_BACK = timedelta(days=30)
MOST_MAILS = 200  # of one visit; the rest comes with the next
MOST_BYTES = 100_000_000
LARGEST = 25_000_000  # bytes of one mail
WHOLE_STORY = 48  # words; a reply of fewer is a remark about the story
UNVERIFIED = (
    "Nobody vouches for its senders: name your mail server in `authserv`. Until then "
    "every story is held, and waits for `dispatch article restore`."
)

Opener = Callable[[SourceSettings], AbstractContextManager[Mailbox]]


@dataclass(slots=True)
class _Visit:
    """One visit, as far as it has come."""

    errand: Errand
    memory: Memory
    found: dict[str, Collected] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    bytes: int = 0
    mails: int = 0
    waiting: int = 0
    remark: str = ""


@dataclass(frozen=True, slots=True)
class _Mail:
    """One admitted mail. `name` is its own, of sender and Message-ID."""

    name: str
    where: str
    heading: Heading
    arrived: datetime
    verified: bool
    stamp: str


def read(errand: Errand, *, opened: Opener = inbox.opened) -> Harvest:
    """Collect what came since the last visit.

    Raises SourceError when the mailbox cannot be read; when it breaks off on the
    way, what was read until then counts, and the rest comes with the next visit.
    """
    if not errand.source.senders:
        raise SourceError("It lists no `senders`: nobody may file there.")
    visit = _Visit(errand, Memory.of(errand.cursor))
    try:
        with opened(errand.source) as mailbox:
            _read_new(mailbox, visit)
    except SourceError as error:
        if not visit.mails:
            raise
        visit.remark = f"The last visit broke off, and goes on the next time. {error}"
    if not errand.source.authserv:
        visit.remark = visit.remark or UNVERIFIED
    return Harvest(
        found=tuple(visit.found.values()),
        problems=visit.memory.standing(errand.now),
        waiting=visit.waiting,
        cursor=visit.memory.written(),
        gone=frozenset(visit.gone),
        remark=visit.remark,
    )


def _read_new(mailbox: Mailbox, visit: _Visit) -> None:
    """Read mail after mail; the cursor moves with each."""
    memory, since = visit.memory, None
    if memory.uidvalidity != mailbox.uidvalidity:
        memory.uidvalidity, memory.uid = mailbox.uidvalidity, 0
        since = (visit.errand.now - LOOK_BACK).date()
    uids = mailbox.uids(after=memory.uid, since=since)
    for at, uid in enumerate(uids):
        if visit.mails >= MOST_MAILS or visit.bytes >= MOST_BYTES:
            visit.waiting = len(uids) - at
            return
        envelope = mailbox.envelope(uid)
        if envelope is not None:
            _read_one(mailbox, envelope, visit)
        memory.uid = uid
        visit.mails += 1


def _read_one(mailbox: Mailbox, envelope: Envelope, visit: _Visit) -> None:
    """Judge a mail by its header; fetch and understand it if it may be a story."""
    heading = mail_header.read(envelope.header)
    admission = mail_gate.admit(heading, visit.errand.source)
    name = mail_header.name(heading.sender, heading.message_id, envelope.header)
    if name in visit.memory.mails or admission.verdict is Verdict.PASSED_OVER:
        return
    now = visit.errand.now
    arrived = min(envelope.arrived or now, now)
    where = mail_header.shown(
        heading, arrived, refused=admission.verdict is Verdict.REFUSED
    )
    what = admission.why or _too_large(envelope)
    raw = None if what else mailbox.message(envelope.uid)
    # Only from here on it counts as seen: a fetch that breaks off is made again.
    visit.memory.mails[name] = Seen()
    if what:
        visit.memory.tell(Problem(where, what), now=now)
    if raw is None:
        return
    visit.bytes += len(raw)
    stamp = hashlib.sha256(raw).hexdigest()[:16]
    verified = admission.verdict is Verdict.VERIFIED
    mail = _Mail(name, where, heading, arrived, verified, stamp)
    try:
        _place(letter.read(raw, heading), mail, visit)
    except (mail_parts.UnreadableError, newsroom.NoStoryError) as problem:
        visit.memory.tell(Problem(where, str(problem)), now=now)


def _too_large(envelope: Envelope) -> str:
    if envelope.size <= LARGEST:
        return ""
    return f"is larger than {LARGEST // 1_000_000} MB, and was not fetched. Send less"


def _place(read: Letter, mail: _Mail, visit: _Visit) -> None:
    """Say what a letter is: a story, a new version of one, the end of one."""
    root = visit.memory.story(_thread(mail.heading)) if mail.verified else ""
    what = _objection(read, root, visit.memory)
    if what:
        visit.memory.tell(Problem(mail.where, what), now=visit.errand.now)
    elif read.story is None:
        visit.found.pop(root, None)
        visit.gone.add(root)
    else:
        own = mail.name if mail.verified else f"{mail.name}?"
        _collect(read, read.story, root or own, mail, visit)


def _objection(read: Letter, root: str, memory: Memory) -> str:
    """Return why a letter cannot do what it wants to, or nothing."""
    if read.story is None:
        return (
            ""
            if root
            else (
                "wants a story withdrawn, and is no reply to one that came from this "
                "sender. Use `dispatch article withdraw`"
            )
        )
    before = memory.mails[root].words if root else 0
    if root and not read.headed and read.words < max(WHOLE_STORY, before // 2):
        return (
            f"answers a story of {before} words with {read.words}; too few to be its "
            "new version, so nothing was changed. Send the whole story again as a "
            "reply, or use `dispatch article edit`"
        )
    return ""


def _collect(
    read: Letter, story: newsroom.Story, name: str, mail: _Mail, visit: _Visit
) -> None:
    source, before = visit.errand.source, visit.found.get(name)
    about = Circumstances(
        source=source,
        relpath="mail",
        stamp=mail.stamp,
        modified=mail.arrived,
        now=visit.errand.now,
        timezone=visit.errand.timezone,
        language=source.language or visit.errand.language,
    )
    one = assemble.assemble(story, about, read.attachment)
    # Without a path: the same place would mean the same story.
    kept = (alias for alias in one.aliases if alias.kind != "path")
    own = identity.guid_alias(source.name, name)
    one = replace(one, locator=name, aliases=identity.aliases(*kept, own))
    if not name.startswith(mail.name):  # a new version, dated by its arrival
        one = replace(one, updated_at=one.updated_at or mail.arrived)
        one = _with_picture(one, visit.memory.mails[name].image)
    if before is not None:
        media = one.media or before.media
        one = replace(one, published_at=before.published_at, media=media)
    if not mail.verified:
        # Nobody knows whose it is: it may touch no other story, nor be seen.
        held = PubStatus.WITHHELD if one.status is PubStatus.USABLE else one.status
        one = replace(one, aliases=(own,), guid="", status=held)
    else:
        seen = Seen(name, read.words, one.content.image)
        visit.memory.mails[mail.name] = visit.memory.mails[name] = seen
    visit.found[name] = one
    visit.gone.discard(name)
    for what in story.fields.problems:
        visit.memory.tell(Problem(mail.where, what), now=visit.errand.now)


def _with_picture(one: Collected, earlier: Image | None) -> Collected:
    """Keep the picture that a story had, if its new version brings none."""
    now = one.content.image
    if earlier is None or (now is not None and (now.media or now.url)):
        return one
    if now is not None:
        caption, credit = now.caption or earlier.caption, now.credit or earlier.credit
        earlier = replace(earlier, caption=caption, credit=credit)
    return replace(one, content=replace(one.content, image=earlier))


def _thread(heading: Heading) -> Iterator[str]:
    """Name the mails that a mail answers, nearest first, if its sender wrote them."""
    return (mail_header.name(heading.sender, one) for one in heading.references)
