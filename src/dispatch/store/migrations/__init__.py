"""Bring a database's schema up to date with Alembic, forward only."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from dispatch.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
ADVISORY = 7_237_133  # pg_advisory lock: two daemons start at once


def configuration() -> "Config":
    """Return Alembic's configuration; it has no file of its own."""
    from alembic.config import Config  # noqa: PLC0415 - for those who migrate alone

    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def upgrade(engine: Engine, file: Path | None) -> None:
    """Migrate to the newest schema; on SQLite, a verified backup comes first.

    Raises StoreError when the schema is newer than this program, or the backup
    is not sound: then nothing was changed.
    """
    head = max(known())
    with engine.connect() as connection:
        if current(connection) == head:
            return
    from alembic import command  # noqa: PLC0415 - slow to load, and seldom needed

    config = configuration()
    with engine.begin() as connection:
        if file is None:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:k)"), {"k": ADVISORY}
            )
        present = current(connection)
        if present == head:
            return
        _refuse_newer(present)
        if file is not None and _has_tables(connection):
            back_up(file, file.with_name(f"{file.name}.before-{head}"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def known() -> frozenset[str]:
    """Return the revisions of this program: a file is called by its revision."""
    files = (HERE / "versions").glob("[0-9]*.py")
    return frozenset(one.name.partition("_")[0] for one in files)


def current(connection: Connection) -> str | None:
    """Return the schema's revision, or None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version"))
    return found.scalar()


def back_up(file: Path, target: Path) -> None:
    """Copy a SQLite file with `VACUUM INTO` and check the copy.

    Raises StoreError when the copy is not sound.
    """
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    source = sqlite3.connect(file, isolation_level=None)
    try:
        source.execute("VACUUM INTO ?", (str(partial),))
    except sqlite3.Error as error:
        raise StoreError(f"{file}: no backup could be made: {error}.") from error
    finally:
        source.close()
    copy = sqlite3.connect(partial)
    try:
        verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        copy.close()
    if verdict != "ok":
        raise StoreError(f"{partial}: the backup is damaged ({verdict}).")
    partial.replace(target)


def _has_tables(connection: Connection) -> bool:
    return bool(inspect(connection).get_table_names())


def _refuse_newer(present: str | None) -> None:
    if present is not None and present not in known():
        raise StoreError(
            f"The database's schema ({present}) is newer than this program. "
            "Install the newer Dispatch again, or restore the backup made before it."
        )
