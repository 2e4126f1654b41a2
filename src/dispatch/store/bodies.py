"""Frozen messages, addressed by their hash: equal ones are stored once."""

import hashlib
import json
from typing import Any

from sqlalchemy import select, text

from dispatch.errors import StoreError
from dispatch.model import Frozen, Span
from dispatch.store.schema import body
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

PUT = text("""
INSERT INTO body (sha256, data, spans, created_at)
VALUES (:sha256, :data, :spans, :now)
ON CONFLICT (sha256) DO NOTHING
""")


def put(tx: Tx, frozen: Frozen) -> str:
    """Store `frozen`, unless it is there; return its address."""
    spans = json.dumps([[one.start, one.end, one.name] for one in frozen.spans])
    sha256 = hashlib.sha256(spans.encode() + b"\n" + frozen.data).hexdigest()
    row: dict[str, Any] = {"sha256": sha256, "data": frozen.data, "spans": spans}
    tx.execute(PUT, row | {"now": to_micros(tx.now())})
    return sha256


def get(tx: Tx, sha256: str) -> Frozen:
    """Return what `put` stored. Raises StoreError when it is not there."""
    row = tx.execute(select(body).where(body.c.sha256 == sha256)).one_or_none()
    if row is None:
        raise StoreError(f"The frozen message {sha256} is not in the database.")
    return Frozen(bytes(row.data), tuple(Span(*span) for span in row.spans))
