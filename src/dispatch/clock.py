"""The wall clock: the one file that reads it."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, as a `model.Clock`."""

    def now(self) -> datetime:
        """Return the current moment, in UTC and aware."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place
