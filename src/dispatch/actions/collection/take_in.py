"""Take collected stories into the store: whose each is, what changed, writing it down.

Runs inside a write unit, so that two visits never store one story twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.actions.collection import editing, twin_search
from dispatch.actions.collection.intake import Arrival, Fate, Intake, Taken
from dispatch.actions.collection.shelf import Shelf
from dispatch.actions.collection.twin_search import Seeker, Twin
from dispatch.collect import decide, likeness, match
from dispatch.collect.likeness import Verdict
from dispatch.collect.match import Match
from dispatch.model import Article, Collected, Hold, PubStatus
from dispatch.store import (
    Tx,
    aliases,
    also_in,
    items,
    parked,
    pictures,
    questions,
    revisions,
    traces,
)
from dispatch.store.items import Item

MOVING = frozenset({"path", "body"})  # keys that name whoever bears them now
REUSED = MOVING | {"guid", "tail"}  # of a guid that another story had


def take_in(tx: Tx, arrivals: Sequence[Arrival], intake: Intake) -> list[Taken]:
    """Store stories in order; return what became of each."""
    if not arrivals:
        return []
    source = intake.visit.source
    shelf = Shelf(tx, source, [one.story for one in arrivals])
    return [_Unit(tx, shelf, intake, one).take() for one in arrivals]


def whose(shelf: Shelf, story: Collected, visit: match.Visit) -> Match:
    """Return whose story it is by its keys and its name."""
    item = shelf.item(story.locator)
    last = None if item is None or item.article is None else shelf.by_id(item.article)
    return match.find(
        story,
        shelf.by_keys(story),
        last,
        visit,
        missing=item is not None and item.missing_since is not None,
    )


@dataclass(frozen=True, slots=True)
class _Unit:
    """One story on its way into the store."""

    tx: Tx
    shelf: Shelf
    intake: Intake
    arrival: Arrival

    @property
    def story(self) -> Collected:
        return self.arrival.story

    @property
    def source(self) -> str:
        return self.intake.visit.source

    def take(self) -> Taken:
        """Store the story; return what became of it."""
        found = self._paired(whose(self.shelf, self.story, self.intake.visit))
        unknown = found.article is None and self.story.status is PubStatus.USABLE
        twin = self._twin() if unknown else None
        if twin is not None and twin.likeness.verdict is Verdict.SAME:
            found = match.owned(twin.candidate, self.intake.visit)
            twin = None
        if found.article is None and self.intake.parking:
            return self._park()
        if found.article is not None and not self._may_change(found):
            return self._copy(found.article)
        return self._store(found, twin)

    def _may_change(self, found: Match) -> bool:
        """Whether the article follows this sighting; no draft takes over a story."""
        article = found.article
        if article is None or not found.own:
            return False
        here = article.source == self.source
        orphan = article.source not in self.intake.visit.sources
        return here or orphan or self.story.status is PubStatus.USABLE

    def _paired(self, found: Match) -> Match:
        """Return what a storm found out of a story that its keys do not know."""
        paired = self.intake.pairs.get(self.story.locator)
        if found.article is not None or paired is None:
            return found
        candidate = self.shelf.by_id(paired)
        return found if candidate is None else match.owned(candidate, self.intake.visit)

    def _twin(self) -> Twin | None:
        text = self.shelf.texts.get(self.story.locator)
        seeker = Seeker(
            self.story,
            text or likeness.text(self.story.content),
            self.story.published_at or self.arrival.undated,
            self.intake.now,
            self.intake.baseline,
        )
        return twin_search.find(self.shelf, seeker, self.intake.visit)

    def _park(self) -> Taken:
        parked.put(
            self.tx,
            self.source,
            replace(self.story, published_at=self._published()),
            self.arrival.stamp,
            now=self.intake.now,
        )
        return Taken(self.story.locator, Fate.PARKED)

    def _copy(self, article: Article) -> Taken:
        """Remember where else a story is; its words are another's to change."""
        if article.source != self.source:
            self._name(article.id, frozenset())
            url = self.story.content.url
            locator, now = self.story.locator, self.intake.now
            also_in.put(self.tx, article.id, self.source, locator, url, now=now)
        self._record(article.id)
        return Taken(self.story.locator, Fate.COPY, article.content.headline)

    def _store(self, found: Match, twin: Twin | None) -> Taken:
        intake, story = self.intake, self.story
        if found.article is not None:
            editing.observe(self.tx, found.article, story)
        else:
            story = replace(story, published_at=self._published())
        intent = decide.decide(
            story,
            found.article,
            intake.terms,
            now=intake.now,
            tag_id=revisions.mint_tag_id(
                intake.authority, now=intake.now, random=self.arrival.random
            ),
            baseline=intake.baseline or self._is_old(),
            in_question=twin is not None or self._asked_about(found.article),
        )
        id_, fate = self._carry_out(intent, found, twin)
        if id_ is not None:
            self._name(id_, REUSED if found.reused else MOVING)
        self._record(id_)
        return Taken(story.locator, fate)

    def _asked_about(self, article: Article | None) -> bool:
        """Whether it stays held for a question when its source releases it."""
        if article is None or not article.held:
            return False
        return article.held == Hold.TWIN or bool(
            questions.waiting(self.tx, questions.TWIN, article.id)
        )

    def _carry_out(
        self,
        intent: decide.New | decide.Changed | decide.Same | decide.Draft,
        found: Match,
        twin: Twin | None,
    ) -> tuple[int | None, Fate]:
        """Write an intent down; return the article's id."""
        match intent:
            case decide.New(article):
                stored = self._add(article)
                if twin is not None:
                    self._ask(stored, twin)
                return stored.id, Fate.NEW
            case decide.Changed(article, significant):
                self._change(article, found, significant=significant)
                return article.id, Fate.CHANGED
            case decide.Same():
                return found.article.id if found.article else None, Fate.UNCHANGED
            case decide.Draft():
                return None, Fate.DRAFT

    def _add(self, article: Article) -> Article:
        pictures.put(self.tx, self.story.media)
        stored = revisions.add(self.tx, article, self.story.findings)
        if twin_search.leaves_traces(article.published_at, self.intake.now):
            text = self.shelf.texts.get(self.story.locator)
            marks = likeness.traces(text or likeness.text(article.content))
            traces.add(self.tx, stored.id, marks)
            self.shelf.left_traces(stored.id, marks)
        return stored

    def _change(self, article: Article, found: Match, *, significant: bool) -> None:
        now = self.intake.now
        pictures.put(self.tx, self.story.media)
        stored = revisions.change(
            self.tx,
            article,
            self.story.findings,
            now=now,
            reason="changed" if significant else "changed in details",
        )
        before = found.article
        if before is not None:
            editing.follow(self.tx, before, stored, now=now)
            if before.source != stored.source:
                self._took_over(before)
        if significant and twin_search.leaves_traces(article.published_at, now):
            marks = likeness.traces(likeness.text(article.content))
            traces.put(self.tx, article.id, marks)
            self.shelf.left_traces(article.id, marks)

    def _took_over(self, before: Article) -> None:
        """Remember that the source it was taken from has the story too."""
        now = self.intake.now
        for name in items.locators(self.tx, before.source, before.id):
            also_in.put(
                self.tx, before.id, before.source, name, before.content.url, now=now
            )

    def _ask(self, stored: Article, twin: Twin) -> None:
        other = twin.candidate.article
        questions.ask(
            self.tx,
            kind=questions.TWIN,
            article=stored.id,
            other=other.id,
            source=self.source,
            detail=f"“{stored.content.headline}” may be “{other.content.headline}” "
            f"({twin.likeness.overlap:.0%} of both texts are the same).",
            now=self.intake.now,
        )

    def _name(self, id_: int, taking: frozenset[str]) -> None:
        aliases.add(
            self.tx, id_, self.story.aliases, now=self.intake.now, taking=taking
        )
        self.shelf.took(id_, self.story, taking)

    def _record(self, id_: int | None) -> None:
        locator, stamp = self.story.locator, self.arrival.stamp
        items.record(
            self.tx,
            self.source,
            locator,
            stamp=stamp,
            article=id_,
            now=self.intake.now,
        )
        self.shelf.named(Item(locator, stamp, id_, None))

    def _published(self) -> datetime:
        return self.story.published_at or self.arrival.undated

    def _is_old(self) -> bool:
        """Whether it only came to light because newer items went (feeds)."""
        published, before = self.story.published_at, self.intake.old_before
        return before is not None and published is not None and published < before
