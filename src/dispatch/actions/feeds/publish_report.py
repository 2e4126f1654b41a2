"""What became of every feed, for people and for machines."""

from dataclasses import dataclass, field, replace
from pathlib import PurePath

from dispatch.model import Problem


@dataclass(frozen=True, slots=True)
class FeedReport:
    """What became of one feed. With an `error`, its last good files are in place."""

    name: str
    entries: int = 0
    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    quarantined: tuple[Problem, ...] = ()
    shortened: tuple[Problem, ...] = ()  # stories that are there with a part of them
    archived: tuple[str, ...] = ()  # files of archives that were written
    waiting: str = ""  # the next archive, where the rest follows in the next pass
    warning: str = ""
    error: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """All files of the feed, by name."""
        return (*self.written, *self.unchanged)

    @property
    def uneventful(self) -> bool:
        """Whether there is nothing to say but that it is as it was."""
        done = self.written or self.archived
        return not (self.error or done or self.quarantined or self.warning)

    def lines(self) -> list[str]:
        """Say it in sentences."""
        if self.error:
            what = f"not published: {self.error}"
        else:
            wrote = f"wrote {', '.join(self.written)}" if self.written else "unchanged"
            entries = "1 entry" if self.entries == 1 else f"{self.entries} entries"
            what = f"{entries}, {wrote}."
        left_out = [
            f"Feed {self.name}: left out {problem.where}. {problem.what}"
            for problem in self.quarantined
        ]
        left_out += [
            f"Feed {self.name}: shortened {problem.where}, with a link to the whole. "
            f"{problem.what}"
            for problem in self.shortened
        ]
        warning = [f"Feed {self.name}: {self.warning}"] if self.warning else []
        archived = [f"Feed {self.name}: {self._archives()}"] if self.archived else []
        return [f"Feed {self.name}: {what}", *archived, *warning, *left_out]

    def _archives(self) -> str:
        """Say which archives were written: one format of each stands for all."""
        names = dict.fromkeys(PurePath(one).stem for one in self.archived)
        first, *rest = names
        more = f"; {self.waiting} and what is newer follow" if self.waiting else ""
        if not rest:
            return f"archive {first} written{more}."
        return f"{len(names)} archives written, {first} to {rest[-1]}{more}."

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "name": self.name,
            "entries": self.entries,
            "written": list(self.written),
            "unchanged": list(self.unchanged),
            "quarantined": [
                {"where": problem.where, "what": problem.what}
                for problem in self.quarantined
            ],
            "shortened": [
                {"where": problem.where, "what": problem.what}
                for problem in self.shortened
            ],
            "archived": list(self.archived),
            "waiting": self.waiting,
            "warning": self.warning,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done to the archives of one feed."""

    written: list[str] = field(default_factory=list)
    quarantined: list[Problem] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # the next to close, if any
    unmended: list[str] = field(default_factory=list)  # closed, and to be made again

    @property
    def next(self) -> str:
        """The archive that the next pass begins with, if there is one."""
        return next(iter((*self.unmended, *self.waiting)), "")

    def told(self, report: FeedReport) -> FeedReport:
        """Return the report of the feed with what became of its archives."""
        if not (self.written or self.quarantined or self.next or report.waiting):
            return report
        return replace(
            report,
            archived=tuple(self.written),
            waiting=self.next,
            quarantined=(*report.quarantined, *self.quarantined),
        )


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What became of every feed. A story left out of a feed is no failure."""

    feeds: tuple[FeedReport, ...] = ()
    error: str = ""  # of the output folder or the list of feeds
    left: tuple[str, ...] = ()  # feeds of families that the next pass looks at

    @property
    def unfinished(self) -> bool:
        """Whether there is more to publish, and nothing wrong with going on."""
        return bool(self.left) or any(feed.waiting for feed in self.feeds)

    @property
    def ok(self) -> bool:
        """Whether every feed is published."""
        return not self.error and not any(feed.error for feed in self.feeds)

    def lines(self) -> list[str]:
        """Say it in sentences."""
        quiet = [one for one in self.feeds if "/" in one.name and one.uneventful]
        told = [one for one in self.feeds if one not in quiet]
        lines = [line for feed in told for line in feed.lines()]
        if quiet:
            feeds = "1 feed" if len(quiet) == 1 else f"{len(quiet)} feeds"
            lines.append(f"Families: {feeds} unchanged.")
        return [*lines, self.error] if self.error else lines

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "ok": self.ok,
            "error": self.error,
            "unfinished": self.unfinished,
            "feeds": [feed.to_json() for feed in self.feeds],
        }
