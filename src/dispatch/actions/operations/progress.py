"""How far an issue has come, for a terminal and for the desk: the same numbers."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from dispatch.errors import UsageError
from dispatch.model import Issue, IssueState, Tally
from dispatch.store import Store, issues, progress, tallies
from dispatch.store.progress import Speed
from dispatch.text.moments import iso

MOVING = frozenset({IssueState.PLANNED, IssueState.SENDING})
LONGEST = timedelta(days=31)  # an estimate beyond it is none


@dataclass(frozen=True, slots=True)
class Progress:
    """An issue's books and speed at one moment."""

    issue: Issue
    tally: Tally
    speed: Speed
    at: datetime

    @property
    def moving(self) -> bool:
        """Whether something will still happen by itself."""
        return self.issue.state in MOVING

    @property
    def to_send(self) -> int:
        """How many are to be sent, as far as anybody knows."""
        return self.tally.open - self.tally.unknown

    @property
    def done_at(self) -> datetime | None:
        """When it will be done at this speed; None when that cannot be told."""
        if not self.moving or self.issue.canary or self.speed.per_second <= 0:
            return None
        left = timedelta(seconds=self.to_send / self.speed.per_second)
        return self.at + left if left < LONGEST else None

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "issue": self.issue.id,
            "state": self.issue.state.value,
            **asdict(self.tally),
            "gap": self.tally.gap,
            "to_send": self.to_send,
            "per_second": round(self.speed.per_second, 1),
            "done_at": iso(self.done_at),
            "leaves_at": iso(self.issue.leaves_at),
            "canary": self.issue.canary,
            "at": iso(self.at),
        }


def look(store: Store, issue: str) -> Progress:
    """Return how far an issue has come. Raises UsageError when there is none."""
    with store.read() as tx:
        found = issues.by_id(tx, issue)
        if found is None:
            raise UsageError(f"There is no issue {issue!r}.")
        return Progress(
            issue=found,
            tally=tallies.of_issue(tx, issue),
            speed=progress.speed(tx, issue),
            at=tx.now(),
        )


def under_way(store: Store) -> tuple[str, ...]:
    """Return the issues that are being sent."""
    with store.read() as tx:
        return tuple(one.id for one in issues.in_state(tx, IssueState.SENDING))
