"""How tables and their columns are made: strict types, named constraints."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, MetaData, Table, text
from sqlalchemy.schema import SchemaItem

from dispatch.store.types import WholeNumber, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Allow only the values of an enum in `column`."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def words(name: str, default: str = "") -> Column[str]:
    """Make a text column that is never null."""
    return Column(name, Words, nullable=False, server_default=default)


def count(name: str, default: int = 0) -> Column[int]:
    """Make an integer column that is never null."""
    return Column(name, WholeNumber, nullable=False, server_default=text(str(default)))


def table(name: str, *parts: SchemaItem) -> Table:
    """Make a table that SQLite checks the types of."""
    return Table(name, metadata, *parts, sqlite_strict=True)
