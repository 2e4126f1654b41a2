"""Whose story is it? Find the stored article that a collected one is.

Pure: what was found, and the stored articles that share a key with it, in; the
article it is, or none, out. The rules, first that fits:

1.  A file whose words are exactly another article's, whose own file is gone or
    holds other words now, is that article under a new name: a file was renamed
    over another, or two were swapped.
2.  id, guid and path name the article. But a path that was empty at the last visit
    names its old article only if that has no other file and both agree (rule 4):
    tomorrow's today.txt is another story. Two different ids are never one story.
3.  What this source showed under this name last, with the same reservations: a copy
    that was rewritten has become a story of its own.
4.  tail and url need a second witness: the same headline, the same words, or for
    the most part the same words. Many items of a feed may link to one page.
5.  The same words, in one source: the article has a new name, if its old one is
    gone (a feed's text must be long enough, or the headline the same). If the old
    one is still there, this is a copy and no second article.
6.  The same words in another source: one story in two places, if long enough.

A sighting that is not `own` (a copy, or another source's story) is remembered but
changes nothing: the first source keeps the story, so that two never take turns in
overwriting each other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dispatch.collect import identity
from dispatch.model import Alias, Article, Collected
from dispatch.text import fingerprints

STRONG = ("id", "guid", "path")
WITNESSED = ("tail", "url")
OVERLAP = 0.5  # shared words ÷ all words, from which texts agree
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
    of each text that was read on this visit; `sources` every source there is.
    """

    source: str
    present: frozenset[str]
    bodies: Mapping[str, str]
    sources: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """The article it is, if any. Only what is `own` may change the article."""

    article: Article | None = None
    own: bool = True
    moved: bool = False  # its path belonged to another article until now


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
        return _owned(strong, visit)
    if last is not None and _still(last, one, visit, vacant=missing):
        return _owned(last, visit)
    return _by_witness(one, candidates, visit) or _by_body(one, body, visit)


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
        if found is None or alias.kind not in STRONG or _other_id(one, found):
            continue
        if alias.kind != "path" or not vacant or _still(found, one, visit, vacant=True):
            return found
    return None


def _still(found: Candidate, one: Collected, visit: Visit, *, vacant: bool) -> bool:
    """Whether a name that an article had is its name still."""
    if _homes(found, one, visit) or _other_id(one, found):
        return False
    return not vacant or _same_words(one, found) or _agree(one, found)


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
        and not _homes(body, one, visit)
        and not _other_id(one, body)
    )


def _by_witness(
    one: Collected, candidates: Mapping[Alias, Candidate], visit: Visit
) -> Match | None:
    """Rule 4."""
    for alias in one.aliases:
        found = candidates.get(alias)
        if found is None or alias.kind not in WITNESSED or _other_id(one, found):
            continue
        if _agree(one, found):
            return _owned(found, visit, copy=bool(_homes(found, one, visit)))
    return None


def _by_body(one: Collected, body: Candidate | None, visit: Visit) -> Match:
    """Rules 5 and 6."""
    if body is None or not _same_words(one, body) or _other_id(one, body):
        return Match()
    copy = bool(_homes(body, one, visit))
    sure = identity.substantial(one.content.html) or _same_headline(one, body)
    here = body.article.source == visit.source
    orphan = body.article.source not in visit.sources
    if here and (sure or (_is_file(one) and not copy)):
        return _owned(body, visit, copy=copy)
    if orphan or (not here and identity.substantial(one.content.html)):
        return _owned(body, visit)
    return Match()


def _owned(found: Candidate, visit: Visit, *, copy: bool = False) -> Match:
    """Return the match; a source that is configured no longer owns nothing."""
    owner = found.article.source
    return Match(
        found.article,
        own=not copy and (owner == visit.source or owner not in visit.sources),
    )


def _homes(found: Candidate, one: Collected, visit: Visit) -> frozenset[str]:
    """Return the other names under which the source still shows this article."""
    mine = fingerprints.fingerprint(found.article.content.html)
    return frozenset(
        name
        for name in (found.locators & visit.present) - {one.locator}
        if visit.bodies.get(name, mine) == mine
    )


def _other_id(one: Collected, found: Candidate) -> bool:
    """Whether both say their own id, and not the same."""
    return _contradict(_ids(one.aliases), _ids(found.aliases))


def _contradict(here: set[Alias], there: set[Alias]) -> bool:
    scopes = {alias.scope for alias in here} & {alias.scope for alias in there}
    return bool(scopes) and not here & there


def _ids(aliases: Iterable[Alias]) -> set[Alias]:
    return {alias for alias in aliases if alias.kind == "id"}


def _is_file(one: Collected) -> bool:
    return any(alias.kind == "path" for alias in one.aliases)


def _same_words(one: Collected, found: Candidate) -> bool:
    return fingerprints.fingerprint(one.content.html) == fingerprints.fingerprint(
        found.article.content.html
    )


def _same_headline(one: Collected, found: Candidate) -> bool:
    mine = fingerprints.words(one.content.headline)
    return bool(mine) and mine == fingerprints.words(found.article.content.headline)


def _agree(one: Collected, found: Candidate) -> bool:
    """Whether headline or text bear witness that both are the same story."""
    if _same_headline(one, found):
        return True
    mine = set(fingerprints.words(one.content.html))
    theirs = set(fingerprints.words(found.article.content.html))
    shared = len(mine & theirs)
    return shared >= FEWEST_TO_AGREE and shared >= OVERLAP * len(mine | theirs)
