"""A transaction as the store's functions see it."""

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, CursorResult, Executable, text
from sqlalchemy.exc import DBAPIError

from dispatch.model import Clock
from dispatch.store.types import from_micros

Dialect = Literal["sqlite", "postgresql"]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

NAMED = re.compile(r"(?<!:):([a-z_]+)")

NOW = text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)")


@dataclass(frozen=True, slots=True)
class Hot:
    """A statement that runs for every message, as each driver wants it.

    It goes past SQLAlchemy's compiler, which would cost more than the statement.
    """

    sqlite: str
    postgresql: str


def hot(sql: str) -> Hot:
    """Return a statement with `:name` parameters; it may hold no `%` and no casts."""
    return Hot(sql, NAMED.sub(r"%(\1)s", sql))


def among(sql: str) -> Hot:
    """Return a statement about many rows, with `IN {ids}` where their ids belong.

    The ids travel as one value: five hundred of their own would cost more to prepare
    than the statement does. `Tx.change_among` runs it.
    """
    listed = sql.replace("IN {ids}", "IN (SELECT value FROM json_each(:ids))")
    array = sql.replace("IN {ids}", "= ANY(CAST(:ids AS bigint[]))")
    return Hot(listed, NAMED.sub(r"%(\1)s", array))


def each(sql: str, **columns: Literal["bigint", "text"]) -> Hot:
    """Return a statement about many rows, with `{mine}` where they are read from.

    There they are a table of that name with these columns. They travel as one value,
    on PostgreSQL as one for each column, whatever their number: the statement is
    prepared once. `Tx.change_each` runs it.
    """
    picked = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    listed = f"(SELECT {picked} FROM json_each(:mine)) AS mine"  # noqa: S608 - names of ours
    # Of an array the planner knows the length: it looks few rows up, each by its id.
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in columns.items())
    array = f"unnest({arrays}) AS mine ({', '.join(columns)})"
    return Hot(
        sql.replace("{mine}", listed),
        NAMED.sub(r"%(\1)s", sql.replace("{mine}", array)),
    )


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction on one connection. Good only inside its unit or `with`."""

    connection: Connection
    dialect: Dialect
    clock: Clock

    def execute(
        self, statement: Executable, parameters: Parameters = None
    ) -> CursorResult[Any]:
        """Run one statement (many times, for a sequence of parameters)."""
        return self.connection.execute(statement, parameters)

    def run(self, statement: Hot, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run one hot statement; rows come as the driver gives them."""
        sql = statement.sqlite if self.dialect == "sqlite" else statement.postgresql
        return self.connection.exec_driver_sql(sql, dict(values))

    def change(self, statement: Hot, values: Mapping[str, Any]) -> int:
        """Run a hot statement that returns no rows; return how many it changed.

        On SQLite it goes to the driver itself: what lies between would cost more than
        the statement, three times for every message.
        """
        if self.dialect != "sqlite":
            return self.run(statement, values).rowcount
        changed: int = self._driver(statement, values).rowcount
        return changed

    def change_each(
        self,
        statement: Hot,
        mine: Sequence[Mapping[str, Any]],
        values: Mapping[str, Any],
    ) -> set[int]:
        """Run a statement made by `each`; return the ids that it says it changed."""
        if self.dialect == "sqlite":
            together = {**values, "mine": json.dumps(mine)}
            return {row[0] for row in self._driver(statement, together).fetchall()}
        columns = {name: [row[name] for row in mine] for name in mine[0]}
        return set(self.run(statement, {**values, **columns}).scalars())

    def _driver(self, statement: Hot, values: Mapping[str, Any]) -> sqlite3.Cursor:
        driver: Any = self.connection.connection.driver_connection
        try:
            cursor: sqlite3.Cursor = driver.execute(statement.sqlite, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                statement.sqlite, None, error, sqlite3.Error
            ) from error
        return cursor

    def change_among(
        self, statement: Hot, ids: Sequence[int], values: Mapping[str, Any]
    ) -> int:
        """Run a statement made by `among` for these ids; return how many it changed."""
        return self.change(statement, {**values, "ids": self.listed(ids)})

    def listed(self, ids: Sequence[int]) -> object:
        """Return ids as the one value that a statement made by `among` wants."""
        return json.dumps(ids) if self.dialect == "sqlite" else list(ids)

    def now(self) -> datetime:
        """Return the store's time: the injected clock's on SQLite, else the server's.

        Leases of several machines are compared by PostgreSQL's clock alone.
        """
        if self.dialect == "sqlite":
            return self.clock.now()
        return from_micros(self.connection.execute(NOW).scalar_one())
