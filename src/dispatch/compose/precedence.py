"""Which issues are planned first: those that others look at, by `not_if_in`."""

from collections.abc import Iterable, Mapping

from dispatch.model import Issue, NewsletterSettings


def in_order(
    waiting: Iterable[Issue], configured: Mapping[str, NewsletterSettings]
) -> list[Issue]:
    """Order issues so that one finds planned what it looks at.

    Of two newsletters that look at each other, the first by slot comes first.
    """
    seen = {name: len(_looked_at(name, configured)) for name in configured}
    return sorted(waiting, key=lambda one: seen.get(one.newsletter, 0))


def _looked_at(name: str, configured: Mapping[str, NewsletterSettings]) -> set[str]:
    """Return the newsletters that one looks at, and those that these look at."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        newsletter = configured.get(waiting.pop())
        fresh = set(newsletter.not_if_in) - found if newsletter else set()
        found |= fresh
        waiting += fresh
    return found
