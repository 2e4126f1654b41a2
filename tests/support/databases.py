"""A private PostgreSQL server for the test run."""

import itertools
import os
import pwd
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from sqlalchemy import MetaData

from dispatch.store import migrations
from dispatch.store.database import open_store, scratch_engine

_NUMBERS = itertools.count()
TEMPLATE = "dispatch_template"


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
    """Yield the address of an empty, migrated database that goes away again."""
    name = f"t{next(_NUMBERS)}"
    _administer(url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield _named(url, name)
    finally:
        _administer(url, f"DROP DATABASE {name} WITH (FORCE)")


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
