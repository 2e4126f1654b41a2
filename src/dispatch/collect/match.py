"""Whose story is it? Find the stored article that a collected one is.

Pure: what was found, and the stored articles that share a key with it, in; the
article it is, or none, out. The rules, first that fits:

1.  A file whose words are exactly another article's, whose own file is gone or
    holds other words now, is that article under a new name: a file was renamed
    over another, or two were swapped.
2.  id, guid, post and path name the article. But a path that was empty at the last
    visit names its old article only if that has no other file and both agree (rule
    4): tomorrow's today.txt is another story. Two different ids are never one story.
    A guid is used again for another story when nothing else is as it was: other
    headline, other words, another page, another date.
3.  What this source showed under this name last, with the same reservations: a copy
    that was rewritten has become a story of its own. Where the name is a guid that
    does not count on this visit, it needs a witness (rule 4).
4.  tail and url need a second witness: the same headline, the same words, or for
    the most part the same words. Many items of a feed may link to one page. title,
    a headline on its day, needs the same words, or the start of them.
5.  The same words, in one source: the article has a new name, if its old one is
    gone (a feed's text must be long enough, or the headline the same). If the old
    one is still there, this is a copy and no second article.
6.  The same words in another source: one story in two places, if long enough.

A sighting that is not `own` (a copy, or another source's story) is remembered but
changes nothing. The first source keeps the story, unless another has a higher
priority: so two never take turns in overwriting each other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from dispatch.collect import identity, likeness
from dispatch.model import Alias, Article, Collected
from dispatch.text import fingerprints

STRONG = ("id", "guid", "post", "path")
WITNESSED = ("tail", "url", "title")
SAME_DATE = timedelta(minutes=1)
OVERLAP = 0.5  # shared words ÷ all words, from which texts agree
TEASER = 1.5  # times as long: then only the start of it is compared
USUAL = 10  # the priority of a source that names none
FEWEST_TO_AGREE = 12  # different words; shorter texts are often the same phrase


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored article that shares a key, or the last name, with what was found.

    `locators` are the names under which this very source showed it.
    """

    article: Article
    aliases: frozenset[Alias]
    locators: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Visit:
    """What is true of the whole visit.

    `present` lists every name that the source shows now; `bodies` the fingerprint
    of each text that was read on this visit; `sources` every source there is, with
    its priority where that is not the usual one in `priorities`.
    """

    source: str
    present: frozenset[str]
    bodies: Mapping[str, str]
    sources: frozenset[str]
    priorities: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """The article it is, if any. Only what is `own` may change the article."""

    article: Article | None = None
    own: bool = True
    moved: bool = False  # its path belonged to another article until now
    reused: bool = False  # its guid belongs to another article, which it is not


def find(
    one: Collected,
    candidates: Mapping[Alias, Candidate],
    last: Candidate | None,
    visit: Visit,
    *,
    missing: bool = False,
) -> Match:
    """Return whose story `one` is.

    `candidates` are those that own one of its keys; `last` is what this source
    showed under the same name before, `missing` whether that had been gone.
    """
    strong = _strong(one, candidates, visit, vacant=missing or last is None)
    body = next((c for a, c in candidates.items() if a.kind == "body"), None)
    if body is not None and _moved_over(one, strong, body, visit):
        return Match(body.article, moved=True)
    if strong is not None:
        return owned(strong, visit)
    if last is not None and _still_last(last, one, candidates, visit, vacant=missing):
        return owned(last, visit)
    found = _by_witness(one, candidates, visit) or _by_body(one, body, visit)
    return replace(found, reused=_takes_a_guid(one, candidates))


def homes(found: Candidate, one: Collected, visit: Visit) -> frozenset[str]:
    """Return the other names under which the source still shows this article."""
    mine = fingerprints.fingerprint(found.article.content.html)
    return frozenset(
        name
        for name in (found.locators & visit.present) - {one.locator}
        if visit.bodies.get(name, mine) == mine
    )


def owned(found: Candidate, visit: Visit, *, copy: bool = False) -> Match:
    """Return the match; whose source has the higher priority, owns it.

    A source that is configured no longer owns nothing.
    """
    owner = found.article.source
    rank = visit.priorities
    mine = (
        owner == visit.source
        or owner not in visit.sources
        or rank.get(visit.source, USUAL) > rank.get(owner, USUAL)
    )
    return Match(found.article, own=mine and not copy)


def _strong(
    one: Collected,
    candidates: Mapping[Alias, Candidate],
    visit: Visit,
    *,
    vacant: bool,
) -> Candidate | None:
    """Rule 2."""
    for alias in one.aliases:
        found = candidates.get(alias)
        if found is None or alias.kind not in STRONG or other_id(one, found):
            continue
        if alias.kind == "guid" and (
            _reused(one, found) or _elsewhere(one, found, candidates, visit)
        ):
            continue
        if alias.kind != "path" or not vacant or _still(found, one, visit, vacant=True):
            return found
    return None


def _still_last(
    last: Candidate,
    one: Collected,
    candidates: Mapping[Alias, Candidate],
    visit: Visit,
    *,
    vacant: bool,
) -> bool:
    """Rule 3."""
    if not _is_file(one):
        if _reused(one, last) or _elsewhere(one, last, candidates, visit):
            return False
        mute = one.guid and not any(alias.kind in STRONG for alias in one.aliases)
        vacant = vacant or bool(mute and not _same_page(one, last))
    return _still(last, one, visit, vacant=vacant)


