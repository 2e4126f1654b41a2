"""Who an article is: the keys it is known by, and the hash that tells a change.

An article keeps every key it was ever seen under. Readers of a source list the
keys of what they found, strongest first; `collect.match` decides what a key proves.

    id    the source says so itself (front matter `id:`)     within the source
    guid  a feed's own id, exactly as written                within the source
    path  where the file lies in its folder                  within the source
    tail  a guid without scheme and host: it survives        within the source
          http → https and a move to another host
    post  the number of a WordPress post (`?p=`) on its site  everywhere
    url   the canonical address of the story's page          everywhere
    title a headline on its day                              everywhere
    body  a fingerprint of the words                         everywhere

The words of an article also leave a trace (`collect.likeness`), which is no key:
it leads to stories that may be the same.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from dispatch.model import Alias, Collected, Content
from dispatch.text import fingerprints, urls

TOLERATED = 0.05  # of the stories of one visit may share a key of a kind
VOID = ("guid", "tail", "url", "post", "title")
FEWEST_IN_TITLE = 2
FEWEST_WORDS = 3  # below that, equal words prove nothing at all
POST_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
SUBSTANTIAL_WORDS = 48  # from here on, equal words prove the same story anywhere


def path_alias(source: str, relpath: str) -> Alias:
    """Return the key of a file by its place (with `/`) below the source's folder."""
    return Alias("path", unicodedata.normalize("NFC", relpath), source)


def id_alias(source: str, explicit: str) -> Alias:
    """Return the key a story gives itself."""
    return Alias("id", explicit.strip(), source)


def guid_alias(source: str, guid: str) -> Alias:
    """Return the key of a feed's item, the guid exactly as written."""
    return Alias("guid", guid, source)


def tail_alias(source: str, guid: str) -> Alias | None:
    """Return the key of a guid that is an address, without scheme and host.

    None for a guid that is no address or has nothing after the host.
    """
    if not urls.is_web(guid):
        return None
    parts = urlsplit(guid)
    tail = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    return Alias("tail", tail, source) if tail else None


def post_alias(url: str, post: int | str = "") -> Alias | None:
    """Return the key of a WordPress post: its site's host, and its number there.

    The number is given, or stands in the address itself (`/?p=123`: the guid that
    WordPress writes, and its short link). It survives new guids, new permalinks
    and https, and makes the site's feed and its REST interface one. None for what
    says no number.
    """
    key = urls.canonical(url)
    parts = urlsplit("//" + key)
    number = str(post) or _post_number(parts.query)
    if not key or not POST_NUMBER.fullmatch(number):
        return None
    folder = parts.path.rstrip("/") if not post else ""
    return Alias("post", f"{parts.netloc}{folder}/{int(number)}")


def url_alias(url: str) -> Alias | None:
    """Return the key of a story's page; None for no address or a bare host."""
    key = urls.canonical(url)
    return Alias("url", key) if "/" in key or "?" in key else None


def title_alias(headline: str, published: datetime | None) -> Alias | None:
    """Return the key of a headline on its day (UTC); None for a single word."""
    found = fingerprints.words(headline)
    if published is None or len(found) < FEWEST_IN_TITLE:
        return None
    return Alias("title", f"{published:%Y-%m-%d} {fingerprints.fingerprint(headline)}")


def neighbours(title: Alias) -> tuple[Alias, ...]:
    """Return the keys of the same headline the day before and the day after."""
    day, _, words = title.value.partition(" ")
    around = (date.fromisoformat(day) + timedelta(days=n) for n in (-1, 1))
    return tuple(Alias("title", f"{one} {words}") for one in around)


def body_alias(html: str) -> Alias | None:
    """Return the key of a text; None for fewer than three words."""
    if len(fingerprints.words(html)) < FEWEST_WORDS:
        return None
    return Alias("body", fingerprints.fingerprint(html))


def aliases(*candidates: Alias | None) -> tuple[Alias, ...]:
    """Return the keys there are, in order, each once."""
    return tuple(dict.fromkeys(alias for alias in candidates if alias is not None))


def substantial(html: str) -> bool:
    """Whether a text is long enough that equal words mean the same story."""
    return len(fingerprints.words(html)) >= SUBSTANTIAL_WORDS


def content_hash(content: Content) -> str:
    """Return a hash of what readers see, without what changes by itself."""
    return fingerprints.content_hash(content)


def complete(one: Collected) -> Collected:
    """Add the keys that follow from what every story has, whatever brought it.

    A guid that is an address has a tail and may name a WordPress post or the page
    itself; a dated headline is a weak key.
    """
    derived = (
        post_alias(one.guid),
        post_alias(one.content.url),
        url_alias(one.content.url),
        url_alias(one.guid),
        title_alias(one.content.headline, one.published_at),
        body_alias(one.content.html),
    )
    return replace(one, aliases=aliases(*one.aliases, *derived))


def distinct(found: Sequence[Collected]) -> tuple[Collected, ...]:
    """Drop the keys of one visit that do not say who is who.

    A key that several different stories claim names none of them. Where that is so
    of more than one story in twenty, no key of that kind counts on this visit, nor a
    guid where more than one in twenty has none: a feed that writes one guid for its
    items in part will do so again with the next. A body stays: equal words under it
    are the same story.
    """
    stories = [
        (one, fingerprints.fingerprint(one.content.headline + one.content.html))
        for one in found
    ]
    claims = Counter(
        alias
        for alias, _ in {
            (alias, words) for one, words in stories for alias in one.aliases
        }
    )
    useless = _useless(found, claims)
    return tuple(
        replace(
            one,
            aliases=tuple(
                a for a in one.aliases if claims[a] == 1 and a.kind not in useless
            ),
        )
        for one in found
    )


def _useless(found: Sequence[Collected], claims: Counter[Alias]) -> set[str]:
    """Return the kinds of keys that too many stories share, or have none of."""
    shared = Counter(
        kind for one in found for kind in {a.kind for a in one.aliases if claims[a] > 1}
    )
    having = Counter(kind for one in found for kind in {a.kind for a in one.aliases})
    if having["guid"]:
        shared["guid"] += len(found) - having["guid"]
    few = max(len(found) * TOLERATED, 1)
    return {kind for kind in VOID if shared[kind] > few}


def _post_number(query: str) -> str:
    """Return the number of a post, if an address names nothing else."""
    fields = parse_qs(query)
    if not fields.keys() <= {"p", "post_type"} or fields.get("post_type") == ["page"]:
        return ""
    return fields.get("p", [""])[0]
