"""HTML as it arrives: read it, turn it into text, make its addresses absolute.

The only file here that knows lxml. Nothing raises on broken HTML: what libxml2
cannot nest deeper than 256 elements or read beyond `LIMIT` characters is left
out. Nothing here makes HTML safe to show: that is `collect.sanitise`.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from html import unescape

from lxml import etree

from dispatch.text import plain

LIMIT = 5_000_000
SILENT = plain.lexicon("script style template noscript head title iframe object")
BLOCKS = plain.lexicon(
    "p div section article main header footer aside nav h1 h2 h3 h4 h5 h6 ul ol dl li "
    "dt dd blockquote pre table tr figure figcaption address form fieldset hr "
    "details summary"
)
TAG = re.compile(r"<!--.*?(?:-->|$)|</?[a-zA-Z][^<>]*>", re.DOTALL)
CLOSED_OFF = re.compile(r"\n[^\S\n]*(?:\n\s*)+")
ITEMS = frozenset({"br", "li", "tr", "dt", "dd"})  # one below the other
BULLET = "\x02"  # stands for "- " until the breaks inside an item are gone


@dataclass(frozen=True, slots=True)
class Page:
    """A whole HTML document, apart: what its head says, and its body.

    `heading` is the first h1, which is no longer part of `body`. `meta` maps
    lower-case names and properties to contents.
    """

    body: str
    title: str = ""
    heading: str = ""
    language: str = ""
    meta: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One top-level piece of a fragment: its tag ("" for bare text), text, markup."""

    tag: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Link:
    """A `link` element of a page: relations and type in lower case."""

    rel: frozenset[str]
    href: str
    media_type: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """An `img` of a text. What says no number of pixels has 0."""

    address: str
    width: int = 0
    height: int = 0
    alt: str = ""


def to_text(html: str) -> str:
    """Return readable plain text: a blank line between paragraphs, "- " for items."""
    return _text_of(_body(html))


def well_formed(html: str) -> str:
    """Return the fragment with every element closed, nested at most 256 deep."""
    return _inner(_body(html))


def unescape_title(raw: str) -> str:
    """Return a title as plain text: tags out, entities decoded once, one line."""
    return plain.squash(unescape(TAG.sub("", raw[:LIMIT])))


def without(html: str, marks: Collection[str], ends: Collection[str] = ()) -> str:
    """Return the fragment without the elements of a class or id in `marks`.

    Of one with an id in `ends`, what follows beside it goes as well; so do quotes of
    earlier mails (`<blockquote type="cite">`).
    """
    body = _body(html)
    for element in list(body.iter(etree.Element)):
        names = {str(element.get("id", "")), *str(element.get("class", "")).split()}
        for after in list(element.itersiblings()) if names & {*ends} else ():
            _drop(after)
        cited = element.tag == "blockquote" and element.get("type") == "cite"
        if cited or names & {*marks, *ends}:
            _drop(element)
    return _inner(body)


def first_image(html: str) -> str:
    """Return the address of the first picture, or nothing."""
    return next((one.address for one in images(html)), "")


def images(html: str) -> tuple[Picture, ...]:
    """Return every picture that has an address, in order."""
    if "<img" not in html.lower():
        return ()
    return tuple(
        Picture(
            address=str(one.get("src", "")).strip(),
            width=_pixels(one.get("width")),
            height=_pixels(one.get("height")),
            alt=plain.squash(str(one.get("alt") or "")),
        )
        for one in _body(html).iter("img")
        if str(one.get("src", "")).strip()
    )


def links(html: str) -> list[tuple[str, str]]:
    """Return text and address of every link, in order."""
    found = _body(html).iter("a")
    return [
        (plain.squash(_words(one)), str(one.get("href")))
        for one in found
        if one.get("href")
    ]


def head_links(html: str) -> tuple[Link, ...]:
    """Return every `link` element with an address, wherever in the page it is."""
    return tuple(
        Link(
            rel=frozenset(str(one.get("rel") or "").lower().split()),
            href=str(one.get("href")).strip(),
            media_type=str(one.get("type") or "").partition(";")[0].strip().lower(),
            title=plain.squash(str(one.get("title") or "")),
        )
        for one in _root(html).iter("link")
        if str(one.get("href") or "").strip()
    )


def base_address(html: str) -> str:
    """Return what the page's `base` element says its addresses start at, or ""."""
    found = next(_root(html).iter("base"), None)
    return "" if found is None else str(found.get("href") or "").strip()


