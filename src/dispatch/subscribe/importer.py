"""Read a list of people from a CSV file: rows to import, rows refused and why.

Pure: an open file in, values out, one row at a time, whatever the size. Nothing is
decided here about who may be written to; that takes the store.
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from typing import BinaryIO, TypeVar

from dispatch.errors import UsageError
from dispatch.model import Cadence, MailFormat, SuppressionReason
from dispatch.model.content import section_key
from dispatch.subscribe import columns, lines
from dispatch.subscribe.columns import Field
from dispatch.subscribe.lines import Line, Record
from dispatch.text import address, languages, plain
from dispatch.text.address import Mailbox

DELIMITERS = ",;\t|"
LONGEST_NAME = 200
UNKNOWN_WIDTH = 1000
MOST_CHOSEN = 50  # topics or languages of one reader
STATUSES = (
    Field.SUPPRESSED,
    Field.STATUS,
    Field.GLOBAL_STATUS,
    Field.SUBSCRIBED,
    Field.TYPE,
)
FORMULA = ("'=", "'+", "'-", "'@")
TIMES = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y")

Value = TypeVar("Value", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chose here before, as our own export says it."""

    topics: tuple[str, ...] = ()
    format: MailFormat = MailFormat.HTML
    cadence: Cadence = Cadence.EACH
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody to import. `opt_out` says that they must not get mail, and why."""

    file: str
    line: int
    mailbox: Mailbox
    name: str = ""
    opt_out: SuppressionReason | None = None
    opted_in_at: datetime | None = None
    ip: str = ""
    left_at: datetime | None = None
    choices: Choices = Choices()


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be used. The reason never repeats an address."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which column holds what."""

    file: str
    places: dict[Field, int]
    width: int

    def cell(self, record: Record, field: Field) -> str:
        place = self.places.get(field)
        if place is None or place >= len(record.cells):
            return ""
        text = record.cells[place].strip()
        # Our own export guards spreadsheets with an apostrophe.
        return text[1:] if text.startswith(FORMULA) else text


def rows(
    stream: BinaryIO,
    file: str,
    *,
    mapping: Mapping[Field, str] | None = None,
    opt_out: SuppressionReason | None = None,
) -> Iterator[Row | Refused]:
    """Yield what every line of `stream` says. `file` is its name.

    `opt_out` holds for the whole file. A row's own opt-out counts as well, and a row
    is never made better than it says it is. Raises UsageError, before the first row,
    if no column with addresses can be found.
    """
    source = lines.lines(stream)
    layout, records = _open(source, file, mapping or {})
    for record in records:
        yield _row(layout, record, opt_out)


def parse_mapping(pairs: Mapping[str, str]) -> dict[Field, str]:
    """Check what was given with `--map`. Raises UsageError."""
    known = ", ".join(Field)
    try:
        return {Field(name): header for name, header in pairs.items()}
    except ValueError as error:
        raise UsageError(f"--map: {error}. Known fields are {known}.") from error


def _open(
    source: Iterator[Line], file: str, mapping: Mapping[Field, str]
) -> tuple[_Layout, Iterator[Record]]:
    """Read the header, and find out how the file separates its cells."""
    first, separators = _first_line(source)
    widest, chosen = _Layout(file, {}, 0), ""
    for delimiter in separators:
        header = _single(first, delimiter).cells
        places = columns.recognise(header, mapping)
        if Field.EMAIL in places and len(header) > widest.width:
            widest, chosen = _Layout(file, places, len(header)), delimiter
    if chosen:
        return widest, lines.records(source, chosen)
    return _without_header(first, source, file, mapping)


def _first_line(source: Iterator[Line]) -> tuple[Line, str]:
    """Return the header line, and the separators that it may use."""
    separators = DELIMITERS
    for line in source:
        if line.text.casefold().startswith("sep=") and len(line.text.strip()) == 5:  # noqa: PLR2004 - "sep=;"
            separators = line.text[4]
        elif line.text.strip() and not line.problem:
            return line, separators
    return Line(1, ""), separators


