"""What the store knows of the stories of one unit, read at once and kept up to date.

A story costs a few questions to the database; for a unit of stories they are asked
together, and what the unit itself stores is remembered here for the stories after.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from dispatch.collect import identity, likeness
from dispatch.collect.likeness import Text
from dispatch.collect.match import Candidate
from dispatch.model import Alias, Article, Collected
from dispatch.store import Tx, aliases, articles, items, traces
from dispatch.store.items import Item


class Shelf:
    """The stored articles that one unit's stories may be, by key and by name."""

    def __init__(self, tx: Tx, source: str, stories: Sequence[Collected]) -> None:
        self._tx = tx
        self._source = source
        keys = {key for one in stories for key in one.aliases}
        near = {one for key in keys for one in _neighbours(key)}
        self._owners = aliases.owners(tx, keys | near)
        self._items = items.some(tx, source, (one.locator for one in stories))
        self._candidates: dict[int, Candidate] = {}
        self._words: dict[tuple[int, int], Text] = {}
        self._load({*self._owners.values(), *_articles(self._items)})
        self._leads: dict[int, frozenset[int]] = {}
        self._asked: set[int] = set()
        strangers = (one for one in stories if self._unknown(one))
        self.texts = {one.locator: likeness.text(one.content) for one in strangers}
        self._ask(t for text in self.texts.values() for t in likeness.traces(text))

    def item(self, locator: str) -> Item | None:
        """Return what the source last showed under a name."""
        return self._items.get(locator)

    def by_id(self, id: int) -> Candidate | None:  # noqa: A002 - as the store's
        """Return an article, or its heir when it was merged."""
        if id not in self._candidates:
            self._load({id})
        return self._candidates.get(id)

    def by_ids(self, ids: Collection[int]) -> dict[int, Candidate]:
        """Return those of these articles that there are, read together; heirs too."""
        self._load([one for one in ids if one not in self._candidates])
        found = (self._candidates.get(one) for one in ids)
        return {one.article.id: one for one in found if one is not None}

    def words(self, article: Article) -> Text:
        """Return what of an article is measured; each state of it is split once."""
        state = article.id, article.revision
        if state not in self._words:
            self._words[state] = likeness.text(article.content)
        return self._words[state]

    def by_keys(self, story: Collected) -> dict[Alias, Candidate]:
        """Return who owns each of a story's keys; a headline's day may be one off."""
        found = {}
        for key in story.aliases:
            owner = next(
                (
                    self._owners[one]
                    for one in (key, *_neighbours(key))
                    if one in self._owners
                ),
                None,
            )
            candidate = None if owner is None else self.by_id(owner)
            if candidate is not None:
                found[key] = candidate
        return found

    def led_to(self, marks: Collection[int]) -> dict[int, int]:
        """Return the articles that share traces, and how many each."""
        self._ask(marks)
        counted: dict[int, int] = {}
        for mark in marks:
            for one in self._leads.get(mark, ()):
                counted[one] = counted.get(one, 0) + 1
        return counted

    def took(
        self,
        id: int,  # noqa: A002
        story: Collected,
        taking: Collection[str],
    ) -> None:
        """Remember that an article was stored, or changed, and got a story's keys."""
        for key in story.aliases:
            if key.kind in taking or key not in self._owners:
                self._owners[key] = id
        self._candidates.pop(id, None)

    def left_traces(self, id: int, marks: Iterable[int]) -> None:  # noqa: A002
        """Remember the traces of an article that was stored."""
        for mark in marks:
            self._leads[mark] = self._leads.get(mark, frozenset()) | {id}

    def named(self, item: Item) -> None:
        """Remember what a name stands for now."""
        self._items[item.locator] = item
        if item.article is not None:
            self._candidates.pop(item.article, None)

    def _unknown(self, story: Collected) -> bool:
        return story.locator not in self._items and not any(
            key in self._owners for key in story.aliases
        )

    def _ask(self, marks: Iterable[int]) -> None:
        fresh = set(marks) - self._asked
        if fresh:
            self._asked |= fresh
            for mark, ids in traces.leads(self._tx, fresh).items():
                self._leads[mark] = self._leads.get(mark, frozenset()) | ids

    def _load(self, ids: Collection[int]) -> None:
        if not ids:
            return
        found = articles.by_ids(self._tx, ids)
        heirs = {one.merged_into for one in found.values()} - {None} - found.keys()
        found |= articles.by_ids(self._tx, (one for one in heirs if one is not None))
        keys = aliases.of_each(self._tx, found)
        names = items.names(self._tx, self._source, found)
        for one in ids:
            article = _heir(found, one)
            if article is not None:
                self._candidates[one] = Candidate(
                    article, keys[article.id], names[article.id]
                )


def _heir(found: Mapping[int, Article], id: int) -> Article | None:  # noqa: A002
    article = found.get(id)
    if article is not None and article.merged_into is not None:
        return found.get(article.merged_into)
    return article


def _neighbours(key: Alias) -> tuple[Alias, ...]:
    return identity.neighbours(key) if key.kind == "title" else ()


def _articles(known: Mapping[str, Item]) -> set[int]:
    return {one.article for one in known.values() if one.article is not None}
