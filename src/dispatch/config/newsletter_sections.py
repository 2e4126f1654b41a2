"""What the [[newsletter.section]] tables of a newsletter must be."""

from collections.abc import Mapping, Sequence
from typing import Any

from dispatch.config.faults import UnfitError, duplicates

MOST = 200  # as max_articles


def check(values: Sequence[Any]) -> None:
    """Require a name of its own for each, and a limit that can be meant.

    `values` are settings, or tables where something else in the newsletter is wrong.
    """
    found = [*map(_fields, values)]
    for name, limit in found:
        if not name:
            raise UnfitError("one of them has no name.", 'Add a line name = "…".')
        if isinstance(limit, int) and not 0 <= limit <= MOST:
            said = f"{name}: limit = {limit} is not between 0 and {MOST}."
            raise UnfitError(said, "Leave it out for no limit of its own.")
    for twice in duplicates(name for name, _limit in found):
        raise UnfitError(f"{twice} is there twice.", "Take one of them out.")


def _fields(one: Any) -> tuple[str, Any]:
    if isinstance(one, Mapping):
        return str(one.get("name") or ""), one.get("limit")
    return one.name, one.limit
