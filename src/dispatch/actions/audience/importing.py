"""Bring a list of people in from a file, as often as you like.

Nobody is revived: who left, complained, bounced or was erased stays out, whatever a
file says. An opt-out in a file becomes a suppression.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from dispatch.actions.audience import import_rows, notices
from dispatch.actions.audience.import_report import Fate, ImportReport, Tally
from dispatch.actions.audience.import_rows import Work
from dispatch.compose.press import Press
from dispatch.errors import UsageError
from dispatch.model import (
    Clock,
    MailingKind,
    NewsletterSettings,
    SuppressionReason,
)
from dispatch.store import Store, Tx
from dispatch.subscribe import archive, importer
from dispatch.subscribe.importer import Refused, Row
from dispatch.subscribe.tokens import Tokens
from dispatch.text import plain

# Rows of one transaction: as many as take well under 50 ms.
CHUNK = 50
CHUNK_ASKED = 20  # each has a mail queued as well
AS = {
    "active": None,
    "unsubscribed": SuppressionReason.UNSUBSCRIBED,
    "bounced": SuppressionReason.BOUNCED,
}

Progress = Callable[[int, int], None]  # bytes read, bytes in all


def import_file(
    store: Store,
    press: Press,
    tokens: Tokens,
    newsletter: NewsletterSettings,
    path: Path,
    *,
    confirmed: bool,
    clock: Clock,
    consent: str = "",
    as_: str = "active",
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> ImportReport:
    """Import the people in a CSV file, or in the lists of a ZIP file.

    `confirmed` says that they agreed elsewhere (`consent` says how, as evidence); else
    each new one is mailed the button to confirm. Rows go in chunks, each in one
    transaction: an import that is stopped is finished by running it again. Raises
    UsageError for a file that cannot be used at all.
    """
    fields = importer.parse_mapping(mapping or {})
    given = _opt_out(as_)
    ask = None
    if not confirmed:
        ask = notices.prepare(press, MailingKind.CONFIRM, newsletter)
    work = Work(tokens, newsletter, consent, clock.now(), ask)
    apply = _foreseer(store, work) if dry_run else _importer(store, work)
    tally, name = Tally(), plain.file_name(path.name)
    with (
        _opened(path) as (stream, size),
        closing(archive.rows(stream, name, mapping=fields, opt_out=given)) as rows,
    ):
        for chunk in _chunks(rows, tally, CHUNK if ask is None else CHUNK_ASKED):
            tally.counts.update(apply(chunk))
            progress(min(stream.tell(), size), size)
        progress(size, size)
    return tally.report(name, newsletter.name, dry_run=dry_run)


def _importer(store: Store, work: Work) -> Callable[[list[Row]], list[Fate]]:
    def apply(rows: list[Row]) -> list[Fate]:
        def unit(tx: Tx) -> list[Fate]:
            return import_rows.take(tx, work, rows)

        return store.write(unit)

    return apply


def _foreseer(store: Store, work: Work) -> Callable[[list[Row]], list[Fate]]:
    """Return what says what would happen; it remembers whom the file named before."""
    left: dict[bytes, bool] = {}  # those named before: whether they had opted out

    def apply(rows: list[Row]) -> list[Fate]:
        with store.read() as tx:
            fates = import_rows.foresee(tx, work, rows)
        for place, row in enumerate(rows):
            short = hashlib.blake2b(row.mailbox.mailbox.encode(), digest_size=8)
            who = short.digest()
            if who in left:
                after = AFTER_OPT_OUT if left[who] else AFTER_SIGN_UP
                fates[place] = after.get(fates[place], fates[place])
            left[who] = left.get(who, False) or fates[place] in OPT_OUTS
        return fates

    return apply


OPT_OUTS = {Fate.OPTED_OUT, Fate.KNOWN_OPT_OUT}
AFTER_SIGN_UP = {Fate.NEW: Fate.ALREADY, Fate.ASKED: Fate.ALREADY}
"""What becomes of a row whose person an earlier row has brought."""
AFTER_OPT_OUT = {
    Fate.NEW: Fate.SUPPRESSED,
    Fate.ASKED: Fate.SUPPRESSED,
    Fate.ALREADY: Fate.SUPPRESSED,
    Fate.OPTED_OUT: Fate.KNOWN_OPT_OUT,
}
"""What becomes of a row whose person has left by an earlier row."""


def _chunks(
    rows: Iterator[Row | Refused], tally: Tally, size: int
) -> Iterator[list[Row]]:
    """Yield chunks of rows, nobody twice in one of them; count the refused ones."""
    chunk: dict[str, Row] = {}
    for row in rows:
        if isinstance(row, Refused):
            tally.refuse(row)
            continue
        if len(chunk) == size or row.mailbox.mailbox in chunk:
            yield list(chunk.values())
            chunk = {}
        chunk[row.mailbox.mailbox] = row
    if chunk:
        yield list(chunk.values())


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    with stream:
        yield stream, path.stat().st_size


def _opt_out(as_: str) -> SuppressionReason | None:
    if as_ not in AS:
        raise UsageError(f"--as {as_}: it is one of {', '.join(AS)}.")
    return AS[as_]
