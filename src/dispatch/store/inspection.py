"""Look at a database without opening it for use: nothing is made, nothing migrated."""

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from dispatch.errors import StoreError
from dispatch.store.database import scratch_engine
from dispatch.store.migrations import current, known

PATIENCE = 5  # seconds for a server's answer; somebody waits at the terminal


def file_of(url: str) -> Path | None:
    """Return the SQLite file of a database address; None for PostgreSQL."""
    scheme, _, path = url.partition(":///")
    return Path(path) if scheme == "sqlite" else None


def inspect(url: str) -> str:
    """Return the schema's revision; empty when there is no database or no table yet.

    Raises StoreError: not reachable, not a database, or its schema is newer than
    this program.
    """
    file = file_of(url)
    if file is not None and not os.path.exists(file):  # noqa: PTH110 - never raises
        return ""
    try:
        with _engine(url, file).connect() as connection:
            present = current(connection)
    except (SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StoreError(f"the database cannot be opened: {reason}.") from error
    if present is not None and present not in known():
        raise StoreError(
            f"the database's schema ({present}) is newer than this program."
        )
    return present or ""


def has_readers(url: str) -> bool:
    """Whether there is a database with readers in it; False where none can be asked."""
    file = file_of(url)
    if file is not None and not os.path.exists(file):  # noqa: PTH110 - never raises
        return False
    try:
        with _engine(url, file).connect() as connection:
            asked = text("SELECT EXISTS (SELECT 1 FROM subscriber)")
            return bool(connection.execute(asked).scalar_one())
    except (SQLAlchemyError, ImportError):
        return False


def _engine(url: str, file: Path | None) -> Engine:
    """Open a SQLite file so that it cannot be changed; its lock is another's."""
    if file is None:
        return scratch_engine(url, connect_timeout=PATIENCE)
    # Without a log to read, nothing need be made beside the file to read it.
    log = file.with_name(f"{file.name}-wal")
    how = "mode=ro" if log.exists() else "immutable=1"
    address = f"file:{quote(str(file))}?{how}"
    return create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True),
        poolclass=NullPool,
    )
