"""The records of a CSV file of any size, in any of the usual encodings.

Read line by line: a record that is broken costs itself and nothing after it, and
never more than a few lines are in memory.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

LONGEST_LINE = 64 * 1024
MOST_LINES = 20  # of one record: an address list has no longer notes
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

NEVER_CLOSED = "a quotation mark opens here and is not closed"
TOO_LONG = f"the line is longer than {LONGEST_LINE // 1024} kB"


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line, or why it cannot be read."""

    number: int
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record, or why it has none. `line` is where it starts."""

    line: int
    cells: tuple[str, ...]
    problem: str = ""


def lines(stream: BinaryIO) -> Iterator[Line]:
    """Yield the lines of a file: UTF-8, UTF-16 with its mark, or else Windows-1252.

    `stream` stays open if it is a buffered file.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else _buffer(stream)
    wide = buffered.peek(2)[:2] in UTF16
    # Latin-1 keeps every byte as it is, so that each line is decoded on its own: one
    # stray byte in a UTF-8 file spoils one name, not the file.
    text = io.TextIOWrapper(
        buffered, encoding="utf-16" if wide else "latin-1", errors="replace"
    )
    try:
        for number, (line, whole) in enumerate(_bounded(text), start=1):
            decoded = line if wide else _decode(line.encode("latin-1"))
            if number == 1:
                decoded = decoded.removeprefix("\ufeff")
            yield Line(number, decoded, "" if whole else TOO_LONG)
    finally:
        if not buffered.closed:
            text.detach()


def records(source: Iterator[Line], delimiter: str) -> Iterator[Record]:
    """Yield the records of `source`; empty lines are left out."""
    ahead = _Ahead(source)
    while (line := ahead.take()) is not None:
        if line.problem:
            yield Record(line.number, (), line.problem)
        elif line.text.strip():
            yield _record(line, ahead, delimiter)


def cells(text: str, delimiter: str, *, strict: bool = False) -> tuple[str, ...]:
    """Return the cells of one record. Raises csv.Error if it is broken."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=strict
    )
    return tuple(next(reader, ()))


class _Ahead:
    """Lines that may be put back."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._waiting: deque[Line] = deque()

    def take(self) -> Line | None:
        if self._waiting:
            return self._waiting.popleft()
        return next(self._source, None)

    def put_back(self, taken: list[Line]) -> None:
        self._waiting.extendleft(reversed(taken))


def _record(line: Line, ahead: _Ahead, delimiter: str) -> Record:
    """Read the record that starts with `line`, over several lines if it must."""
    try:
        return Record(line.number, cells(line.text, delimiter, strict=True))
    except csv.Error as error:
        if not _open(error):
            # Quotes inside quotes: read as spreadsheets do, and let the caller see
            # whether the cells make sense.
            return _leniently(line, delimiter)
    return _continued(line, ahead, delimiter)


def _continued(line: Line, ahead: _Ahead, delimiter: str) -> Record:
    """Look for the closing quotation mark in the next lines, and not for ever."""
    taken: list[Line] = []
    text = line.text
    while len(taken) < MOST_LINES and len(text) < LONGEST_LINE:
        more = ahead.take()
        if more is None:
            break
        taken.append(more)
        text += more.text
        if '"' not in more.text:
            continue
        try:
            return Record(line.number, cells(text, delimiter, strict=True))
        except csv.Error as error:
            if not _open(error):
                break
    ahead.put_back(taken)
    return Record(line.number, (), NEVER_CLOSED)


def _leniently(line: Line, delimiter: str) -> Record:
    try:
        return Record(line.number, cells(line.text, delimiter))
    except csv.Error:
        return Record(line.number, (), "its quotation marks do not match")


def _open(error: csv.Error) -> bool:
    """Whether a record is only unfinished: the end came inside quotation marks."""
    return "end of data" in str(error)


def _bounded(text: io.TextIOWrapper) -> Iterator[tuple[str, bool]]:
    """Yield each line and whether that was all of it; the rest of a long one goes."""
    while line := text.readline(LONGEST_LINE):
        whole = line.endswith("\n") or len(line) < LONGEST_LINE
        yield line, whole
        while not whole:
            rest = text.readline(LONGEST_LINE)
            whole = rest.endswith("\n") or len(rest) < LONGEST_LINE


def _buffer(stream: BinaryIO) -> io.BufferedReader:
    return io.BufferedReader(cast("io.RawIOBase", stream))


def _decode(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")
