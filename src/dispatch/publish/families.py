"""Feeds that come of themselves: one for every section, author or tag.

A name is made of the key alone, so that it is the same for ever. No two keys share
one, and none can leave its folder.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

from dispatch.model import Article, FeedFamily, FeedSettings
from dispatch.model.content import label_key
from dispatch.text import plain

KINDS: tuple[FeedFamily, ...] = get_args(FeedFamily)
LONGEST = 60  # of a name, before what makes it unique

_FAITHFUL = re.compile(r"[a-z0-9]+([ -][a-z0-9]+)*")
_MARKED = re.compile(r"-[0-9a-f]{10}$")
_OTHER = re.compile(r"[^a-z0-9]+")


def feed(kind: FeedFamily, key: str) -> FeedSettings:
    """Return the feed of one section, author or tag, as yet without a title."""
    name = f"{kind}/{slug(key)}"
    if kind == "section":
        return FeedSettings(name=name, sections=(key,))
    if kind == "author":
        return FeedSettings(name=name, authors=(key,))
    return FeedSettings(name=name, tags=(key,))


def kind_of(name: str) -> str:
    """Return the family that a feed of this name is of; empty for a [[feed]]."""
    return name.partition("/")[0] if "/" in name else ""


def label(one: FeedSettings) -> tuple[str, str]:
    """Return the kind and the key that a family's feed was made of."""
    return kind_of(one.name), (*one.sections, *one.authors, *one.tags)[0]


def titled(one: FeedSettings, stories: Iterable[Article], site: str) -> FeedSettings:
    """Return the feed called as its newest story spells its section, author or tag."""
    kind, key = label(one)
    spelled = (
        word
        for story in stories
        for word in (story.content.tags if kind == "tag" else story.content.bylines)
        if kind != "section" and label_key(word) == key
    )
    shown = plain.squash(next(spelled, key[:1].upper() + key[1:]))
    return replace(one, title=f"{plain.squash(site)}: {shown}")


def slug(key: str) -> str:
    """Return a name for files and addresses: a-z, 0-9, - and _ only, never empty.

    A plain key is its own name, spaces as "_". Any other is named by what is left of
    it and ten digits of its SHA-256.
    """
    if _FAITHFUL.fullmatch(key) and len(key) <= LONGEST and not _MARKED.search(key):
        return key.replace(" ", "_")
    rest = _OTHER.sub("-", key.lower())[:LONGEST].strip("-") or "x"
    # A lone surrogate has no UTF-8; it must not share its name for that.
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{rest}-{digest[:10]}"
