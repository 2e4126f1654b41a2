"""Open the database: one writer, many readers, the same on SQLite and PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from dispatch.errors import StoreError
from dispatch.model import Clock
from dispatch.store import lock
from dispatch.store.migrations import upgrade
from dispatch.store.outbox import Outbox, Unit
from dispatch.store.room import Room
from dispatch.store.transaction import Dialect, Tx
from dispatch.store.writer import Writer

T = TypeVar("T")

READERS = 16
# A process stopped in mid-transaction must not hold its locks against all others.
STOPPED = "-c idle_in_transaction_session_timeout=30s"
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # NORMAL can roll back acknowledged commits on power loss: an `accepted` that
    # is forgotten is a repeat that nobody counts.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_size_limit=67108864",
)


class Store:
    """The open database. Close it; a `with` block does."""

    def __init__(
        self,
        writing: Engine,
        reading: Engine,
        clock: Clock,
        file: Path | None,
        min_free: int,
    ) -> None:
        self._writing = writing
        self._reading = reading
        self._clock = clock
        self._file = file
        self._lock = file.with_name(file.name + ".lock") if file else None
        self.dialect: Dialect = "sqlite" if file else "postgresql"
        self._kept: Connection | None = None
        self._writer = Writer(self._begin, self._wrap)
        self._room = Room(file.parent if file else None, min_free)

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None on PostgreSQL."""
        return self._file

    @property
    def writable(self) -> bool:
        """Whether the writer lives. When it does not, nothing may be claimed."""
        return self._writer.alive

    @property
    def shortage(self) -> str:
        """Say that the disk is nearly full, in a sentence; empty when it is not.

        With a shortage no mail may be begun.
        """
        return self._room.shortage

    def submit(self, unit: Unit[T]) -> "Future[T]":
        """Queue a unit for the next group commit; the result comes when durable."""
        return self._writer.submit(unit)

    def outbox(self) -> Outbox:
        """Return a place where one thread keeps writes until it sends them together."""
        return Outbox(self._writer.put)

    def write(self, unit: Unit[T]) -> T:
        """Run a unit and wait until it is durable.

        Raises what the unit raised, or StoreError.
        """
        return self._writer.submit(unit).result()

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Give a consistent, read-only view for the length of the block."""
        try:
            with self._reading.connect() as connection:
                yield self._wrap(connection)
        except DBAPIError as error:
            raise StoreError(f"The database cannot be read: {error.orig}.") from error

    def close(self) -> None:
        """Finish the queued writes and close every connection."""
        self._writer.close()
        with lock.exclusive(self._lock):  # the last close of a WAL file checkpoints
            if self._kept:
                self._kept.close()
            self._reading.dispose()
            self._writing.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        """Open a durable transaction, for the writer's thread alone.

        Its connection is kept from one to the next; after a failure it is another.
        """
        with lock.exclusive(self._lock):
            connection = self._kept or self._writing.connect()
            self._kept = None
            with ExitStack() as failed:
                failed.callback(connection.close)
                with connection.begin():
                    yield connection
                failed.pop_all()
            self._kept = connection

    def _wrap(self, connection: Connection) -> Tx:
        return Tx(connection, self.dialect, self._clock)


def open_store(url: str, *, clock: Clock, min_free: int = 0) -> Store:
    """Open the database at `url`, bring its schema up to date, start the writer.

    `url` is sqlite:///FILE (made when missing, its folder too) or postgresql://….
    `min_free` bytes on a file's disk are the least with which mail may be begun.
    Raises StoreError: not reachable, not writable, or its schema is newer than
    this program.
    """
    parsed = _parse(url)
    file = (
        Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
    )
    if file is not None:
        _make_folder(file)
    try:
        writing, reading = _engines(parsed, file)
        with lock.exclusive(file.with_name(file.name + ".lock") if file else None):
            upgrade(writing, file)
    except DBAPIError as error:
        raise StoreError(_cannot_open(parsed, error)) from error
    return Store(writing, reading, clock, file, min_free)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(f"store.url: {url!r} is not a database address.") from error
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite+pysqlite")
    raise StoreError(
        f"store.url: {parsed.render_as_string()!r} is neither sqlite:///FILE nor "
        "postgresql://USER@HOST/DATABASE."
    )


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{file.parent}: cannot be made for the database ({error.strerror}). "
            "Let the user that Dispatch runs as write there, or mend store.url."
        ) from error


def _engines(url: URL, file: Path | None) -> tuple[Engine, Engine]:
    if file is None:
        engine = create_engine(
            url,
            pool_size=READERS,
            pool_pre_ping=True,
            connect_args={"options": _options(url)},
        )
        reading = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        return engine, reading
    writing = create_engine(url, pool_size=1, max_overflow=0)
    readers = create_engine(url, pool_size=READERS, max_overflow=READERS)
    for engine, begin, extra in (
        (writing, "BEGIN IMMEDIATE", ()),
        (readers, "BEGIN", ("PRAGMA query_only=ON",)),
    ):
        _tame_sqlite(engine, begin, (*PRAGMAS, *extra))
    return writing, readers


def _options(url: URL) -> str:
    """Return what the server is asked for: ours, then what the address itself says."""
    given = url.query.get("options", "")
    return " ".join((STOPPED, *([given] if isinstance(given, str) else given))).strip()


def _tame_sqlite(engine: Engine, begin: str, pragmas: tuple[str, ...]) -> None:
    """Make transactions ours: the driver would begin them late and deferred."""

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _cannot_open(url: URL, error: DBAPIError) -> str:
    reason = str(error.orig).strip().splitlines()[0]
    plain = url.set(drivername=url.get_backend_name())
    shown = url.database if plain.drivername == "sqlite" else plain.render_as_string()
    remedy = (
        "Another program holds it; try again when that is done."
        if reason == "database is locked"
        else "Mend store.url, or see that the database is there, whole, and lets us in."
    )
    return f"{shown}: the database cannot be opened: {reason}. {remedy}"


def scratch_engine(url: str, **connecting: int) -> Engine:
    """Return a plain engine for tests and tools that look at the schema itself."""
    return create_engine(_parse(url), poolclass=NullPool, connect_args=connecting)
