"""How alike two texts are: whether a copy-edited story is the one we have.

Measured in whole sentences, weighted by their length. A sentence is found again if
it is there word for word, or nearly so with the same numbers and days. False
positives are not acceptable, and most of what newsrooms print daily (police logs,
weather, calendars, meeting notices) repeats itself around other numbers and days:

-   texts of fewer than 48 words and 200 characters are never taken for each other;
-   numbers and days on both sides that the other side does not have speak against;
-   a short headline that is the same (“Police log”) names a column, not a story;
-   sentences that other stories have too count for nothing;
-   the first third must agree as well: what repeats stands at the end.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from rapidfuzz import fuzz, process

from dispatch.model import Content
from dispatch.text import fingerprints, plain

SAME = 0.8
MAYBE = 0.5
HEAD = 0.4  # of the first third, for SAME
RECURRING = 0.95
NEARLY = 88  # of 100: a sentence with a word or two changed
FEWEST_WORDS = 48
FEWEST_CHARACTERS = 200
SENTENCE = 20  # characters; shorter ones are everybody's
MOST_SENTENCES = 400
MOST_COMPARED = 80  # sentences of either side that are compared one by one
TRACES = 6
COLUMN_WORDS = 3  # a headline that short is a column's
CUT = 5  # words at the end of a teaser: "… Read more on our site"
AGREEING = 0.8  # of numbers and days

BLOCK_END = re.compile(
    r"</(?:p|div|li|h[1-6]|blockquote|figcaption|td|tr|pre)>|<br\s*/?>", re.IGNORECASE
)
STOP = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[\u3002\uff01\uff1f])|\n+")
DAYS = plain.lexicon(
    "monday tuesday wednesday thursday friday saturday sunday today tomorrow january "
    "february march april may june july august september october november december "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag lunes martes "
    "miércoles jueves viernes sábado domingo lundi mardi mercredi jeudi vendredi "
    "samedi dimanche"
)


class Verdict(Enum):
    """What the measure says: one story, perhaps one, two."""

    SAME = auto()
    MAYBE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Likeness:
    """The verdict, and the share of both texts that is found in the other."""

    overlap: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Text:
    """A story as it is measured: its headline's words, and its sentences in order."""

    headline: tuple[str, ...]
    sentences: tuple[str, ...]
    count: int  # of words
    telling: frozenset[str]  # numbers and days

    @property
    def size(self) -> int:
        """Characters of all sentences."""
        return sum(map(len, self.sentences))

    @property
    def long_enough(self) -> bool:
        """Whether it says enough to be compared at all."""
        return self.count >= FEWEST_WORDS or self.size >= FEWEST_CHARACTERS


def text(content: Content) -> Text:
    """Return what of a story is measured."""
    found = [fingerprints.words(one) for one in _split(content.html)]
    words = [word for sentence in found for word in sentence]
    return Text(
        tuple(fingerprints.words(content.headline)),
        tuple(" ".join(sentence) for sentence in found if sentence),
        len(words),
        _telling(words),
    )


def traces(measured: Text) -> tuple[int, ...]:
    """Return a few numbers of which two like texts have at least one in common.

    They are the lowest hashes of its sentences: chosen by chance, but alike in both.
    """
    if not measured.long_enough:
        return ()
    hashes = {_hash(one) for one in measured.sentences if len(one) >= SENTENCE}
    return tuple(sorted(hashes)[:TRACES])


def common(others: Sequence[Text]) -> frozenset[str]:
    """Return the sentences that at least two of these stories have."""
    counted = Counter(one for other in others for one in set(other.sentences))
    return frozenset(one for one, times in counted.items() if times > 1)


def compare(one: Text, two: Text, boilerplate: Collection[str] = ()) -> Likeness:
    """Return how alike two stories are. Sentences that are `boilerplate` count not."""
    mine = [s for s in one.sentences if s not in boilerplate]
    theirs = [s for s in two.sentences if s not in boilerplate]
    if not (one.long_enough and two.long_enough and mine and theirs):
        return Likeness(0.0, Verdict.OTHER)
    here, there = _shared(mine, theirs)
    overlap = (_weight(mine, here) + _weight(theirs, there)) / (
        _weight(mine) + _weight(theirs)
    )
    if overlap < MAYBE or _another(one, two, overlap):
        return Likeness(overlap, Verdict.OTHER)
    sure = (
        overlap >= SAME
        and not _contradict(one.telling, two.telling)
        and min(_head(mine, here), _head(theirs, there)) >= HEAD
    )
    return Likeness(overlap, Verdict.SAME if sure else Verdict.MAYBE)


