"""Whole tables as plain values, a row at a time: for exports."""

import json
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from dispatch.store import schema
from dispatch.store.transaction import Tx

TABLES = {
    "subscribers": schema.subscriber,
    "subscriptions": schema.subscription,
    "events": schema.subscription_event,
    "suppressions": schema.suppression,
    "articles": schema.article,
    "issues": schema.issue,
}
AT_ONCE = 500


def lines(tx: Tx, name: str) -> Iterator[str]:
    """Yield the rows of one of `TABLES` as JSON objects, in order of their keys."""
    table = TABLES[name]
    query = select(table).order_by(*table.primary_key)
    rows = tx.connection.execution_options(yield_per=AT_ONCE).execute(query)
    for row in rows.mappings():
        yield json.dumps(dict(row), ensure_ascii=False, default=datetime.isoformat)
