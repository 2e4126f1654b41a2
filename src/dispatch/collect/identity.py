"""Who an article is: the keys it is known by, and the hash that tells a change.

An article keeps every key it was ever seen under. Readers of a source list the
keys of what they found, strongest first; `collect.match` decides what a key proves.

    id    the source says so itself (front matter `id:`)     within the source
    guid  a feed's own id, exactly as written                within the source
    path  where the file lies in its folder                  within the source
    tail  a guid without scheme and host: it survives        within the source
          http → https and a move to another host
    url   the canonical address of the story's page          everywhere
    body  a fingerprint of the words                         everywhere
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from dispatch.model import Alias, Collected, Content
from dispatch.text import fingerprints, urls

FEWEST_WORDS = 3  # below that, equal words prove nothing at all
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


def url_alias(url: str) -> Alias | None:
    """Return the key of a story's page; None for no address or a bare host."""
    key = urls.canonical(url)
    return Alias("url", key) if "/" in key or "?" in key else None


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


def distinct(found: Sequence[Collected]) -> tuple[Collected, ...]:
    """Drop the keys that several different stories of one visit claim.

    A feed that writes one guid or one link for all its items has no guid or link
    that says who is who. A body stays: equal words under it are the same story.
    """
    claims = Counter(
        alias
        for alias, _ in {
            (alias, fingerprints.fingerprint(one.content.headline + one.content.html))
            for one in found
            for alias in one.aliases
        }
    )
    return tuple(
        replace(one, aliases=tuple(a for a in one.aliases if claims[a] == 1))
        for one in found
    )
