"""Look at a feed before readers do: its items first, then each entry, then the head.

An item that will not do is set aside and named; the rest goes on. What is wrong
with a document as a whole raises PublishError, and the last good one stays.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from dispatch.errors import PublishError
from dispatch.model import FeedFormat, Problem
from dispatch.publish.channel import Channel
from dispatch.publish.items import Item
from dispatch.publish.outline import Line, Outline


def items(found: Iterable[Item]) -> tuple[tuple[Item, ...], tuple[Problem, ...]]:
    """Return the items that will do, in order, and why the others will not.

    Of two items with one id, that of the older article stays: readers know it.
    """
    everything = tuple(found)
    owners = _owners(everything)
    faults = {item.article: _fault(item, owners) for item in everything}
    return (
        tuple(item for item in everything if not faults[item.article]),
        tuple(
            problem(item, faults[item.article])
            for item in everything
            if faults[item.article]
        ),
    )


def problem(item: Item, what: str) -> Problem:
    """Name an item that is left out of a feed."""
    where = f"article {item.article}"
    return Problem(f"{where} ({item.title})" if item.title else where, what)


def head(outline: Outline, form: FeedFormat, channel: Channel) -> None:
    """Compare what a document says of itself with what it was made from.

    Raises PublishError for the first thing that a reader would stumble over.
    """
    graves = channel.withdrawn if form is FeedFormat.ATOM else ()
    older = dict(channel.neighbours(form)).get("prev-archive", "")
    for wrong, what in (
        (outline.title != channel.title, "has lost its title"),
        (outline.home != channel.home, "does not link to its page"),
        (outline.address != channel.address(form), "does not say where it lives"),
        (outline.home == outline.address, "names itself as its page"),
        (outline.hubs != channel.hubs, "has lost a hub"),
        (outline.older != older, "has lost its archive"),
        (outline.older == outline.address, "names itself as its archive"),
        (outline.deleted != tuple(g.atom_id for g in graves), "has lost a tombstone"),
    ):
        if wrong:
            raise PublishError(f"the {form} document {what}.")


def order(shown: Sequence[Item], form: FeedFormat) -> None:
    """Require the items newest first, each id once. Raises PublishError."""
    ids = {item.atom_id if form is FeedFormat.ATOM else item.id for item in shown}
    for wrong, what in (
        (any(a.published < b.published for a, b in pairwise(shown)), "newest first"),
        (len(ids) < len(shown), "of one entry for each id"),
    ):
        if wrong:
            raise PublishError(f"the {form} document is not {what}.")


def entries(lines: Sequence[Line], shown: Sequence[Item], form: FeedFormat) -> None:
    """Compare entries as a reader finds them with their items. Raises PublishError."""
    if len(lines) != len(shown):
        raise PublishError(f"the {form} document has lost an entry.")
    for line, item in zip(lines, shown, strict=True):
        if line != _expected(item, form):
            raise PublishError(f"the {form} document has article {item.article} wrong.")


def _owners(found: tuple[Item, ...]) -> dict[str, int]:
    owners: dict[str, int] = {}
    for item in found:
        for identity in (item.id, item.atom_id):
            owners[identity] = min(item.article, owners.get(identity, item.article))
    return owners


def _fault(item: Item, owners: dict[str, int]) -> str:
    """Say what is wrong with an item, or nothing."""
    if not item.title:
        return 'It has no headline. Give it one: dispatch article edit --headline "…".'
    if not item.id or not item.atom_id:
        return "It has no id: it was stored by something other than Dispatch."
    owner = min(owners[item.id], owners[item.atom_id])
    if owner != item.article:
        return f"Its id {item.id!r} belongs to article {owner} already."
    return ""


def _expected(item: Item, form: FeedFormat) -> Line:
    return Line(
        id=item.atom_id if form is FeedFormat.ATOM else item.id,
        title=item.title,
        url=item.url,
        html=item.html,
        published=item.published,
    )
