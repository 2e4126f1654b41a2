"""What a drop folder's reader remembers between visits: its cursor.

As long as the digest of the listing is the same, no story expired and nobody
changed the settings, there is nothing to read. Once an hour everything is compared
all the same, so that whatever else went wrong is put right.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dispatch import __version__
from dispatch.collect import stamps
from dispatch.collect.listing import Listing
from dispatch.model import Collected, Errand

TRUSTED = timedelta(hours=1)
NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Memory:
    """What was seen at the last visit. Without `digest` it proves nothing."""

    digest: str = ""
    rules: str = ""
    until: datetime = NEVER
    stories: int = 0
    mounts: frozenset[str] = frozenset()

    def holds(self, looked: Listing, errand: Errand) -> bool:
        """Whether nothing can have changed since."""
        return (
            bool(self.digest)
            and self.digest == looked.digest
            and self.rules == _rules(errand)
            and looked.complete
            and errand.now < self.until <= errand.now + TRUSTED
        )


def make(
    looked: Listing, errand: Errand, stories: int, found: Iterable[Collected]
) -> Memory:
    """Return what is to be remembered of this visit."""
    ends = map(stamps.end, [*errand.known.values(), *(one.stamp for one in found)])
    ahead = [end for end in ends if end is not None and end > errand.now]
    return Memory(
        digest=looked.digest,
        rules=_rules(errand),
        until=min([errand.now + TRUSTED, *ahead]),
        stories=stories,
        mounts=frozenset(looked.mounts),
    )


def write(memory: Memory) -> str:
    """Return a memory as a cursor."""
    return json.dumps(
        {
            "digest": memory.digest,
            "rules": memory.rules,
            "until": memory.until.isoformat(),
            "stories": memory.stories,
            "mounts": sorted(memory.mounts),
        }
    )


def recall(cursor: str) -> Memory:
    """Read a cursor; one that says nothing is a memory of nothing."""
    try:
        said = json.loads(cursor)
        return Memory(
            digest=str(said["digest"]),
            rules=str(said["rules"]),
            until=datetime.fromisoformat(said["until"]),
            stories=int(said["stories"]),
            mounts=frozenset(map(str, said["mounts"])),
        )
    except (ValueError, TypeError, KeyError):
        return Memory()


def _rules(errand: Errand) -> str:
    """Return a hash of all that decides how a file is read, besides the file."""
    said = (__version__, errand.source, errand.timezone, errand.language)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]
