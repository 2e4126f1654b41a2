"""Let a column have other values than before: its CHECK is exchanged in place.

SQLite cannot alter a constraint, and a table that others refer to cannot be made anew
inside a transaction. Its manual (ALTER TABLE, section 7) has a way for changes that
touch no stored row: to write the schema's text itself.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from dispatch.errors import StoreError

FIND = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name")
WRITE = sa.text(
    "UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"
)


def allow(table: str, column: str, before: Sequence[str], after: Sequence[str]) -> None:
    """Exchange the values that `column` may have; `before` is what it may have now.

    For a migration: the values stand there in full, since enums go on changing.
    """
    old, new = _check(column, before), _check(column, after)
    if op.get_bind().dialect.name == "sqlite":
        _write_schema(table, old, new)
        return
    name = f"ck_{table}_{column}"
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, new)


def _check(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _write_schema(table: str, old: str, new: str) -> None:
    connection = op.get_bind()
    sql: str = connection.execute(FIND, {"name": table}).scalar_one()
    if sql.count(old) != 1:
        raise StoreError(f"The table {table} is not as this program made it: {old}.")
    version: int = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    connection.execute(WRITE, {"name": table, "sql": sql.replace(old, new)})
    # Without a new number, this connection and others would go on with the old text.
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
