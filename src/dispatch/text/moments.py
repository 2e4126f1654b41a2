"""Moments as machines read them."""

from datetime import UTC, datetime


def iso(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601 UTC, to the second; None stays None."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()
    return f"{text}Z"
