"""See a storm coming: look at what a visit brought before anything of it is stored."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.actions.collection.intake import Arrival
from dispatch.actions.collection.shelf import Shelf
from dispatch.actions.collection.take_in import whose
from dispatch.collect import match, storm
from dispatch.collect.storm import Found, Judgement, Scene
from dispatch.model import Article, Collected, Harvest
from dispatch.store import Tx, articles, items

MOST_EXPECTED = 2000


@dataclass(frozen=True, slots=True)
class View:
    """What a look needs to know of a visit."""

    harvest: Harvest
    visit: match.Visit
    known: Collection[str]  # names that the source showed before
    last_success: datetime
    now: datetime


def look(tx: Tx, arrivals: Sequence[Arrival], view: View) -> Judgement:
    """Return what the strangers among the arrivals are. Reads only.

    Cheap on all but the rarest visits: fewer than five stories under names that were
    never seen are no storm.
    """
    fresh = sum(one.story.locator not in view.known for one in arrivals)
    if fresh < storm.FEWEST:
        return Judgement()
    shelf = Shelf(tx, view.visit.source, [one.story for one in arrivals])
    found = [_found(shelf, one, view.visit) for one in arrivals]
    if all(one.article is not None for one in found):
        return Judgement()
    expected, still = _expected(tx, view)
    by_id = {one.article.id for one in found if one.article and one.by_id}
    return storm.judge(
        Scene(
            found=found,
            total=len(view.harvest.found),
            expected=expected,
            still=frozenset(still | by_id),
            last_success=view.last_success,
            now=view.now,
            whole=_is_whole(view),
        )
    )


def _found(shelf: Shelf, arrival: Arrival, visit: match.Visit) -> Found:
    story = arrival.story
    article = whose(shelf, story, visit).article
    if article is None:
        return Found(story, None)
    owners = {key: one.article.id for key, one in shelf.by_keys(story).items()}
    item = shelf.item(story.locator)
    by_id = (item is not None and item.article == article.id) or any(
        owner == article.id and key.kind in match.STRONG
        for key, owner in owners.items()
    )
    same_file = article.source == visit.source and _is_file(story)
    return Found(story, article, by_id or same_file)


def _is_file(story: Collected) -> bool:
    """Whether it lies in a folder, where other names for equal words are usual."""
    return any(key.kind == "path" for key in story.aliases)


def _is_whole(view: View) -> bool:
    """Whether a visit lists what there is: a feed, but neither folder nor cursor."""
    return view.harvest.present is None and not view.harvest.cursor


def _expected(tx: Tx, view: View) -> tuple[list[Article], set[int]]:
    """Return the articles the source should show, and those it shows unchanged."""
    source = view.visit.source
    present = view.harvest.present
    if present is not None:
        known = [one for one in items.known(tx, source).values() if one.article]
        ids = {one.article for one in known if one.missing_since is None}
        still = {one.article for one in known if one.locator in present}
    else:
        count = min(len(view.harvest.found), MOST_EXPECTED)
        ids = set(items.newest(tx, source, count))
        shown = {one.locator for one in view.harvest.found}
        still = {
            one.article
            for one in items.some(tx, source, shown).values()
            if one.article is not None
        }
    found = articles.by_ids(tx, [one for one in ids if one is not None])
    kept = {one for one in still if one is not None}
    return list(found.values()), kept