def _without_header(
    first: Line, source: Iterator[Line], file: str, mapping: Mapping[Field, str]
) -> tuple[_Layout, Iterator[Record]]:
    """Take a bare list of addresses, or say what is missing."""
    if not mapping:
        for delimiter in DELIMITERS:
            for place, cell in enumerate(_single(first, delimiter).cells):
                if _mailbox(cell) is not None:
                    layout = _Layout(file, {Field.EMAIL: place}, UNKNOWN_WIDTH)
                    return layout, lines.records(chain([first], source), delimiter)
    if not first.text.strip():
        raise UsageError(f"{file}: is empty. Export the list once more.")
    wanted = mapping.get(Field.EMAIL)
    missing = f"no column {wanted!r}" if wanted else "no column with addresses"
    raise UsageError(
        f"{file}: {missing}. The first line must name the columns; if the addresses "
        'have an unusual name, say so with --map email="Name of the column".'
    )


def _single(line: Line, delimiter: str) -> Record:
    return next(lines.records(iter([line]), delimiter), Record(line.number, ()))


def _row(
    layout: _Layout, record: Record, opt_out: SuppressionReason | None
) -> Row | Refused:
    if record.problem:
        return Refused(layout.file, record.line, record.problem)
    if len(record.cells) > layout.width and any(record.cells[layout.width :]):
        reason = f"it has {len(record.cells)} cells, the first line has {layout.width}"
        return Refused(layout.file, record.line, reason)
    try:
        mailbox = address.parse(layout.cell(record, Field.EMAIL))
        said = _opt_out(layout, record, opt_out)
    except ValueError as error:
        return Refused(layout.file, record.line, _as_reason(error))
    return _with_details(layout, record, mailbox, said)


def _opt_out(
    layout: _Layout, record: Record, given: SuppressionReason | None
) -> SuppressionReason | None:
    """Return the opt-out of a row: the first that any of its columns knows.

    Raises ValueError if none does, and one column is not a clear yes.
    """
    unclear: ValueError | None = None
    for field in STATUSES:
        cell = layout.cell(record, field)
        try:
            found = (
                columns.opt_out_in_type(cell)
                if field is Field.TYPE
                else columns.opt_out(cell)
            )
        except ValueError as error:
            unclear = error
            continue
        if found is not None:
            return found
    if unclear is not None and given is None:
        raise unclear
    return given


def _with_details(
    layout: _Layout,
    record: Record,
    mailbox: Mailbox,
    opt_out: SuppressionReason | None,
) -> Row:
    """Add what is good to have; nothing here is a reason to refuse somebody."""
    cell = {field: layout.cell(record, field) for field in Field}
    name = cell[Field.NAME] or f"{cell[Field.FIRST_NAME]} {cell[Field.LAST_NAME]}"
    confirmed, opted_in = cell[Field.CONFIRMED_AT], cell[Field.OPTED_IN_AT]
    return Row(
        file=layout.file,
        line=record.line,
        mailbox=mailbox,
        name=plain.squash(name)[:LONGEST_NAME],
        opt_out=opt_out,
        opted_in_at=_time(confirmed) or _time(opted_in),
        ip=_ip(cell[Field.CONFIRMED_IP]) or _ip(cell[Field.OPTED_IN_IP]),
        left_at=_time(cell[Field.LEFT_AT]),
        choices=Choices(
            topics=_list(cell[Field.TOPICS], section_key),
            format=_one_of(MailFormat, cell[Field.FORMAT], MailFormat.HTML),
            cadence=_one_of(Cadence, cell[Field.CADENCE], Cadence.EACH),
            languages=_list(cell[Field.LANGUAGES], languages.base),
        ),
    )


def _list(text: str, written: Callable[[str], str]) -> tuple[str, ...]:
    """Return the words between commas as they are compared, each once, by name."""
    words = {written(word) for word in text.split(",")[:MOST_CHOSEN]}
    return tuple(sorted(words - {""}))


def _one_of(values: type[Value], word: str, otherwise: Value) -> Value:
    """Return what `word` means; what we do not know is as usual."""
    try:
        return values(word.lower())
    except ValueError:
        return otherwise


def _mailbox(text: str) -> Mailbox | None:
    try:
        return address.parse(text)
    except ValueError:
        return None


def _as_reason(error: ValueError) -> str:
    """Turn a sentence into what follows "line 7: "."""
    text = str(error)
    return text[:1].lower() + text[1:].removesuffix(".")


def _time(text: str) -> datetime | None:
    """Read a moment; without a zone it is taken as UTC, which is what services export.

    A month and a day that could be either way round are read the American way, as
    Mailchimp writes them.
    """
    found = _iso(text)
    for form in TIMES if found is None and text else ():
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        break
    if found is None or found.tzinfo is not None:
        return found
    return found.replace(tzinfo=UTC)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