def _still(found: Candidate, one: Collected, visit: Visit, *, vacant: bool) -> bool:
    """Whether a name that an article had is its name still."""
    if homes(found, one, visit) or other_id(one, found):
        return False
    return not vacant or _same_words(one, found) or _agree(one, found)


def _reused(one: Collected, found: Candidate) -> bool:
    """Whether a name was given to another story: nothing else is as it was."""
    if _same_page(one, found) or _same_words(one, found) or _agree(one, found):
        return False
    moment = one.published_at
    if moment is None:
        pages = _of_kind(one.aliases, "url"), _of_kind(found.aliases, "url")
        return all(pages)
    return abs(moment - found.article.published_at) > SAME_DATE


def _elsewhere(
    one: Collected,
    found: Candidate,
    candidates: Mapping[Alias, Candidate],
    visit: Visit,
) -> bool:
    """Whether a name's owner is not this story, and this or the owner is another."""
    if _same_page(one, found) or _same_words(one, found) or _agree(one, found):
        return False
    theirs = fingerprints.fingerprint(found.article.content.html)
    if any(
        name != one.locator and theirs == words for name, words in visit.bodies.items()
    ):
        return True
    return any(
        other.article.id != found.article.id and _agree(one, other)
        for key, other in candidates.items()
        if key.kind in {"url", "body"}
    )


def _takes_a_guid(one: Collected, candidates: Mapping[Alias, Candidate]) -> bool:
    """Whether its guid was another article's until now."""
    return any(alias.kind == "guid" and alias in candidates for alias in one.aliases)


def _moved_over(
    one: Collected, strong: Candidate | None, body: Candidate, visit: Visit
) -> bool:
    """Rule 1."""
    return (
        _is_file(one)
        and strong is not None
        and strong.article.id != body.article.id
        and body.article.source == visit.source
        and _same_words(one, body)
        and not _same_words(one, strong)
        and not homes(body, one, visit)
        and not other_id(one, body)
    )


def _by_witness(
    one: Collected, candidates: Mapping[Alias, Candidate], visit: Visit
) -> Match | None:
    """Rule 4."""
    for alias in one.aliases:
        found = candidates.get(alias)
        if found is None or alias.kind not in WITNESSED or other_id(one, found):
            continue
        here = bool(homes(found, one, visit))
        if alias.kind == "title":
            if not here and _bears_out(one, found):
                return owned(found, visit)
        elif _agree(one, found):
            return owned(found, visit, copy=here)
    return None


def _by_body(one: Collected, body: Candidate | None, visit: Visit) -> Match:
    """Rules 5 and 6."""
    if body is None or not _same_words(one, body) or other_id(one, body):
        return Match()
    copy = bool(homes(body, one, visit))
    sure = identity.substantial(one.content.html) or _same_headline(one, body)
    here = body.article.source == visit.source
    orphan = body.article.source not in visit.sources
    if here and (sure or (_is_file(one) and not copy)):
        return owned(body, visit, copy=copy)
    if orphan or (not here and identity.substantial(one.content.html)):
        return owned(body, visit)
    return Match()


def other_id(one: Collected, found: Candidate) -> bool:
    """Whether both say their own id, and not the same."""
    return _contradict(_of_kind(one.aliases, "id"), _of_kind(found.aliases, "id"))


def _contradict(here: set[Alias], there: set[Alias]) -> bool:
    scopes = {alias.scope for alias in here} & {alias.scope for alias in there}
    return bool(scopes) and not here & there


def _is_file(one: Collected) -> bool:
    return any(alias.kind == "path" for alias in one.aliases)


def _same_words(one: Collected, found: Candidate) -> bool:
    return fingerprints.fingerprint(one.content.html) == fingerprints.fingerprint(
        found.article.content.html
    )


def _same_headline(one: Collected, found: Candidate) -> bool:
    mine = fingerprints.words(one.content.headline)
    return bool(mine) and mine == fingerprints.words(found.article.content.headline)


def _same_page(one: Collected, found: Candidate) -> bool:
    return bool(_of_kind(one.aliases, "url") & _of_kind(found.aliases, "url"))


def _of_kind(aliases: Iterable[Alias], kind: str) -> set[Alias]:
    return {alias for alias in aliases if alias.kind == kind}


def _bears_out(one: Collected, found: Candidate) -> bool:
    """Whether the words bear out what a weak key says."""
    return _same_words(one, found) or likeness.agree(
        likeness.text(one.content), likeness.text(found.article.content)
    )


def _agree(one: Collected, found: Candidate) -> bool:
    """Whether headline or text bear witness that both are the same story."""
    if _same_headline(one, found):
        return True
    return _much_in_common(
        fingerprints.words(one.content.html),
        fingerprints.words(found.article.content.html),
    )


def _much_in_common(one: list[str], two: list[str]) -> bool:
    """Whether one text has many words of the other, or of the start of it."""
    short, long = sorted((one, two), key=len)
    if len(long) > TEASER * len(short):
        long = long[: len(short)]
    mine, theirs = set(short), set(long)
    shared = len(mine & theirs)
    return shared >= FEWEST_TO_AGREE and shared >= OVERLAP * len(mine | theirs)
