"""A private PostgreSQL server for the test run."""

import functools
import itertools
import os
import pwd
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from sqlalchemy import MetaData, text

from dispatch.store import migrations
from dispatch.store.database import open_store, scratch_engine

_NUMBERS = itertools.count()
TEMPLATE = "dispatch_template"

# What a killed test left connected.
ALONE = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SCHEMA = """
SELECT md5(string_agg(what, ';' ORDER BY what)) FROM (
  SELECT format('%s %s %s', attrelid::regclass, attname, atttypid) || attnotnull AS what
    FROM pg_attribute
   WHERE attnum > 0 AND attrelid IN (
         SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
  UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN (
         SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
  UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint
   WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT version_num FROM alembic_version) AS parts
"""
EMPTY = """
DO $$
DECLARE one record; filled boolean;
BEGIN
  SET LOCAL session_replication_role = replica;  -- foreign keys, in any order
  FOR one IN SELECT oid::regclass AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND relname <> 'alembic_version'
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', one.name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %s', one.name); END IF;
  END LOOP;
  FOR one IN SELECT format('%I.%I', schemaname, sequencename) AS name
    FROM pg_sequences WHERE last_value IS NOT NULL
  LOOP
    EXECUTE format('ALTER SEQUENCE %s RESTART', one.name);
  END LOOP;
END $$
"""

_clean = []  # names of databases that are as good as new


class _AnyClock:
    def now(self):
        raise AssertionError("migrations do not ask the time")


def find_postgres():
    """Return the folder of the newest installed server's programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def _as_postgres(command):
    """PostgreSQL refuses to run as root: become its own user."""
    if os.geteuid() == 0:
        return [
            "setpriv",
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            *command,
        ]
    return command


def _run(*command):
    subprocess.run(_as_postgres(list(command)), check=True, capture_output=True)


@contextmanager
def running(programs, folder, *, durable=False):
    """Yield the address of a server that lives in `folder`; it trusts its socket."""
    # Sockets have short names, and pytest's folders are closed to other users.
    home = Path("/tmp") / f"dispatch-pg-{os.getpid()}"
    home.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(home, pwd.getpwnam("postgres").pw_uid, -1)
    try:
        data = home / "data"
        _run(programs / "initdb", "-D", data, "-U", "dispatch", "-A", "trust", "-N")
        # fsync stays off: these tests kill processes, not machines.
        fsync = "on" if durable else "off"
        options = (
            f"-c listen_addresses='' -k {home} -c fsync={fsync} -c max_connections=200"
        )
        _run(
            programs / "pg_ctl",
            "-D",
            data,
            "-o",
            options,
            "-w",
            "-l",
            home / "log",
            "start",
        )
        try:
            url = f"postgresql://dispatch@/postgres?host={home}"
            _make_template(url)
            yield url
        finally:
            _clean.clear()
            _newest_schema.cache_clear()
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _named(url, database):
    return url.replace("/postgres?", f"/{database}?")


def _administer(url, statement):
    engine = scratch_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def _make_template(url):
    _administer(url, f"CREATE DATABASE {TEMPLATE}")
    open_store(_named(url, TEMPLATE), clock=_AnyClock()).close()


@contextmanager
def fresh_database(url):
    """Yield the address of an empty, migrated database."""
    name = _clean.pop() if _clean else _created(url)
    try:
        yield _named(url, name)
    finally:
        if _emptied(_named(url, name)):
            _clean.append(name)
        else:
            _administer(url, f"DROP DATABASE {name} WITH (FORCE)")


def _created(url):
    name = f"t{next(_NUMBERS)}"
    _administer(url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return name


def _emptied(url):
    """Make a used database like new; False when its schema is no longer the newest.

    A tenth of what it takes to create one, and half of the tests want one.
    """
    with scratch_engine(url).begin() as connection:
        connection.execute(text(ALONE))
        if connection.execute(text(SCHEMA)).scalar_one() != _schema(url):
            return False
        connection.execute(text(EMPTY))
    return True


@functools.cache
def _newest_schema(template):
    with scratch_engine(template).connect() as connection:
        return connection.execute(text(SCHEMA)).scalar_one()


def _schema(url):
    return _newest_schema(re.sub(r"/\w+\?", f"/{TEMPLATE}?", url))


def take_back(url, to):
    """Give a database the schema of an older revision; keep the rows that it can hold.

    Columns that the older schema did not have are lost, as if they had never been.
    """
    with scratch_engine(url).begin() as connection:
        newest = MetaData()
        newest.reflect(connection)
        kept = {
            name: connection.execute(table.select()).mappings().all()
            for name, table in newest.tables.items()
        }
        newest.drop_all(connection)
        config = migrations.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        older = MetaData()
        older.reflect(connection)
        for table in older.sorted_tables:
            rows = kept.get(table.name, [])
            if rows and table.name != "alembic_version":
                columns = set(table.columns.keys())
                connection.execute(
                    table.insert(),
                    [{k: v for k, v in row.items() if k in columns} for row in rows],
                )
