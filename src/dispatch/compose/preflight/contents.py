"""Links, leftovers and tracking: what a reader would stumble over."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import urlsplit

from dispatch.compose.preflight.remark import Check, Remark, named
from dispatch.compose.preflight.sample import Sample
from dispatch.text import urls

TEMPLATE = re.compile(r"\{\{.{0,60}?\}\}|\{%.{0,60}?%\}")
EMPTY = re.compile(r"None|undefined|null|NaN|\[object Object\]")
FILLER = re.compile(r"lorem ipsum|\bTODO\b|\bFIXME\b|\bXXX\b")
SCHEMES = ("http", "https", "mailto", "tel", "cid")
LONGEST = 2_000


def links(sample: Sample) -> tuple[Remark, ...]:
    """Look at the form of every address; whether it answers is another question.

    One inside a story is the story's own fault, and no reason to hold the others.
    """
    check = Check("Links")
    found = [*sample.page.links, *_sources(sample)]
    brought = {line.strip() for line in sample.known.splitlines()}
    broken = [link for link in found if not _well_formed(link)]
    near = [link for link in found if sample.away and _nearby(link)]
    for what, which in (("not an address", broken), ("only of this machine", near)):
        if ours := [link for link in which if link not in brought]:
            check.block(f"{what}: {named(map(_short, ours))}.")
        if theirs := [link for link in which if link in brought]:
            check.warn(f"in a story, {what}: {named(map(_short, theirs))}.")
    long = [link for link in found if len(link) > LONGEST]
    if long:
        check.warn(f"longer than {LONGEST:,} characters: {named(map(_short, long))}.")
    return check.remarks(f"{len({*found})} addresses, all well-formed.")


def _sources(sample: Sample) -> Iterator[str]:
    for picture in sample.page.all("img"):
        yield picture.attributes.get("src", "")


def _well_formed(link: str) -> bool:
    if re.search(r"[\s<>\"]", link):
        return False
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme not in SCHEMES:
        return False
    return bool(host) if parts.scheme.startswith("http") else bool(parts.path)


def _nearby(link: str) -> bool:
    """Whether an address means something else, or nothing, to a reader's machine."""
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:
        return False
    named_here = "." not in host and ":" not in host
    return link.startswith("http") and (urls.is_loopback(host) or named_here)


def _short(link: str) -> str:
    return f"“{link[:60]}…”" if len(link) > LONGEST // 30 else f"“{link}”"


def leftovers(sample: Sample) -> tuple[Remark, ...]:
    """Look for what a template left behind."""
    check = Check("Leftovers")
    texts = (sample.words("Subject"), sample.text, unescape(sample.html))
    for found in _unknown(TEMPLATE, texts, sample.known):
        check.block(f"“{found}” is a template's, not a reader's.")
    for found in _unknown(FILLER, texts, sample.known):
        check.warn(f"“{found}” looks like a note to oneself.")
    if any(mark in text.lower() for mark in sample.marks for text in texts):
        check.block("a reader's own value was not put in everywhere.")
    brought = {line.strip() for line in sample.known.splitlines()}
    for place in dict.fromkeys(_empty(sample)):
        if place not in brought:
            check.block(f"“{place}” stands where a value should.")
    return check.remarks("none.")


def _unknown(
    pattern: re.Pattern[str], texts: Iterable[str], known: str
) -> Iterator[str]:
    """Yield, once each, what no story brought."""
    brought = " ".join(known.split())
    found = (one for text in texts for one in pattern.findall(text))
    yield from (one for one in dict.fromkeys(found) if one not in brought)


def _empty(sample: Sample) -> Iterator[str]:
    """Yield values that were nothing: as a whole text, address or line."""
    for one in sample.page.elements:
        if not one.hidden and EMPTY.fullmatch(one.text):
            yield one.text
        for name in ("href", "src", "alt", "title"):
            said = one.attributes.get(name, "")
            if EMPTY.fullmatch(said.rpartition("/")[2]):
                yield said
    for line in sample.text.splitlines():
        if EMPTY.fullmatch(line.rpartition(": ")[2].strip()):
            yield line.strip()


def tracking(sample: Sample) -> tuple[Remark, ...]:
    """Look for what would tell us that a mail was opened: we promise not to."""
    check = Check("Tracking")
    for picture in sample.page.all("img"):
        style = picture.style
        size = [picture.attributes.get(name, "") for name in ("width", "height")]
        size += [style.get(name, "").removesuffix("px") for name in ("width", "height")]
        if {"0", "1"} & {*size}:
            source = picture.attributes.get("src", "")
            check.warn(f"a picture nobody can see: {_short(source)}.")
    return check.remarks("no hidden picture.")
