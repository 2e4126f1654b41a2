"""The subject line: the lead story's headline, then the newsletter's title."""

from collections.abc import Sequence

from dispatch.compose import pick
from dispatch.model import Article
from dispatch.text import plain

VISIBLE = 70  # what mail programs show of a subject, at best


def line(title: str, stories: Sequence[Article]) -> str:
    """Return the subject of an issue of `stories`, in the order they are shown.

    A generated headline never stands here while another story has a real one.
    """
    headlines = [one.content.headline for one in stories if not pick.generated(one)]
    headlines += [one.content.headline for one in stories if pick.generated(one)]
    title = plain.squash(title)
    headline = next(filter(None, map(plain.squash, headlines)), "")
    if not headline:
        return plain.excerpt(title, VISIBLE)
    whole = f"{headline} — {title}" if title else headline
    return whole if len(whole) <= VISIBLE else plain.excerpt(headline, VISIBLE)
