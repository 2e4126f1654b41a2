"""Is this news, or the same stories under other names? Judge a visit's strangers.

Pure. A site that moves, is rebuilt or changes its system shows every story again
under another id; keys, links and words recognise nearly all of them. When more than
half of the items that should be known (and at least five) are not known by their id,
that is a storm: what can be paired with a story that went is paired, by its headline,
the tail of its address, or its words. If nothing is left, the visit goes on as any
other. What is left waits for an operator, unless it is plain news: dated after the
last good visit, by a source whose dates have not changed.

A source that comes back after a long time with many honest stories is no storm: they
are all dated after the last good visit. Nor is one that shows more of its archive
than before: what is known is still there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from dispatch.collect import likeness
from dispatch.collect.likeness import Text, Verdict
from dispatch.model import Article, Collected
from dispatch.text import fingerprints

FEWEST = 5
SAME_DATE = timedelta(hours=1)
LATELY = timedelta(days=1)  # a source without dates was visited, and all is new
MOST_COMPARED = 8  # stories that share a sentence with a stranger
SHORTEST_SLUG = 6


@dataclass(frozen=True, slots=True)
class Found:
    """An item of the visit; the article it is by its keys, and whether by its id."""

    story: Collected
    article: Article | None
    by_id: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What the visit found, and what it should have shown.

    `expected` are the articles that the source showed last, as far as that is known;
    `still` those of them that it shows under the same id. `whole` means that a visit
    lists them (a feed): what is not shown there is gone.
    """

    found: Sequence[Found]
    total: int
    expected: Sequence[Article]
    still: frozenset[int]
    last_success: datetime
    now: datetime
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """Who the strangers are, and whether what is left must wait, with the reason."""

    pairs: Mapping[str, int] = field(default_factory=dict)
    why: str = ""

    @property
    def storm(self) -> bool:
        """Whether the source is to be held."""
        return bool(self.why)


def judge(scene: Scene) -> Judgement:
    """Return what to make of a visit."""
    strangers = [one.story for one in scene.found if one.article is None]
    moved = [one for one in scene.found if one.article is not None and not one.by_id]
    vanished = [one for one in scene.expected if one.id not in scene.still]
    if not strangers or not _gone(scene, vanished):
        return Judgement()
    recognised = {one.article.id for one in moved if one.article is not None}
    pairs = _pairs(strangers, [one for one in vanished if one.id not in recognised])
    left = [one for one in strangers if one.locator not in pairs]
    doubtful = [one for one in left if scene.whole and _should_be_known(one, scene)]
    changed = len(moved) + len(pairs) + len(doubtful)
    honest = len(left) - len(doubtful)
    if changed < FEWEST or 2 * changed <= scene.total - honest:
        return Judgement()
    if not left or (not doubtful and _dates_kept(scene, moved, pairs)):
        return Judgement(pairs)
    return Judgement(
        pairs,
        f"{changed} of {scene.total} changed id; {len(moved) + len(pairs)} paired; "
        f"{len(left)} new.",
    )


def _gone(scene: Scene, vanished: Sequence[Article]) -> bool:
    """Whether most of what the source showed is not there under its id any more."""
    if not scene.whole:
        return True  # a visit that lists only changes tells nothing of the others
    return len(vanished) >= FEWEST and 2 * len(vanished) > len(scene.expected)


def _should_be_known(story: Collected, scene: Scene) -> bool:
    """Whether it must have been there at the last visit."""
    if story.published_at is None:
        return scene.now - scene.last_success <= LATELY
    return story.published_at < scene.last_success - SAME_DATE


def _dates_kept(scene: Scene, moved: Sequence[Found], pairs: Mapping[str, int]) -> bool:
    """Whether those that were recognised are dated as before."""
    known = {one.id: one for one in scene.expected}
    by_pair = [
        (one.story, known[pairs[one.story.locator]])
        for one in scene.found
        if one.story.locator in pairs
    ]
    by_key = [(one.story, one.article) for one in moved if one.article is not None]
    both = [*by_pair, *by_key]
    kept = sum(
        story.published_at is not None
        and abs(story.published_at - article.published_at) <= SAME_DATE
        for story, article in both
    )
    return bool(both) and 2 * kept > len(both)


def _pairs(
    strangers: Sequence[Collected], vanished: Sequence[Article]
) -> dict[str, int]:
    """Pair each stranger with a story that went; no story twice."""
    free = {one.id: one for one in vanished}
    texts = {one.id: likeness.text(one.content) for one in vanished}
    index = _Index(vanished, texts)
    pairs: dict[str, int] = {}
    for story in strangers:
        text = likeness.text(story.content)
        found = next(
            (
                number
                for number in index.leads(story, text)
                if number in free and _same(text, texts[number])
            ),
            None,
        )
        if found is not None:
            del free[found]
            pairs[story.locator] = found
    return pairs


def _same(text: Text, other: Text) -> bool:
    """Whether a lead is borne out by the words; short texts must be the same."""
    if likeness.agree(text, other):
        return True
    return likeness.compare(text, other).verdict is Verdict.SAME


class _Index:
    """The stories that went, by headline, by the tail of their address, by sentence."""

    def __init__(self, vanished: Sequence[Article], texts: Mapping[int, Text]) -> None:
        self._by_mark: dict[str, list[int]] = {}
        for one in vanished:
            text = texts[one.id]
            for mark in _marks(one.content.headline, one.content.url, text):
                self._by_mark.setdefault(mark, []).append(one.id)

    def leads(self, story: Collected, text: Text) -> list[int]:
        """Return the most promising articles, those with most in common first."""
        counted: dict[int, int] = {}
        for mark in _marks(story.content.headline, story.content.url, text):
            for number in self._by_mark.get(mark, ()):
                counted[number] = counted.get(number, 0) + 1
        return sorted(counted, key=lambda n: (-counted[n], n))[:MOST_COMPARED]


def _marks(headline: str, url: str, text: Text) -> set[str]:
    title = " ".join(fingerprints.words(headline))
    slug = urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()
    return {
        *(f"= {one}" for one in text.sentences),
        *([f"t {title}"] if title else []),
        *([f"/ {slug}"] if len(slug) >= SHORTEST_SLUG else []),
    }
