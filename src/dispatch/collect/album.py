"""The pictures of one story: its lead picture, and those that stand in its text.

They lie in the folder or inside a Word document, never elsewhere. How many bytes one
visit holds at once is bounded; a story whose pictures are too many for it is read
again at the next visit.
"""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dispatch.collect import figures, furniture, reading
from dispatch.collect.assemble import Attachment
from dispatch.collect.listing import Entry
from dispatch.collect.newsroom import Story
from dispatch.model import Media, Problem
from dispatch.text import plain

KINDS = (".jpg", ".jpeg", ".png", ".gif", ".webp")
BYTES_PER_VISIT = 200_000_000


class PostponedError(Exception):
    """A picture cannot be had now; a later visit may have it."""


@dataclass(slots=True)
class Budget:
    """How many bytes of pictures one visit holds."""

    used: int = 0

    def spend(self, size: int) -> None:
        """Count a picture. Raises PostponedError when that is too much."""
        if self.used + size > BYTES_PER_VISIT:
            raise PostponedError
        self.used += size


@dataclass(slots=True)
class Album:
    """Where the pictures of the story at `place` may be, and what is wrong with them.

    `inside` are those that came in the story's own file, by the names it uses.
    """

    place: str
    by_place: Mapping[str, Entry]
    budget: Budget
    inside: Mapping[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    postponed: bool = False

    def lead(self, story: Story, company: Iterable[Entry]) -> Attachment | None:
        """Return the picture of the story's name, or the one that it names itself."""
        beside = next((one for one in company if one.extension in KINDS), None)
        if beside is not None:
            return self._beside(beside)
        name = _named(story)
        if not name:
            return None
        return self._had(self._at(name), story, "names")

    def body(self, story: Story, lead: Attachment | None) -> tuple[str, list[Media]]:
        """Return the story's HTML with its pictures but the lead, and these."""
        stored: dict[str, Media] = {}
        shown = lead.media.sha256 if lead else ""
        first = self._at(_named(story))
        for place in figures.places(story.html)[: figures.MOST + 1]:
            if place == first and lead is None:
                continue  # named already for what it is
            found = self._had(place, story, "shows")
            if found is not None and found.media.sha256 != shown:
                stored[place] = found.media
        return figures.put(story.html, stored), list(stored.values())

    def _beside(self, entry: Entry) -> Attachment | None:
        try:
            self.budget.spend(entry.size)
            return reading.picture(entry)
        except (PostponedError, reading.LockedError) as problem:
            self.postponed = True
            what = str(problem)
        except ValueError as problem:
            what = str(problem)
        if what:
            what = f"{what}; the story goes without"
            self.problems.append(Problem(entry.relpath, what))
        return None

    def _had(self, place: str, story: Story, verb: str) -> Attachment | None:
        """Return a picture that the story names or shows, or say what it lacks."""
        try:
            return self._fetched(place)
        except PostponedError:
            self.postponed = True
        except ValueError as problem:
            self.postponed |= isinstance(problem, reading.LockedError)
            shown = plain.excerpt(place, 80)
            say = f"{verb} a picture, {shown}, that {problem}; left out"
            story.fields.complain(say)
        return None

    def _fetched(self, place: str) -> Attachment:
        data = self.inside.get(posixpath.basename(place))
        if data is not None:
            self.budget.spend(len(data))
            return reading.attachment(data)
        entry = self.by_place.get(place)
        if entry is None or entry.extension not in KINDS:
            raise ValueError("is not in the folder")
        self.budget.spend(entry.size)
        return reading.picture(entry)

    def _at(self, name: str) -> str:
        """Return where a picture that the story names would lie."""
        here = posixpath.dirname(self.place)
        return posixpath.normpath(posixpath.join(here, name)) if name else ""


def _named(story: Story) -> str:
    """Return the file that a header or the text names as its picture."""
    name = story.fields.text("image") or story.picture
    return name if name and furniture.is_local(name) else ""
