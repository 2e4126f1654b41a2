"""Look at a feed before readers do: its items first, then every finished document.

An item that will not do is set aside and named; the rest goes on. What is wrong
with a document as a whole raises PublishError, and the last good one stays.
"""

from collections.abc import Iterable
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


def document(outline: Outline, form: FeedFormat, channel: Channel) -> None:
    """Compare what a document says with what it was made from.

    Raises PublishError for the first thing that a reader would stumble over.
    """
    shown = channel.standing if form is FeedFormat.ATOM else channel.items
    graves = channel.withdrawn if form is FeedFormat.ATOM else ()
    for wrong, what in (
        (outline.title != channel.title, "has lost its title"),
        (outline.home != channel.home, "does not link to its page"),
        (outline.address != channel.address(form), "does not say where it lives"),
        (outline.home == outline.address, "names itself as its page"),
        (outline.hubs != channel.hubs, "has lost a hub"),
        (_unordered(outline.lines), "is not newest first"),
        (_repeated(outline.lines), "has one id twice"),
        (len(outline.lines) != len(shown), "has lost an entry"),
        (outline.deleted != tuple(g.atom_id for g in graves), "has lost a tombstone"),
    ):
        if wrong:
            raise PublishError(f"the {form} document {what}.")
    for line, item in zip(outline.lines, shown, strict=True):
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


def _unordered(lines: tuple[Line, ...]) -> bool:
    return any(newer.published < older.published for newer, older in pairwise(lines))


def _repeated(lines: tuple[Line, ...]) -> bool:
    return len({line.id for line in lines}) < len(lines)


def _expected(item: Item, form: FeedFormat) -> Line:
    return Line(
        id=item.atom_id if form is FeedFormat.ATOM else item.id,
        title=item.title,
        url=item.url,
        html=item.html,
        published=item.published,
    )
