"""When an archive document of a feed is closed, and where it ends (RFC 5005).

The subscription document has the newest stories. What is older is archived by months
(UTC), each closed for good once all of it is older than what the subscription document
must show. Until then its stories stay in the subscription document, so that no story
is ever in neither; a busy feed closes parts of a month, so that it stays small.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import accumulate, takewhile

from dispatch.model import Article, Place

LARGEST = 1_000_000  # characters of stories in one document; more is a burden
WAITING = 300_000  # of them for stories that wait for their month to close
MOST_WAITING = 250
MOST_STORIES = 500  # in one document
AT_ONCE = MOST_STORIES + 1  # stories to look at, to know where a document ends
LEAST_STORIES = 10  # a window is not made shorter than this
FIELDS = 600  # characters that a story needs beside its text


def place(article: Article) -> Place:
    """Return where a story stands in the order of publication."""
    return Place(article.published_at, article.id)


def size(article: Article, *, brief: bool, longest: int) -> int:
    """Return about how many characters a story takes in a document."""
    content = article.content
    text = len(content.summary or content.deck) if brief else len(content.html)
    return FIELDS + min(text, longest)


def fitting(sizes: Iterable[int], most: int) -> int:
    """Return how many stories, in this order, fit into so many characters."""
    return sum(1 for _ in takewhile(lambda total: total <= most, accumulate(sizes)))


def end(stories: Sequence[Article], sizes: Sequence[int], shown: Place) -> Place | None:
    """Return where the next archive ends; None while there is none to close.

    `stories` are the oldest that no archive holds, oldest first, all before the place
    from which on all are `shown` anyway; AT_ONCE of them, if there are so many.
    """
    if not stories:
        return None
    after = _next_month(stories[0].published_at)
    month = [one for one in stories if place(one) < after]
    fit = max(1, min(MOST_STORIES, fitting(sizes[: len(month)], LARGEST)))
    if fit < len(month):
        return place(stories[fit])
    if after <= shown:
        return after
    heavy = sum(sizes[: len(month)]) > WAITING or len(month) > MOST_WAITING
    return shown if heavy else None


def name(first: Article, before: str) -> str:
    """Return what an archive is called that begins with this story.

    "2026-03", then "2026-03-2" for a second part of that month; `before` is the name
    of the archive before it.
    """
    month = f"{first.published_at.astimezone(UTC):%Y-%m}"
    if before[: len(month)] != month:
        return month
    part = int(before[len(month) + 1 :] or 1)
    return f"{month}-{part + 1}"


def _next_month(moment: datetime) -> Place:
    first = moment.astimezone(UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    year, month = divmod(first.year * 12 + first.month, 12)
    return Place(first.replace(year=year, month=month + 1))
