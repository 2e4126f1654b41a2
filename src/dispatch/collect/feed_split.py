"""A feed in XML cut into its items, without parsing it: linear in time, whatever comes.

The parser that repairs feeds (feedparser) takes seconds for a hostile megabyte, and
one damaged item can spoil all that follow. So it is handed the items in small
documents of their own, each inside the elements that the items stood in.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.parsers import expat

ITEM = re.compile(
    r"<!--|<!\[CDATA\[|<(/?)((?:[\w-]{1,40}:)?(?:item|entry))(?=[\s/>])", re.IGNORECASE
)
ITEM_END = re.compile(r"</(?:[\w-]{1,40}:)?(?:item|entry)\s*>", re.IGNORECASE)
TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
    r"|<(?P<end>/?)(?P<name>[\w:.-]{1,80})(?P<rest>[^<>]*)>",
    re.DOTALL,
)
AROUND = frozenset({"rss", "rdf", "channel", "feed"})  # what items stand in
MOST_AROUND = 5
MOST_OUTSIDE = 60_000  # characters; of what is no item, the start is enough
MOST_ITEMS = 20_000  # that are cut out; far more than are ever parsed
BATCH = 60_000  # characters
STEP = 1_000_000  # characters that expat is given at a time
DEEPEST = 250  # elements


@dataclass(frozen=True, slots=True)
class Cut:
    """A feed, apart. `outside` is the feed without its items.

    `sound` says whether it is well-formed, `fault` where it is not ("line 7"), and
    `broken_off` that it ends within an item, which is not among `items`.
    """

    items: tuple[str, ...]
    outside: str
    before: str  # the start tags that stand around items
    after: str  # and their end tags
    sound: bool
    fault: str = ""
    broken_off: bool = False

    def document(self, items: Sequence[str]) -> str:
        """Return a document of just these items."""
        return self.before + "".join(items) + self.after


def cut(text: str) -> Cut:
    """Cut a feed's text. Anything goes in; what has no items gives none."""
    fault = _fault(text)
    spans, broken_off, swallowed = _spans(text, sound=not fault)
    fault = fault or ("a CDATA section is not closed" if swallowed else "")
    first = spans[0][0] if spans else len(text)
    names = _around(text[:first])
    return Cut(
        items=tuple(text[start:end] for start, end in spans),
        outside=_outside(text, spans),
        before="".join(f"<{name}{rest}>" for name, rest in names),
        after="".join(f"</{name}>" for name, _ in reversed(names)),
        sound=not fault,
        fault=fault,
        broken_off=broken_off,
    )


def batches(items: Sequence[str]) -> Iterator[list[str]]:
    """Yield the items in order, as many at a time as make a small document."""
    batch: list[str] = []
    size = 0
    for item in items:
        if batch and size + len(item) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item)
    if batch:
        yield batch


def is_sound(text: str) -> bool:
    """Whether a text is one well-formed document."""
    return not _fault(text)


def _fault(text: str) -> str:
    """Return where a text stops being well-formed XML, or nothing."""
    parser = expat.ParserCreate("utf-8")
    depth = 0

    def starts(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _TooDeepError

    def ends(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = starts, ends
    try:
        for at in range(0, len(text), STEP):
            parser.Parse(text[at : at + STEP].encode("utf-8", "replace"), False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        return f"line {error.lineno}"
    except _TooDeepError:
        return f"nested more than {DEEPEST} deep"
    return ""


class _TooDeepError(Exception):
    """Raised out of expat, whose memory grows with the depth."""


def _spans(text: str, *, sound: bool) -> tuple[list[tuple[int, int]], bool, bool]:
    """Return where items start and end, and whether the last one has no end.

    In a damaged document an item without an end ends where the next one starts. The
    last answer is whether a CDATA section or a comment would have swallowed items.
    """
    spans: list[tuple[int, int]] = []
    start, depth, wanted = -1, 0, ""
    looking = _Ends(text)
    for at, ends, closing, name in _marks(looking, sound=sound):
        wanted = wanted or name
        if name != wanted:
            continue
        if closing:
            depth = max(depth - 1, 0)
        else:
            if depth and not sound:
                spans.append((start, at))
                depth = 0
            start = at if not depth else start
            depth += 1
        single = not closing and text[ends - 2] == "/"
        depth -= single
        if depth == 0 and start >= 0 and (closing or single):
            spans.append((start, ends))
            start = -1
        if len(spans) >= MOST_ITEMS:
            return spans, False, looking.swallowed
    return spans, depth > 0, looking.swallowed


def _marks(ends: "_Ends", *, sound: bool) -> Iterator[tuple[int, int, bool, str]]:
    """Yield start, end, whether it closes, and name of each tag of an item."""
    at, text = 0, ends.text
    while found := ITEM.search(text, at):
        at = found.end()
        if found[2]:
            close = text.find(">", at)
            if close < 0:
                return
            at = close + 1
            yield found.start(), at, bool(found[1]), found[2].lower()
        else:
            at = _passed(ends, found.start(), sound=sound)


class _Ends:
    """Where the next of a mark is; looks at no part of the text twice."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.swallowed = False
        self._next: dict[str, int] = {}

    def after(self, mark: str, start: int) -> int:
        """Return the first place of `mark` from `start` on, -1 for none.

        `start` may only grow from one call to the next.
        """
        known = self._next.get(mark)
        if known is None or 0 <= known < start:
            known = self._next[mark] = self.text.find(mark, start)
        return known


def _passed(ends: _Ends, start: int, *, sound: bool) -> int:
    """Return where a comment or a CDATA section ends.

    One that is never closed, or only where the next of its kind is, beyond the end
    of its item, is no reason to lose the items after it.
    """
    text = ends.text
    mark, end = ("<!--", "-->") if text[start + 2] == "-" else ("<![CDATA[", "]]>")
    close = ends.after(end, start)
    if close < 0:
        return len(text) if sound else start + len(mark)
    another = ends.after(mark, start + len(mark))
    if 0 <= another < close and ITEM_END.search(text, start, another):
        ends.swallowed = True
        return start + len(mark)
    return close + len(end)


def _around(head: str) -> list[tuple[str, str]]:
    """Return name and attributes of the elements that are open where items start."""
    stack: list[tuple[str, str]] = []
    for found in TAG.finditer(head):
        name, rest = found["name"], found["rest"] or ""
        if not name or name.rpartition(":")[2].lower() not in AROUND:
            continue
        if found["end"]:
            if any(name == opened for opened, _ in stack):
                while stack.pop()[0] != name:
                    pass
        elif not rest.endswith("/") and len(stack) < MOST_AROUND:
            stack.append((name, rest))
    return stack


def _outside(text: str, spans: Sequence[tuple[int, int]]) -> str:
    starts = [0, *(end for _, end in spans)]
    last = len(text) if len(spans) < MOST_ITEMS else starts[-1]
    ends = [*(start for start, _ in spans), last]
    room, pieces = MOST_OUTSIDE, []
    for start, end in zip(starts, ends, strict=True):
        pieces.append(text[start : min(end, start + room)])
        room -= len(pieces[-1])
        if room <= 0:
            break
    return "".join(pieces)
