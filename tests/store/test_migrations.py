import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from dispatch.errors import StoreError
from dispatch.store import open_store
from dispatch.store.database import scratch_engine
from dispatch.store.schema import metadata


def test_the_migrations_make_what_the_schema_says(database_url):
    with scratch_engine(database_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_every_sqlite_table_checks_its_types(sqlite_template):
    connection = sqlite3.connect(sqlite_template)
    rows = connection.execute("PRAGMA table_list").fetchall()
    connection.close()

    loose = [
        r[1] for r in rows if not r[5] and not r[1].startswith(("sqlite_", "alembic_"))
    ]
    assert loose == []


def test_a_schema_newer_than_the_program_is_refused(
    sqlite_url, sqlite_template, tmp_path, clock
):
    file = tmp_path / "dispatch.db"
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()

    with pytest.raises(StoreError, match="newer than this program"):
        open_store(sqlite_url, clock=clock)


def test_a_migration_is_preceded_by_a_sound_backup(tmp_path, clock):
    file = tmp_path / "dispatch.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE keepsake (word TEXT)")
    connection.execute("INSERT INTO keepsake VALUES ('precious')")
    connection.commit()
    connection.close()

    open_store(f"sqlite:///{file}", clock=clock).close()

    (backup,) = tmp_path.glob("dispatch.db.before-*")
    copy = sqlite3.connect(backup)
    assert copy.execute("SELECT word FROM keepsake").fetchall() == [("precious",)]
    copy.close()
