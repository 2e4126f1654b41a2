"""What is remembered of a WordPress site between visits, written as a cursor."""

import json
from dataclasses import dataclass
from datetime import datetime

from dispatch.collect import backlog, loose_json
from dispatch.collect.backlog import Place
from dispatch.collect.wordpress_api import Site


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered between visits: the cursor, opened.

    `closed_since` and `tried_at` say since when and when last the API refused us;
    `recent` are the newest posts that were still there at the last visit.
    """

    url: str = ""  # the source's address then; it may have moved since
    site: Site | None = None
    place: Place | None = None
    recent: tuple[int, ...] = ()
    closed_since: datetime | None = None
    tried_at: datetime | None = None
    why: str = ""

    def written(self) -> str:
        """Return it as a cursor."""
        value = {
            "url": self.url,
            "site": self.site.to_json() if self.site else None,
            "after": _written(self.place.after if self.place else None),
            "page": self.place.page if self.place else 1,
            "recent": list(self.recent),
            "closed_since": _written(self.closed_since),
            "tried_at": _written(self.tried_at),
            "why": self.why,
        }
        return json.dumps(value, separators=(",", ":"))

    @classmethod
    def read(cls, cursor: str) -> "Memory":
        """Return what `written` wrote; an empty memory for anything else."""
        try:
            value = loose_json.parse(cursor.encode()) if cursor else None
        except ValueError:
            value = None
        after = _moment(value, "after")
        page = max(1, loose_json.number(value, "page"))
        numbers = loose_json.sequence(loose_json.get(value, "recent"))
        return cls(
            url=loose_json.text(value, "url"),
            site=Site.of_json(loose_json.get(value, "site")),
            place=Place(after, page) if after else None,
            recent=tuple(n for n in numbers if isinstance(n, int))[: backlog.RECENT],
            closed_since=_moment(value, "closed_since"),
            tried_at=_moment(value, "tried_at"),
            why=loose_json.text(value, "why"),
        )


def _written(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _moment(value: object, key: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(loose_json.text(value, key))
    except ValueError:
        return None
    return found if found.tzinfo else None
