"""What `dispatch source check` shows: what a place is and what it would bring."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.model import Problem, SourceSettings
from dispatch.text import plain
from dispatch.text.moments import iso

SHOWN_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Item:
    """One story as it would come in, cut down to what fits on a line."""

    headline: str
    byline: str
    published_at: datetime | None
    section: str
    words: int
    picture: bool
    url: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the first visit would do. `recent` are the stories of the last `days`."""

    stories: int
    recent: int
    days: int
    configured: str = ""  # first_contact of a source that is in the config

    def sentence(self) -> str:
        """Say it."""
        found = plain.count(self.stories, "story", "stories")
        would = f"{self.recent:,} of the last {self.days} days would be"
        if self.configured == "mail":
            return (
                f'First contact: {found} would be recorded. first_contact = "mail": '
                f"{would} mailed."
            )
        return (
            f"First contact: {found} would be recorded, none mailed; with "
            f'first_contact = "mail" {would}.'
        )


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What a place turned out to be.

    `source` is what it is or could become. `known_as` is the name of the source in
    the config that reads it already; `block` the lines for config.toml, as they may
    be shown, empty when they are there.
    """

    source: SourceSettings
    place: str
    kind: str
    title: str
    count: int
    items: tuple[Item, ...]
    remarks: tuple[str, ...]
    problems: tuple[Problem, ...]
    forecast: Forecast
    block: str = ""
    known_as: str = ""

    @property
    def ok(self) -> bool:
        """Whether anything would come in."""
        return self.count > 0

    def head(self) -> list[str]:
        """Say what it is and how much there is."""
        title = f", {self.title}" if self.title else ""
        known = f" It is source {self.known_as}." if self.known_as else ""
        said = [f'{self.place}: kind "{self.kind}"{title}.{known}']
        if not self.count:
            return [*said, "There is nothing in it that could be collected."]
        number = plain.count(self.count, "story", "stories")
        more = f"; the newest {len(self.items)}:" if self.count > 1 else ":"
        return [*said, f"It has {number}{more}"]

    def tail(self) -> list[str]:
        """Say what was noticed, what is wrong, and what the first visit would do."""
        said = [*self.remarks]
        if self.problems:
            said.append(f"Problems: {len(self.problems)}.")
        said += [f"  {p.where}: {p.what}" for p in self.problems[:SHOWN_PROBLEMS]]
        if len(self.problems) > SHOWN_PROBLEMS:
            said.append(f"  … and {len(self.problems) - SHOWN_PROBLEMS:,} more.")
        if self.count:
            said.append(self.forecast.sentence())
        return said

    def lines(self) -> list[str]:
        """Say all of it in sentences."""
        return [*self.head(), *(one.headline for one in self.items), *self.tail()]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "place": self.place,
            "kind": self.kind,
            "title": self.title,
            "known_as": self.known_as,
            "stories": self.count,
            "items": [
                {
                    "headline": one.headline,
                    "byline": one.byline,
                    "published": iso(one.published_at),
                    "section": one.section,
                    "words": one.words,
                    "picture": one.picture,
                    "url": one.url,
                }
                for one in self.items
            ],
            "remarks": list(self.remarks),
            "problems": [{"where": p.where, "what": p.what} for p in self.problems],
            "first_contact": {
                "recorded": self.forecast.stories,
                "recent": self.forecast.recent,
                "days": self.forecast.days,
            },
            "block": self.block,
        }
