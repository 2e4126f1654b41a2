"""A transaction as the store's functions see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, CursorResult, Executable, text

from dispatch.model import Clock
from dispatch.store.types import from_micros

Dialect = Literal["sqlite", "postgresql"]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

NOW = text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)")


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

    def now(self) -> datetime:
        """Return the store's time: the injected clock's on SQLite, else the server's.

        Leases of several machines are compared by PostgreSQL's clock alone.
        """
        if self.dialect == "sqlite":
            return self.clock.now()
        return from_micros(self.connection.execute(NOW).scalar_one())
