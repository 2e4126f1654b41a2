"""A rehearsal of crashes on a database of its own: an issue to made-up readers.

What a server truly took is compared with what the books say. Nobody real is in it:
every address ends in example.net, which takes no mail.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from dispatch.model import (
    Consent,
    Frozen,
    Issue,
    IssueState,
    Span,
    SubscriptionState,
    Tally,
)
from dispatch.store import (
    Store,
    Tx,
    audience,
    bodies,
    fates,
    issues,
    mailings,
    newsletters,
    rehearsals,
    subscribers,
    subscriptions,
    tallies,
    unknown,
)
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address

NEWSLETTER = "rehearsal"
SENDER = "rehearsal@dispatch.example.org"
CHUNK = 100
LINE = b"<p>This mail is only a rehearsal, and was never meant for anybody.</p>\r\n"

Policy = Literal["resend_once", "hold"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the crashes of one rehearsal cost, by what the server truly took."""

    books: Tally
    twice: int  # copies beyond the first
    lost: int  # readers who got nothing, and whose delivery is not in doubt
    missed: int  # readers who got nothing, and are listed as in doubt
    false: int  # called accepted, and the server never took it
    doubts: int  # deliveries that were ever in doubt

    def broken(self, policy: Policy, bound: int) -> list[str]:
        """Return the promises that were broken; `bound` is connections × crashes."""
        found = {
            "the books do not balance": self.books.gap,
            "accepted by the books alone": self.false,
            "lost": self.lost,
            "more in doubt than connections": self.books.unknown > bound,
            "repeated": self.twice if policy == "hold" else self.twice > bound,
            "in doubt though it could be resent": self.missed
            if policy == "resend_once"
            and self.doubts <= unknown.tolerable(self.books.planned)
            else 0,
        }
        return [name for name, wrong in found.items() if wrong]


def prepare(store: Store, tokens: Tokens, readers: int, policy: Policy) -> str:
    """Make an issue that is being sent to so many; return its id."""

    def begin(tx: Tx) -> Issue:
        now = tx.now()
        newsletters.ensure(tx, NEWSLETTER, "Rehearsal", now=now)
        opened = issues.open(
            tx,
            NEWSLETTER,
            now,
            day=now.date(),
            from_position=0,
            to_position=1,
            expires_at=now + timedelta(days=1),
            now=now,
        )
        if opened is None:
            raise AssertionError("the rehearsal's database is not empty")
        issues.change_state(tx, opened.id, IssueState.DRAFT, IssueState.READY, now=now)
        return opened

    issue = store.write(begin)
    for start in range(0, readers, CHUNK):
        numbers = range(start, min(start + CHUNK, readers))
        store.write(lambda tx, some=numbers: _subscribe(tx, tokens, some))  # type: ignore[misc]
    store.write(lambda tx: _plan(tx, issue, policy))
    return issue.id


def judge(store: Store, issue: str, taken: Mapping[str, int]) -> Verdict:
    """Compare the books with what the server took."""
    with store.read() as tx:
        books = tallies.of_issue(tx, issue)
        rows = list(fates.of_issue(tx, issue))
    got = Counter(taken)
    nothing = [row for row in rows if not got[row.recipient]]
    missed = sum(row.state == "unknown" for row in nothing)
    return Verdict(
        books=books,
        twice=sum(max(0, got[row.recipient] - 1) for row in rows),
        lost=len(nothing) - missed,
        missed=missed,
        false=sum(row.state == "accepted" for row in nothing),
        doubts=sum(row.state == "unknown" or row.resends > 0 for row in rows),
    )


def time_passes(store: Store) -> None:
    """Let every lease end, and whatever waits be due."""
    store.write(rehearsals.time_passes)


def open_rows(store: Store, issue: str) -> int:
    """Return how many deliveries may still be sent."""
    with store.read() as tx:
        books = tallies.of_issue(tx, issue)
        return books.open - unknown.count(tx)


def _subscribe(tx: Tx, tokens: Tokens, numbers: range) -> None:
    for number in numbers:
        mailbox = address.parse(f"reader-{number}@readers.example.net")
        person = subscribers.ensure(
            tx, mailbox, tokens.mailbox_hash(mailbox.mailbox), now=tx.now()
        )
        subscriptions.add(
            tx,
            person,
            NEWSLETTER,
            SubscriptionState.ACTIVE,
            "add",
            now=tx.now(),
            consent=Consent(),
        )


def _plan(tx: Tx, issue: Issue, policy: Policy) -> None:
    mailing = mailings.open_issue_mailing(tx, issue, sender=SENDER, on_unknown=policy)
    body = bodies.put(tx, _letter())
    chosen: dict[object, str] = {}
    while not (chunk := audience.plan_chunk(tx, issue, mailing, chosen)).finished:  # type: ignore[arg-type]
        chosen |= dict.fromkeys(chunk.missing, body)
    mailings.start_sending(tx, issue.id)


def _letter() -> Frozen:
    """Return a message of some 40 kB with the spans that every issue has."""
    pieces: list[bytes] = []
    spans: list[Span] = []
    at = 0
    for text, name in (
        (b"From: Rehearsal <" + SENDER.encode() + b">\r\nTo: <", "to"),
        (b">\r\nDate: ", "date"),
        (b"\r\nMessage-ID: <", "message_id"),
        (b">\r\nSubject: A rehearsal\r\n\r\n" + LINE * 550, ""),
    ):
        pieces.append(text)
        at += len(text)
        if name:
            stand_in = f"{{{name}}}".encode()
            pieces.append(stand_in)
            spans.append(Span(at, at + len(stand_in), name))
            at += len(stand_in)
    return Frozen(b"".join(pieces), tuple(spans))
