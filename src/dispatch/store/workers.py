"""Processes that deliver: who is there, and who was seen last when."""

from typing import Any

from sqlalchemy import Row, text

from dispatch.model import Worker
from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

REGISTER = text("""
INSERT INTO worker (id, host, pid, started_at, heartbeat_at)
VALUES (:id, :host, :pid, :now, :now)
ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at, stopped_at = NULL
""")
HEARTBEAT = text("UPDATE worker SET heartbeat_at = :now WHERE id = :id")
STOP = text("UPDATE worker SET stopped_at = :now WHERE id = :id AND stopped_at IS NULL")
RUNNING = text("""
SELECT id, host, pid, started_at, heartbeat_at FROM worker WHERE stopped_at IS NULL
""")
FORGET = text("""
DELETE FROM worker WHERE stopped_at IS NOT NULL AND id NOT IN (
  SELECT worker FROM delivery WHERE state IN ('claimed', 'dot'))
""")


def register(tx: Tx, worker: str, *, host: str, pid: int) -> None:
    """Note that `worker` runs as `pid` on `host`; again is a heartbeat."""
    values = {"id": worker, "host": host, "pid": pid, "now": to_micros(tx.now())}
    tx.execute(REGISTER, values)


def heartbeat(tx: Tx, worker: str) -> None:
    """Note that `worker` still runs."""
    tx.execute(HEARTBEAT, {"id": worker, "now": to_micros(tx.now())})


def stop(tx: Tx, worker: str) -> None:
    """Note that `worker` will claim nothing more, and forget older ones."""
    tx.execute(FORGET)
    tx.execute(STOP, {"id": worker, "now": to_micros(tx.now())})


def running(tx: Tx) -> tuple[Worker, ...]:
    """Return the workers that have not said that they stopped."""
    return tuple(_worker(row) for row in tx.execute(RUNNING))


def _worker(row: Row[Any]) -> Worker:
    return Worker(
        id=row.id,
        host=row.host,
        pid=row.pid,
        started_at=from_micros(row.started_at),
        heartbeat_at=from_micros(row.heartbeat_at),
    )
