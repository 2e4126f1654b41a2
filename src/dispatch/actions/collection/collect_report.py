"""What collecting did, per source and in all."""

from dataclasses import dataclass

from dispatch.model import Problem

COUNTS = {
    "new": "new",
    "changed": "changed",
    "unchanged": "unchanged",
    "copies": "known from elsewhere",
    "drafts": "still in draft",
    "waiting": "not settled yet",
    "missing": "gone from the source",
    "parked": "parked: a storm, see `dispatch source list`",
}


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one visit brought. With an `error`, nothing was stored or lost."""

    name: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    copies: int = 0  # the same story under another name, or from another source
    drafts: int = 0
    waiting: int = 0  # files left alone until they are still
    parked: int = 0  # kept for an operator's word: the source is held
    missing: int = 0  # gone since the last visit; their articles stay
    problems: tuple[Problem, ...] = ()  # those that are new
    known_problems: int = 0  # those that were named before and still stand
    error: str = ""
    failures: int = 0  # visits in a row that failed
    counted: bool = True  # False: it failed for our own network
    visited: bool = True  # False: it was not yet time
    left: str = ""  # why it was not visited, when that is not its time

    @property
    def news(self) -> bool:
        """Whether anything happened that was not so at the last visit."""
        counts = (self.new, self.changed, self.missing, self.parked, len(self.problems))
        return any(counts) or self.failures == 1

    def lines(self) -> list[str]:
        """Say it in sentences."""
        if not self.visited:
            return [f"Source {self.name}: {self.left}"] if self.left else []
        if self.error and not self.counted:
            return []  # the round says it, once for all
        if self.error:
            times = f" ({self.failures} times in a row)" if self.failures > 1 else ""
            return [f"Source {self.name}: {self.error}{times}"]
        return [
            f"Source {self.name}: {self._counts()}.",
            *(f"Source {self.name}: {one.where}: {one.what}" for one in self.problems),
        ]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "name": self.name,
            "visited": self.visited,
            "left": self.left,
            **{key: getattr(self, key) for key in COUNTS},
            "problems": [
                {"where": one.where, "what": one.what} for one in self.problems
            ],
            "known_problems": self.known_problems,
            "error": self.error,
            "failures": self.failures,
        }

    def _counts(self) -> str:
        said = [
            f"{getattr(self, key)} {words}"
            for key, words in COUNTS.items()
            if getattr(self, key) or key == "new"
        ]
        if self.known_problems:
            noun = "problem" if self.known_problems == 1 else "problems"
            said.append(f"{self.known_problems} known {noun} left")
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class CollectReport:
    """What one round over the sources brought."""

    sources: tuple[SourceReport, ...] = ()
    remarks: tuple[str, ...] = ()  # on the round as a whole

    @property
    def ok(self) -> bool:
        """Whether every source that was visited could be read."""
        return not any(one.error for one in self.sources)

    @property
    def news(self) -> bool:
        """Whether there is anything worth a line in the log."""
        return any(one.news for one in self.sources)

    def lines(self) -> list[str]:
        """Say it in sentences."""
        return [*self.remarks, *(line for one in self.sources for line in one.lines())]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "ok": self.ok,
            "remarks": list(self.remarks),
            "sources": [one.to_json() for one in self.sources],
        }
