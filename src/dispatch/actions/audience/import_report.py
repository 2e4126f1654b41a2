"""What an import did, in numbers, and which rows it could not use."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.model import Problem
from dispatch.subscribe.importer import Refused

MOST_NAMED = 10_000


class Fate(StrEnum):
    """What becomes of one row."""

    NEW = "new"
    ASKED = "asked"
    ALREADY = "already"
    LEFT = "left"
    SUPPRESSED = "suppressed"
    ENOUGH = "enough"
    OPTED_OUT = "opted_out"
    KNOWN_OPT_OUT = "known_opt_out"
    KEPT = "kept"
    REFUSED = "refused"


WORDS = {
    Fate.NEW: "new",
    Fate.ASKED: "asked to confirm",
    Fate.ALREADY: "known already",
    Fate.LEFT: "unsubscribed here, left alone",
    Fate.SUPPRESSED: "suppressed, left alone",
    Fate.ENOUGH: "had enough mail today, import again tomorrow",
    Fate.OPTED_OUT: "opted out, recorded",
    Fate.KNOWN_OPT_OUT: "opted out, known already",
    Fate.KEPT: "confirmed here after they had left there, kept",
    Fate.REFUSED: "refused",
}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import; `refused` names every row that could not be used."""

    file: str
    newsletter: str
    dry_run: bool
    counts: dict[Fate, int]
    refused: tuple[Problem, ...] = ()  # the first 10,000

    @property
    def ok(self) -> bool:
        """Whether the file was of any use: all its rows refused is a failure."""
        return not self.counts[Fate.REFUSED] or any(
            count for fate, count in self.counts.items() if fate is not Fate.REFUSED
        )

    def lines(self) -> list[str]:
        """Say it in sentences, without an address."""
        counted = [f"{n} {WORDS[fate]}" for fate, n in self.counts.items() if n]
        more = self.counts[Fate.REFUSED] - len(self.refused)
        return [
            *(["Nothing was changed: this was a dry run."] if self.dry_run else []),
            f"{self.file}, {self.newsletter}: {'; '.join(counted) or 'no rows'}.",
            *(f"{one.where}: {one.what}." for one in self.refused),
            *([f"… and {more} more rows were refused."] if more else []),
        ]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "file": self.file,
            "newsletter": self.newsletter,
            "dry_run": self.dry_run,
            **{str(fate): count for fate, count in self.counts.items()},
            "refused_rows": [
                {"where": one.where, "reason": one.what} for one in self.refused
            ],
        }


@dataclass(slots=True)
class Tally:
    """Counts while an import runs."""

    counts: Counter[Fate] = field(default_factory=Counter)
    refused: list[Problem] = field(default_factory=list)

    def refuse(self, row: Refused) -> None:
        """Count a row that cannot be used, and remember where it was."""
        self.counts[Fate.REFUSED] += 1
        if len(self.refused) < MOST_NAMED:
            self.refused.append(Problem(f"{row.file}, line {row.line}", row.reason))

    def report(self, file: str, newsletter: str, *, dry_run: bool) -> ImportReport:
        """Return what was counted."""
        counts = {fate: self.counts[fate] for fate in Fate}
        return ImportReport(file, newsletter, dry_run, counts, tuple(self.refused))