def agree(one: Text, two: Text) -> bool:
    """Whether the words bear witness to a weak key: one text, or the start of it.

    The longer one is cut to the length of the other when it is half as long again:
    feeds come with a teaser one day and whole the next.
    """
    mine, theirs = sorted((_words(one), _words(two)), key=len)
    if len(mine) < FEWEST_WORDS:
        return mine == theirs and bool(mine)
    if len(theirs) > 1.5 * len(mine):
        theirs = theirs[: len(mine)]
    if _contradict(_telling(mine), _telling(theirs)) or _other_day(one, two):
        return False
    if _column(one, two):  # "Menu": only the cut end of a teaser may differ
        return mine[:-CUT] == theirs[: len(mine) - CUT]
    return fuzz.ratio(mine, theirs, score_cutoff=100 * SAME) > 0


def _another(one: Text, two: Text, overlap: float) -> bool:
    """Whether it is a column's next piece, however much of it is the same."""
    if _column(one, two):
        unlike = one.telling != two.telling or overlap < RECURRING
        return unlike and one.sentences != two.sentences
    if _other_day(one, two):
        return True
    only_mine, only_theirs = one.telling - two.telling, two.telling - one.telling
    few = min(len(only_mine), len(only_theirs)) <= 1
    return not few and _contradict(one.telling, two.telling)


def _column(one: Text, two: Text) -> bool:
    """Whether they share a headline that may stand over something new each day."""
    return one.headline == two.headline and len(one.headline) <= COLUMN_WORDS


def _other_day(one: Text, two: Text) -> bool:
    """Whether their headlines name other numbers or days."""
    mine, theirs = _telling(one.headline), _telling(two.headline)
    return bool(mine - theirs and theirs - mine)


def _contradict(one: frozenset[str], two: frozenset[str]) -> bool:
    """Whether each names numbers and days that the other does not, and not just few."""
    if not (one - two and two - one):
        return False
    return 2 * len(one & two) < AGREEING * (len(one) + len(two))


def _shared(mine: Sequence[str], theirs: Sequence[str]) -> tuple[set[int], set[int]]:
    """Return which sentences of either side are found in the other, by place."""
    here, there = _equal(mine, theirs)
    left = [i for i in range(len(mine)) if i not in here][:MOST_COMPARED]
    right = {i: theirs[i] for i in range(len(theirs)) if i not in there}
    right = dict(list(right.items())[:MOST_COMPARED])
    for i in left:
        found = process.extractOne(
            mine[i], right, scorer=fuzz.ratio, score_cutoff=NEARLY
        )
        if found is not None and _same_facts(mine[i], found[0]):
            here.add(i)
            there.add(found[2])
            del right[found[2]]
    return here, there


def _equal(mine: Sequence[str], theirs: Sequence[str]) -> tuple[set[int], set[int]]:
    places: dict[str, list[int]] = {}
    for i, sentence in enumerate(theirs):
        places.setdefault(sentence, []).append(i)
    here, there = set(), set()
    for i, sentence in enumerate(mine):
        if places.get(sentence):
            here.add(i)
            there.add(places[sentence].pop(0))
    return here, there


def _same_facts(one: str, two: str) -> bool:
    return _telling(one.split()) == _telling(two.split())


def _head(sentences: Sequence[str], found: set[int]) -> float:
    """Return the share that was found of the first third, to the end of a sentence."""
    wanted, seen, here = _weight(sentences) / 3, 0, 0
    for i, sentence in enumerate(sentences):
        seen += len(sentence)
        here += len(sentence) if i in found else 0
        if seen >= wanted:
            break
    return here / seen


def _weight(sentences: Sequence[str], of: Collection[int] | None = None) -> int:
    return sum(len(s) for i, s in enumerate(sentences) if of is None or i in of)


def _words(measured: Text) -> list[str]:
    return [word for sentence in measured.sentences for word in sentence.split()]


def _telling(words: Collection[str]) -> frozenset[str]:
    return frozenset(
        word
        for word in set(words)
        if word in DAYS or (not word.isalpha() and any(map(str.isdigit, word)))
    )


def _split(html: str) -> list[str]:
    lines = fingerprints.TAG.sub(" ", BLOCK_END.sub("\n", html))
    return [one for one in STOP.split(lines) if one.strip()][:MOST_SENTENCES]


def _hash(sentence: str) -> int:
    digest = hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") >> 1  # fits a signed 64-bit column