def parts(html: str) -> tuple[Part, ...]:
    """Cut a fragment into its top-level pieces; a lone wrapper is opened first."""
    body = _body(html)
    while (inner := _lone_wrapper(body)) is not None:
        body = inner
    found = [Part("", plain.squash(body.text or ""), _escape(body.text or ""))]
    for child in body:
        tail, child.tail = child.tail or "", None
        found.append(Part(_name(child), _text_of(child), _outer(child)))
        found.append(Part("", plain.squash(tail), _escape(tail)))
    return tuple(part for part in found if part.tag or part.text)


def page(html: str) -> Page:
    """Take a document apart; a bare fragment is a page whose head says nothing."""
    root = _root(html)
    body = root.find("body")
    if body is None:
        return Page("")
    story = next(body.iter("article"), next(body.iter("main"), body))
    heading = _take_heading(story)
    return Page(
        body=_inner(story),
        title=plain.squash(root.findtext(".//title") or ""),
        heading=heading,
        language=str(root.get("lang") or ""),
        meta=dict(_meta(root)),
    )


def _root(html: str) -> etree._Element:
    """Parse anything into a document; what cannot be parsed is an empty one."""
    parser = etree.HTMLParser(
        recover=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    text = plain.FORBIDDEN.sub("", html[:LIMIT])
    try:
        root: etree._Element | None = etree.fromstring(text, parser)
    except (etree.LxmlError, ValueError):
        root = None
    return etree.Element("html") if root is None else root


def _body(html: str) -> etree._Element:
    """Parse a fragment and return the body it is in."""
    body = _root(f"<html><body>{html}").find("body")
    return etree.Element("body") if body is None else body


def _pixels(number: object) -> int:
    found = re.fullmatch(r"(\d{1,5})(?:px)?", str(number or "").strip())
    return int(found[1]) if found else 0


def _name(element: etree._Element) -> str:
    return element.tag if isinstance(element.tag, str) else ""


def _inner(element: etree._Element) -> str:
    return _escape(element.text or "") + "".join(
        _outer(child) + _escape(child.tail or "") for child in element
    )


def _outer(element: etree._Element) -> str:
    return str(
        etree.tostring(element, encoding="unicode", method="html", with_tail=False)
    )


def _drop(element: etree._Element) -> None:
    """Take an element out; the text behind it stays."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    element.tail = None
    parent.remove(element)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _lone_wrapper(body: etree._Element) -> etree._Element | None:
    """Return the one div, section or article that holds everything, if there is."""
    if len(body) != 1 or (body.text or "").strip() or (body[0].tail or "").strip():
        return None
    return body[0] if _name(body[0]) in {"div", "section", "article", "main"} else None


def _take_heading(story: etree._Element) -> str:
    """Remove the first h1 and return its text."""
    first = next(story.iter("h1"), None)
    parent = None if first is None else first.getparent()
    if first is None or parent is None:
        return ""
    text, tail = plain.squash("".join(_spoken(first))), first.tail or ""
    before = first.getprevious()
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    parent.remove(first)
    return text


def _meta(root: etree._Element) -> Iterator[tuple[str, str]]:
    for one in root.iter("meta"):
        name = str(one.get("name") or one.get("property") or "").strip().lower()
        content = plain.squash(str(one.get("content") or ""))
        if name and content:
            yield name, content


def _words(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def _text_of(element: etree._Element) -> str:
    spoken = re.sub(rf"{BULLET}\s*", "- ", "".join(_spoken(element)))
    lines = CLOSED_OFF.sub("\n\n", plain.clean(spoken))
    return "\n".join(line.rstrip() for line in lines.strip().split("\n"))


def _spoken(root: etree._Element) -> Iterator[str]:
    """Yield the text of a tree with the breaks a reader would see."""
    silent = kept = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = _name(element)
        started = event == "start"
        silent += (name in SILENT) * (1 if started else -1)
        kept += (name == "pre") * (1 if started else -1)
        if name in BLOCKS or (started and name == "br"):
            yield _mark(name, started=started)
        text = element.text if started else element.tail if element is not root else ""
        if text and not silent:
            yield text if kept else plain.SPACE.sub(" ", text)
        if name in {"td", "th"} and not started:
            yield " "


def _mark(name: str, *, started: bool) -> str:
    """Return the break, and the bullet, that an element's start or end shows."""
    if name in ITEMS:
        return "" if not started else f"\n{BULLET}" if name == "li" else "\n"
    return "\n\n* * *\n\n" if name == "hr" and started else "\n\n"
