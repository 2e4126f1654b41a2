"""Decide whether a source has moved for good. A wrong yes would lose it; so be slow.

A new address is adopted when every hop to it is permanent (301, 308), what came
from there was read as the source it is, and the answer has been the same for seven
days. The step from http to https of the very same address needs no days. When the
old address says 404 or 410, the tracked one is tried at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from dispatch.model import Hop

PERMANENT = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
LONG_ENOUGH = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Trail:
    """Where an address has led to, for good as its server says, and since when."""

    to: str = ""
    since: datetime | None = None


NO_TRAIL = Trail()


@dataclass(frozen=True, slots=True)
class Move:
    """What is remembered of redirects from now on; `adopt` is the new address."""

    trail: Trail = NO_TRAIL
    adopt: str = ""


def moved(
    base: str, asked: str, hops: Sequence[Hop], trail: Trail, *, now: datetime
) -> Move:
    """Judge how a source's request was redirected; what came back could be read.

    `base` is the address of the source, `asked` that of the request: the same, or
    longer (`/wp-json/…`), and then the target must be longer in the same way.
    """
    target = _new_base(base, asked, hops)
    if not target or target == base:
        return Move()
    if _only_secure(base, target):
        return Move(adopt=target)
    since = trail.since if trail.to == target and trail.since else now
    if now - since >= LONG_ENOUGH:
        return Move(adopt=target)
    return Move(Trail(target, since))


def elsewhere(configured: str, used: str, trail: Trail) -> str:
    """Return which address to try when `used` is not found or gone; empty for none.

    From the configured one to where it used to lead; from an adopted one back.
    """
    return configured if used != configured else trail.to


def _new_base(base: str, asked: str, hops: Sequence[Hop]) -> str:
    """Return where all of `base` has gone; empty when it has not, or not for good."""
    if not hops or any(hop.status not in PERMANENT for hop in hops):
        return ""
    if not asked.startswith(base):
        return ""
    rest = asked.removeprefix(base)
    target = hops[-1].url
    if not target.endswith(rest):
        return ""
    return target.removesuffix(rest)


def _only_secure(old: str, new: str) -> bool:
    """Whether `new` is `old` with https for http, and the same in all else."""
    before, after = urlsplit(old), urlsplit(new)
    return (
        (before.scheme, after.scheme) == ("http", "https")
        and before.hostname == after.hostname
        and before.path == after.path
        and before.query == after.query
    )
