"""Bring a database's schema up to date with Alembic, forward only."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from dispatch.errors import StoreError

HERE = Path(__file__).parent
ADVISORY = 7_237_133  # pg_advisory lock: two daemons start at once


def configuration() -> Config:
    """Return Alembic's configuration; it has no file of its own."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def upgrade(engine: Engine, file: Path | None) -> None:
    """Migrate to the newest schema; on SQLite, a verified backup comes first.

    Raises StoreError when the schema is newer than this program, or the backup
    is not sound: then nothing was changed.
    """
    config = configuration()
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if current(connection) == head:
            return
    with engine.begin() as connection:
        if file is None:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:k)"), {"k": ADVISORY}
            )
        present = current(connection)
        if present == head:
            return
        _refuse_newer(config, present)
        if file is not None and _has_tables(connection):
            back_up(file, file.with_name(f"{file.name}.before-{head}"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(connection: Connection) -> str | None:
    """Return the schema's revision, or None for an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


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


def _refuse_newer(config: Config, present: str | None) -> None:
    if present is None:
        return
    known = {
        script.revision
        for script in ScriptDirectory.from_config(config).walk_revisions()
    }
    if present not in known:
        raise StoreError(
            f"The database's schema ({present}) is newer than this program. "
            "Install the newer Dispatch again, or restore the backup made before it."
        )
