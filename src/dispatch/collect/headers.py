"""The vocabulary of headers: what newsrooms call a field, wherever they write it.

Side-car files (T1), front matter (T2) and a block of `Key: value` lines (T3) say
the same things under many names: Pelican's, Hugo's, NITF's, an editor's own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.collect import credit, names
from dispatch.collect.fields import Fields
from dispatch.text import plain

# Our field: what it is called, strongest first (Hugo's precedence for dates).
VOCABULARY = {
    "headline": "headline title titel titulo título titre",
    "bylines": "byline by author authors writer writers autor autora auteur por",
    "date": "date publishdate pubdate published publish_date published_at fecha datum "
    "filed",
    "modified": "lastmod modified updated updated_at",
    "credit": "credit photo_credit image_credit photo_by photographer credits",
    "image": "image featured_image lead_image cover picture thumbnail photo",
    "caption": "caption cutline photo_caption image_caption",
    "alt": "alt image_alt alt_text",
    "section": "section category categories desk rubrik sección seccion",
    "tags": "tags keywords tag",
    "summary": "summary description abstract excerpt",
    "deck": "deck dek subtitle subhead subheadline subheading standfirst",
    "slug": "slug",
    "embargo": "embargo embargoed embargo_until embargoed_until",
    "status": "status pubstatus draft management-status",
    "url": "url canonical canonical_url link permalink",
    "id": "id guid uuid",
    "language": "lang language locale idioma",
    "correction": "correction corrections clarification",
    "expires": "expirydate unpublishdate expires expiry_date unpublish_date",
}
# Hugo holds a page until this, whatever its `date`.
RELEASE = ("publishdate", "pubdate", "published", "publish_date")
# Of a story that has no date, the last thing Hugo takes for one.
LAST_DATES = tuple(VOCABULARY["modified"].split())
KNOWN = {key: ours for ours, keys in VOCABULARY.items() for key in keys.split()}
LISTS = frozenset({"bylines", "tags", "section"})
LINE = re.compile(r"(?P<key>[^\W\d_][\w \-]{0,28}?)\s*:(?:\s+(?P<value>.*))?$")
PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp)$", re.IGNORECASE)
TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})

Raw = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Block:
    """Header lines taken off the top of a text, and what is left below them."""

    values: dict[str, tuple[str, ...]]
    rest: str


def known(key: str) -> bool:
    """Whether a key is one of the names of a field."""
    return _normal(key) in KNOWN


def take(text: str) -> Block | None:
    """Take the header block off `text`, rule T3; None where there is none.

    It ends at the first blank line; every line is `Key: value` or, indented, goes
    on with the one above; at least one key is known.
    """
    top, _, rest = text.lstrip("\n").partition("\n\n")
    values = lines(top)
    if values is None or not any(known(key) for key in values):
        return None
    return Block(values, rest.lstrip("\n"))


def lines(text: str) -> dict[str, tuple[str, ...]] | None:
    """Read `Key: value` lines; None when one of them is something else."""
    values: dict[str, tuple[str, ...]] = {}
    last = ""
    for line in filter(str.strip, text.split("\n")):
        found = LINE.match(line)
        if found:
            last = found["key"]
            values.setdefault(last, ((found["value"] or "").strip(),))
        elif last and line[:1] in " \t":
            values[last] = (f"{values[last][0]} {line.strip()}".strip(),)
        else:
            return None
    return values


def apply(values: Raw, fields: Fields, rule: str, confidence: float = 1.0) -> None:
    """Offer everything in `values` that has a known name, strongest name first."""
    normal = {_normal(key): value for key, value in values.items()}
    for key in KNOWN:
        if normal.get(key):
            ours, value = _meant(key, normal[key])
            fields.offer(ours, value, rule, confidence, f"from “{key}”")
    _apply_surplus(normal, fields, rule, confidence)
    _apply_dates(normal, fields, rule, confidence)
    for unknown in sorted(set(normal) - set(KNOWN)):
        fields.note("header", rule, 0.0, f"“{plain.excerpt(unknown, 30)}” is unknown")


def _meant(key: str, value: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the field that a header sets, and the value as that field holds it."""
    ours = KNOWN[key]
    first = plain.squash(value[0])
    if key == "draft":
        value = ("draft" if first.lower() not in FALSE else "usable",)
    elif ours == "date" and _is_truth(first):  # Jekyll's `published: false`
        ours, value = "status", ("usable" if first.lower() in TRUE else "draft",)
    elif key == "photo" and not PICTURE_FILE.search(first):
        found = credit.match(first)
        ours, value = "credit", (found.text if found else first,)
    elif ours == "correction":
        value = (f"{key.rstrip('s').capitalize()}: {first}",) if first else ()
    elif ours in LISTS:
        value = _listed(ours, value)
    return ours, value[:1] if ours == "section" else value


def _apply_surplus(normal: Raw, fields: Fields, rule: str, confidence: float) -> None:
    """Of several categories the first is the section; the others become tags."""
    for key in VOCABULARY["section"].split():
        surplus = _listed("section", normal[key])[1:] if normal.get(key) else ()
        fields.offer("tags", surplus, rule, confidence, f"from “{key}”")


def _apply_dates(normal: Raw, fields: Fields, rule: str, confidence: float) -> None:
    """Follow Hugo's precedence: what releases a page, and what dates it at last."""
    for name, keys in (("release", RELEASE), ("date", LAST_DATES)):
        for key in keys:
            if (given := normal.get(key)) and not _is_truth(given[0]):
                fields.offer(name, given, rule, confidence, f"from “{key}”")


def _is_truth(word: str) -> bool:
    return word.strip().lower() in TRUE | FALSE


def _listed(ours: str, value: tuple[str, ...]) -> tuple[str, ...]:
    """Cut "a; b" or "a, b" apart; bylines by what names look like."""
    if len(value) > 1:
        return value
    line = value[0].strip("[] ")
    if ";" in line:
        return tuple(line.split(";"))
    if ours == "bylines":
        line = re.sub(r"^(?:by|por|par|von)\s+", "", line, flags=re.IGNORECASE)
        return tuple(names.split(line)) if names.are_names(line) else (line,)
    return tuple(part.strip("\"' ") for part in line.split(","))


def _normal(key: str) -> str:
    return re.sub(r"[\s_]+", "_", key.strip().lower())
