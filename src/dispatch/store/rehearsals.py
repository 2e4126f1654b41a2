"""What only a rehearsal may do: have a database of its own, and let time pass in it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from dispatch.errors import StoreError
from dispatch.store.database import scratch_engine
from dispatch.store.transaction import Tx

LEASES = text("UPDATE delivery SET lease_until = 1 WHERE lease_until IS NOT NULL")
WAITS = text("""
UPDATE delivery SET not_before = 1 WHERE state IN ('pending', 'deferred')
""")


def files(folder: Path) -> Iterator[str]:
    """Return the addresses of new SQLite files in a folder."""
    return (f"sqlite:///{folder}/{number}.db" for number in count(1))


@contextmanager
def schemas(url: str) -> Iterator[Iterator[str]]:
    """Give addresses of empty schemas in a PostgreSQL database; they go in the end.

    Its tables, ours among them, are out of their sight. Raises StoreError where the
    user may not make any.
    """
    prefix = f"dispatch_chaos_{secrets.token_hex(4)}"
    made: list[str] = []
    engine = scratch_engine(url)

    def ddl(words: str) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(words)

    def one(number: int) -> str:
        name = f"{prefix}_{number}"
        try:
            ddl(f"CREATE SCHEMA {name}")
        except DBAPIError as error:
            raise StoreError(
                "The rehearsal needs a schema of its own in the database, and may not "
                "make one. Let the user of store.url create them: GRANT CREATE ON "
                "DATABASE … TO …"
            ) from error
        made.append(name)
        return _inside(url, name)

    try:
        yield map(one, count(1))
    finally:
        for name in made:
            ddl(f"DROP SCHEMA {name} CASCADE")
        engine.dispose()


def _inside(url: str, schema: str) -> str:
    """Return the address of a schema: whoever opens it sees nothing else."""
    parsed = make_url(url)
    given = parsed.query.get("options", "")
    options = f"{given} -c search_path={schema}".strip()
    return parsed.update_query_dict({"options": options}).render_as_string(
        hide_password=False
    )


def time_passes(tx: Tx) -> None:
    """End every lease, and make due whatever waits."""
    tx.execute(LEASES)
    tx.execute(WAITS)
