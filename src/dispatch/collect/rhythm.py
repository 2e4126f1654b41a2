"""Learn from a source's stories when it publishes, and how long one may wait.

A newsroom publishes in bursts: forty stories a week are ten an evening and none at
night. So the wait is not an even share of the week. It is the time in which a tenth
of a story is to be expected, counted hour by hour along the newsroom's usual day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=4)
LOOK_BACK = timedelta(days=28)
WEEK = timedelta(days=7)
EXPECTED = 0.1  # of a story, at each visit
EVEN = 0.2  # of the stories may come at any hour: no habit is a law
HOURS = 24
HOUR = timedelta(hours=1)
NEIGHBOURS = ((-1, 0.25), (0, 0.5), (1, 0.25))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How many stories a week, and how many at each hour (UTC) of the last 28 days."""

    weekly: int = 0
    hours: tuple[int, ...] = ()

    @classmethod
    def of(cls, moments: Sequence[datetime], *, now: datetime) -> "Rhythm":
        """Learn it from when stories were published; what is older does not count."""
        recent = [one for one in moments if now - LOOK_BACK < one <= now]
        hours = [0] * HOURS
        for one in recent:
            hours[one.astimezone(UTC).hour] += 1
        return cls(sum(now - one < WEEK for one in recent), tuple(hours))

    @classmethod
    def parse(cls, text: str) -> "Rhythm | None":
        """Read what `str()` wrote; None for an empty text."""
        numbers = tuple(int(part) for part in text.split())
        return cls(numbers[0], numbers[1:]) if numbers else None

    def __str__(self) -> str:
        return " ".join(map(str, (self.weekly, *self.hours)))

    def wait(self, now: datetime) -> timedelta:
        """Return how long nothing much is to be expected: 5 minutes to 4 hours."""
        left, waited = EXPECTED, timedelta(0)
        moment = now.astimezone(UTC)
        while waited < LONGEST:
            rest = HOUR - timedelta(minutes=moment.minute, seconds=moment.second)
            coming = self._an_hour(moment.hour) * (rest / HOUR)
            if coming >= left:
                waited += rest * (left / coming)
                break
            left -= coming
            waited += rest
            moment += rest
        return min(max(waited, SHORTEST), LONGEST)

    def words(self) -> str:
        """Say how much it publishes."""
        if not self.weekly:
            return "it has published nothing for a week"
        noun = "story" if self.weekly == 1 else "stories"
        return f"it publishes about {self.weekly} {noun} a week"

    def _an_hour(self, hour: int) -> float:
        """Return how many stories are to be expected in this hour of the day."""
        daily = self.weekly / 7
        total = sum(self.hours)
        if not total:
            return daily / HOURS
        here = sum(
            self.hours[(hour + step) % HOURS] * weight for step, weight in NEIGHBOURS
        )
        return daily * (EVEN / HOURS + (1 - EVEN) * here / total)
