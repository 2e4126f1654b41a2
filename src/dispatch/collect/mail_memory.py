"""What the mailbox reader remembers between visits, as the text of its cursor.

Where it stopped (UIDVALIDITY and the last UID), the mails it has seen, by a hash of
sender and Message-ID, and what it set aside lately, so that `status` still says so.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dispatch.model import Image, Problem

MOST_MAILS = 500
MOST_TOLD = 20
STANDING = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Seen:
    """A mail that was read: the story it belongs to ("" for none), and its length."""

    story: str = ""
    words: int = 0
    image: Image | None = None  # its lead image, for a new version without one


@dataclass(slots=True)
class Memory:
    """The cursor, read. The oldest mails are forgotten first."""

    uidvalidity: int = 0
    uid: int = 0
    mails: dict[str, Seen] = field(default_factory=dict)
    told: dict[str, tuple[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: str) -> "Memory":
        """Read a cursor; what is none is an empty memory."""
        try:
            data = json.loads(cursor or "{}")
            return cls(
                int(data.get("uidvalidity", 0)),
                int(data.get("uid", 0)),
                {str(k): _seen(v) for k, v in _items(data, "mails")},
                {str(k): (str(v[0]), float(v[1])) for k, v in _items(data, "told")},
            )
        except (ValueError, TypeError, AttributeError, IndexError, KeyError):
            return cls()

    def tell(self, problem: Problem, *, now: datetime) -> None:
        """Remember what was set aside; it stands for a week."""
        self.told.pop(problem.where, None)
        self.told[problem.where] = (problem.what, now.timestamp())

    def story(self, names: Iterable[str]) -> str:
        """Return the story that the first known of these mails belongs to, or ""."""
        seen = (self.mails.get(name) for name in names)
        return next((one.story for one in seen if one and one.story), "")

    def standing(self, now: datetime) -> tuple[Problem, ...]:
        """Return what was set aside within the last week, the newest twenty."""
        since = (now.astimezone(UTC) - STANDING).timestamp()
        fresh = [(k, v) for k, v in self.told.items() if v[1] >= since][-MOST_TOLD:]
        self.told = dict(fresh)
        return tuple(Problem(where, what) for where, (what, _) in fresh)

    def written(self) -> str:
        """Return the cursor."""
        mails = list(self.mails.items())[-MOST_MAILS:]
        return json.dumps(
            {
                "uidvalidity": self.uidvalidity,
                "uid": self.uid,
                "mails": {name: _written(one) for name, one in mails},
                "told": self.told,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )


def _seen(said: list[Any]) -> Seen:
    story, words, *rest = said
    return Seen(str(story), int(words), Image(**rest[0]) if rest else None)


def _written(one: Seen) -> list[object]:
    if one.image is None:
        return [one.story, one.words]
    image = {key: value for key, value in asdict(one.image).items() if value}
    return [one.story, one.words, image]


def _items(data: Any, name: str) -> list[tuple[Any, Any]]:
    return list(data.get(name, {}).items())
