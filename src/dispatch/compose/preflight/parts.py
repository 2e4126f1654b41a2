"""Bytes, parts and sizes: what servers refuse, and what programs cut off."""

import re

from dispatch.compose.preflight.remark import Check, Remark, named
from dispatch.compose.preflight.sample import Sample

LONGEST_LINE = 998
SINGLE = re.compile(rb"[^\r]\n|\r[^\n]|\x00")
FITS = 90_000  # what composing aims at
CLIPPED = 102_000  # where Gmail cuts
HEAVY, REFUSED = 1_000_000, 10_000_000  # of the whole message
STUB = 0.3  # of the words of the HTML
URL = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+")
SHAPES = (
    ("text/plain",),
    ("multipart/alternative", "text/plain", "text/html"),
)


def bytes_(sample: Sample) -> tuple[Remark, ...]:
    """Look for what a server refuses or changes on the way."""
    check = Check("Bytes")
    if SINGLE.search(sample.raw) or not sample.raw.endswith(b"\r\n"):
        check.block("a line does not end in CRLF.")
    if not sample.raw.isascii():
        check.block("there are bytes beyond ASCII.")
    longest = max(map(len, sample.raw.split(b"\r\n")))
    if longest > LONGEST_LINE:
        check.block(f"a line of {longest:,} bytes; servers take {LONGEST_LINE}.")
    return check.remarks(f"ASCII, CRLF, no line above {longest}.")


def parts(sample: Sample) -> tuple[Remark, ...]:
    """Look at what it is made of, and whether each part can be read."""
    check = Check("Parts")
    shape = [one.get_content_type() for one in sample.message.walk()]
    plain = [kind for kind in shape if not kind.startswith("image/")]
    if tuple(kind for kind in plain if kind != "multipart/related") not in SHAPES:
        check.block(f"it is made of {named(shape, 5)}, not of text and HTML.")
    for part in sample.parts:
        if not part.kind.startswith("text/"):
            continue
        if part.charset != "utf-8":
            check.block(f"{part.kind} does not say that it is UTF-8.")
        elif part.words is None:
            check.block(f"{part.kind} cannot be decoded.")
    _alike(sample, check)
    return check.remarks(f"{named(shape, 5)}; every text in UTF-8.")


def _alike(sample: Sample, check: Check) -> None:
    """Whether the plain text says what the HTML says: filters compare the two."""
    if not sample.html:
        return
    said, shown = len(sample.text.split()), len(sample.page.words.split())
    if said < STUB * shown:
        check.warn("the plain text says much less than the HTML.")
    there = {url.rstrip(".,;:)") for url in URL.findall(sample.text)}
    missing = [
        link
        for link in sample.page.links
        if link not in there and link.removeprefix("mailto:") not in sample.text
    ]
    if missing:
        check.warn(f"links that only the HTML has: {named(missing)}.")


def sizes(sample: Sample) -> tuple[Remark, ...]:
    """Look at how large it is, decoded and as it travels."""
    check = Check("Size")
    html = sample.part("text/html")
    largest = max(len(html.content), html.encoded) if html else 0
    if largest > CLIPPED:
        check.block(f"the HTML has {largest:,} bytes; Gmail cuts at {CLIPPED:,}.")
    elif html and len(html.content) > FITS:
        check.warn(f"the HTML has {len(html.content):,} bytes, near where Gmail cuts.")
    whole = len(sample.raw)
    if whole > REFUSED:
        check.block(f"{whole / 1e6:.0f} MB; most servers refuse more than 10.")
    elif whole > HEAVY:
        check.warn(f"{whole / 1e6:.1f} MB for each reader; 1 would be plenty.")
    return check.remarks(f"{whole / 1000:.0f} kB, of which {largest / 1000:.0f} HTML.")
