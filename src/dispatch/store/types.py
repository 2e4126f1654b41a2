"""The only column types of the schema.

SQLite's STRICT tables know INTEGER, TEXT and BLOB; PostgreSQL's integers must be
told to be 64 bits wide. Times are microseconds since 1970 in UTC: comparable in
SQL on both, and free of either database's ideas of time zones.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WholeNumber = BigInteger().with_variant(Integer, "sqlite")
Words = Text()
Bytes = LargeBinary()


def to_micros(moment: datetime) -> int:
    """Return `moment` (aware) as microseconds since 1970 UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """Return the aware UTC datetime of `micros`."""
    return EPOCH + timedelta(microseconds=micros)


def canonical(value: Any) -> str:
    """Return `value` as JSON with sorted keys, so that equal values are equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as integer microseconds UTC."""

    impl = BigInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> int | None:
        """Turn a datetime into microseconds."""
        del dialect
        return None if value is None else to_micros(value)

    def process_result_value(
        self, value: int | None, dialect: Dialect
    ) -> datetime | None:
        """Turn microseconds into a datetime."""
        del dialect
        return None if value is None else from_micros(value)


class Flag(TypeDecorator[bool]):
    """A truth value, stored as 0 or 1."""

    impl = BigInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        """Turn a bool into 0 or 1."""
        del dialect
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        """Turn 0 or 1 into a bool."""
        del dialect
        return None if value is None else bool(value)


class Json(TypeDecorator[Any]):
    """A JSON value as text, keys sorted, so that equal values are equal bytes."""

    impl = Text()
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Turn a value into canonical JSON."""
        del dialect
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Turn JSON into a value."""
        del dialect
        return None if value is None else json.loads(value)
