"""What about bounces needs a human, in words that say whose fault it was.

No address is in them: a server's own words are shown without what it repeats of ours.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from dispatch.deliver import remedies, standing
from dispatch.model import Alert, BounceClass, BounceFate, Crowd, Said
from dispatch.store import Tx, bounce_records

RECENT = timedelta(days=2)
CROWDS = timedelta(days=14)
FEW = 3  # refusals for policy at one domain that are worth a mail
WORDS = 160
MOST = 20  # crowds; each costs a look at its issue's recipients
COMPLAINTS = 3
COMPLAINT_SHARE = 0.003  # of an issue; above it large providers stop taking mail
ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")


def find(tx: Tx, *, now: datetime) -> list[Alert]:
    """Return what came back and is no matter of single readers."""
    return [
        *_refused(tx, now),
        *_crowds(tx, now),
        *_malformed(tx, now),
        *_complaints(tx, now),
    ]


def sentence(crowd: Crowd) -> str:
    """Say how many of whom refused what, in their server's words."""
    code = f", {crowd.enhanced}" if crowd.enhanced else ""
    said = _words(crowd.text)
    quoted = f": “{said}”" if said else ""
    return (
        f"{crowd.bounced:,} of {crowd.of:,} at {crowd.domain or 'erased addresses'} "
        f"refused {crowd.issue}{code}{quoted}; nobody was removed"
    )


def held(crowd: Crowd) -> str:
    """Say what is held of one domain, and what an operator may do about it."""
    return (
        f"{sentence(crowd)}, because so many at once is seldom the readers' doing. "
        f"If it was: dispatch bounce apply --domain {crowd.domain}. If not: "
        f"dispatch bounce forgive --domain {crowd.domain}."
    )


def refused(crowd: Crowd) -> str:
    """Say who refuses our mail as such, and what would mend it."""
    fix = remedies.remedy(Said(0, crowd.enhanced, crowd.text))
    return f"{sentence(crowd)}. Fix: {fix}."


def refusing(tx: Tx, *, now: datetime) -> tuple[Crowd, ...]:
    """Return who refused our mail as such lately: more than one reader's filter."""
    return bounce_records.blamed(
        tx,
        BounceClass.SENDER,
        since=now - RECENT,
        least=FEW,
        grave=remedies.AUTHENTICATION,
    )


def _refused(tx: Tx, now: datetime) -> Iterator[Alert]:
    for crowd in refusing(tx, now=now):
        key = f"refused:{crowd.issue}:{crowd.domain}:{crowd.enhanced}"
        yield Alert(key, refused(crowd))


def _crowds(tx: Tx, now: datetime) -> Iterator[Alert]:
    found = bounce_records.crowds(
        tx,
        BounceFate.HELD,
        since=now - CROWDS,
        least=standing.CROWD_LEAST,
        most=MOST,
    )
    for crowd in filter(standing.is_crowd, found):
        yield Alert(f"bounces:{crowd.issue}:{crowd.domain}", held(crowd))


def _malformed(tx: Tx, now: datetime) -> Iterator[Alert]:
    found = bounce_records.blamed(tx, BounceClass.MESSAGE, since=now - RECENT)
    for issue in {crowd.issue: None for crowd in found}:
        crowds = [crowd for crowd in found if crowd.issue == issue]
        if sum(crowd.bounced for crowd in crowds) >= standing.MESSAGE_LIMIT:
            yield Alert(
                f"malformed:{issue}",
                f"{sentence(crowds[0])}. Fix: the message itself is too large or "
                "malformed for them: fewer or smaller stories and pictures.",
            )


def _complaints(tx: Tx, now: datetime) -> Iterator[Alert]:
    for issue, number, of in bounce_records.complaints(tx, since=now - RECENT):
        if number >= COMPLAINTS and number > COMPLAINT_SHARE * of:
            yield Alert(
                f"complaints:{issue}",
                f"{number:,} of {of:,} readers called {issue} unwanted. They are "
                "unsubscribed. Above 0.3 % large providers stop taking mail: see where "
                "these addresses came from.",
            )


def _words(text: str) -> str:
    plain = " ".join(ADDRESS.sub("…", text).split())
    return plain if len(plain) <= WORDS else f"{plain[:WORDS]}…"
