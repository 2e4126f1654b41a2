import sqlite3

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from dispatch.errors import StoreError
from dispatch.store import migrations, open_store
from dispatch.store.database import scratch_engine
from dispatch.store.schema import metadata

BEFORE_0013 = """
INSERT INTO newsletter (name, first_seen_at, settled_to, mark)
VALUES ('daily', 1, 1, 9);
INSERT INTO issue (id, newsletter, slot, state, from_position, to_position, created_at,
                   changed_at, planned)
VALUES ('one', 'daily', 70, 'done', 4, 9, 1, 1, 3),
       ('two', 'daily', 80, 'cancelled', 9, 12, 1, 1, NULL);
INSERT INTO subscriber (id, mailbox, address, mailbox_hash, created_at)
VALUES (1, 'a', 'a', 'a', 1), (2, 'b', 'b', 'b', 1), (3, 'c', 'c', 'c', 1);
INSERT INTO subscription (subscriber, newsletter, state, covered_to, created_at,
                          changed_at)
VALUES (1, 'daily', 'paused', 3, 1, 1), (2, 'daily', 'active', 12, 1, 1),
       (3, 'daily', 'unsubscribed', 3, 1, 1)
"""


def test_the_migrations_make_what_the_schema_says(database_url):
    with scratch_engine(database_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_each_migration_lies_in_a_file_that_is_called_by_its_revision():
    scripts = ScriptDirectory.from_config(migrations.configuration())

    assert migrations.known() == {one.revision for one in scripts.walk_revisions()}
    assert max(migrations.known()) == scripts.get_current_head()


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


def test_readers_begin_where_their_newsletter_stands_once_marks_alone_count(tmp_path):
    """Before 0013 nobody was sent old entries, whatever their mark said."""
    engine = scratch_engine(f"sqlite:///{tmp_path / 'old.db'}")
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
        for line in BEFORE_0013.split(";"):
            connection.execute(text(line))
        command.upgrade(config, "0013")
        ties = connection.execute(
            text(
                "SELECT covered_to, covered_at, cadence, languages FROM subscription"
                " ORDER BY id"
            )
        ).all()
        reach = connection.execute(text("SELECT reaches_to FROM issue")).scalars().all()

    assert [tuple(one) for one in ties] == [
        (9, 70, "each", "[]"),
        (12, 70, "each", "[]"),
        (3, None, "each", "[]"),
    ]
    assert reach == [4, 9]
