"""Who wrote a post. WordPress knows one author; newsrooms use plug-ins for the rest.

First that says anything: a byline typed by hand (Newspack), several authors
(Co-Authors Plus, PublishPress Authors, Newspack), what the site tells search engines
(Parse.ly, Yoast), and last WordPress's own author, who is often only the one who
pressed the button.
"""

import re
from collections.abc import Callable, Iterator

from dispatch.collect import loose_json, names
from dispatch.collect.loose_json import Object
from dispatch.text import html as markup, plain

LONGEST, MOST = 100, 20  # characters of a name; names
OPENING = re.compile(r"^\s*(?:by|por|par|von|di)\b\s*:?\s+", re.IGNORECASE)
SHORTCODE = re.compile(r"\[/?Author[^\]]{0,100}\]", re.IGNORECASE)
SHOWN_AS = ("display_name", "name", "title")
NOBODY = frozenset({"admin", "administrator", "wordpress", "webmaster", "web master"})


def names_of(raw: Object) -> tuple[str, ...]:
    """Return the authors of a post, plain text, in order."""
    for rule in RULES:
        found = (
            plain.excerpt(markup.unescape_title(one), LONGEST) for one in rule(raw)
        )
        kept = tuple(dict.fromkeys(name for name in found if name))
        if kept:
            return kept[:MOST]
    return ()


def _typed(raw: Object) -> Iterator[str]:
    """A byline typed by hand: its own field, or Newspack's with its switch on."""
    typed = loose_json.text(raw, "meta", "byline")
    if loose_json.get(raw, "meta", "_newspack_byline_active"):
        typed = loose_json.text(raw, "meta", "_newspack_byline") or typed
    yield from _split(SHORTCODE.sub("", typed))


def _several(raw: Object) -> Iterator[str]:
    """Co-Authors Plus, PublishPress Authors, Newspack, in the order of the byline."""
    for field in ("coauthors", "authors", "newspack_author_info"):
        found = [_shown(one) for one in loose_json.objects(raw, field)]
        if any(found):
            yield from found
            return


def _told(raw: Object) -> Iterator[str]:
    """What the site tells machines about the author."""
    yield from loose_json.texts(raw, "parsely", "meta", "creator")
    for one in loose_json.objects(raw, "parsely", "meta", "author"):
        yield loose_json.text(one, "name")


def _yoast(raw: Object) -> Iterator[str]:
    head = loose_json.get(raw, "yoast_head_json")
    yield from _split(
        loose_json.text(head, "twitter_misc", "Written by")
        or loose_json.text(head, "author")
    )


def _own(raw: Object) -> Iterator[str]:
    for one in loose_json.objects(raw, "_embedded", "author"):
        name = loose_json.text(one, "name")
        if name.lower() not in NOBODY:
            yield name


def _shown(author: Object) -> str:
    return next(
        (said for key in SHOWN_AS if (said := loose_json.text(author, key).strip())), ""
    )


def _split(typed: str) -> list[str]:
    """Cut a byline into names; one that is no list of names stays whole."""
    line = OPENING.sub("", plain.squash(markup.unescape_title(typed)))
    return names.split(line) if names.are_names(line) else [line]


RULES: tuple[Callable[[Object], Iterator[str]], ...] = (
    _typed,
    _several,
    _told,
    _yoast,
    _own,
)
