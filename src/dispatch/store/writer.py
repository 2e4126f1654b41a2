"""One thread that writes, for the whole process, with group commit.

A unit is a function of a transaction that does its own reads and has no other
side effect; it fails alone. Units that wait while a commit is under way share the
next one: one fsync for many deliveries. A unit should stay under 50 ms, so that
nobody's intent waits; plans and imports go in chunks.

What every message needs is gathered: all such items of a commit are handed, behind its
units, to one function, which needs as many statements for a hundred as for one.

Units share their transaction bare, because a savepoint around each costs as much as
the unit itself. Only when one of them fails is everything rolled back and run again,
each unit and each gathered item in a savepoint of its own: so a unit may run more than
once.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dispatch.errors import DispatchError, StoreError
from dispatch.store.outbox import Job, Unit
from dispatch.store.transaction import Tx

T = TypeVar("T")
Result = tuple[Any, Exception | None]  # of a unit: its value, or why it failed
Begin = Callable[[], Any]  # a context manager of a Connection in a transaction

MOST_UNITS = 256
SLOW_UNIT = 0.050
TRIES = 3

log = logging.getLogger(__name__)


class Writer:
    """Runs units in order of arrival. `begin` opens one durable transaction."""

    def __init__(self, begin: Begin, wrap: Callable[[Connection], Tx]) -> None:
        self._begin = begin
        self._wrap = wrap
        self._jobs: queue.SimpleQueue[Sequence[Job] | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether writes can still happen. A dead writer must stop all claims."""
        return self._thread.is_alive() and not self._closed.is_set()

    def submit(self, unit: Unit[T]) -> "Future[T]":
        """Queue `unit`; its future has the result once it is durable.

        The future raises what the unit raised, or StoreError.
        """
        future: Future[T] = Future()
        self.put((Job(unit, future),))
        return future

    def put(self, jobs: Sequence[Job]) -> None:
        """Queue jobs that belong into one commit."""
        if self.alive:
            self._jobs.put(jobs)
            return
        for job in jobs:
            job.future.set_exception(StoreError("The database writer has stopped."))

    def close(self) -> None:
        """Finish what is queued, then stop."""
        self._closed.set()
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (jobs := self._jobs.get()) is not None:
            batch = [*jobs]
            closing = self._fill(batch)
            self._commit(batch)
            if closing:
                return

    def _fill(self, batch: list[Job]) -> bool:
        """Add what is waiting; return whether the end of the queue was among it."""
        while len(batch) < MOST_UNITS:
            try:
                jobs = self._jobs.get_nowait()
            except queue.Empty:
                return False
            if jobs is None:
                return True
            batch += jobs
        return False

    def _commit(self, batch: list[Job]) -> None:
        """Run a batch in one transaction; on a failed commit, each unit alone."""
        try:
            results = self._transact(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, callers must hear of it
            if len(batch) > 1:
                for job in batch:
                    self._commit([job])
            else:
                batch[0].future.set_exception(_as_store_error(error))
            return
        for job, (value, failure) in zip(batch, results, strict=True):
            if failure is None:
                job.future.set_result(value)
            else:
                job.future.set_exception(failure)

    def _transact(self, batch: list[Job]) -> list[Result]:
        """Return each unit's value or failure, all durable, or raise."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._together(batch) or self._apart(batch)
            except DBAPIError as error:
                # A lost connection or a deadlock: nothing was committed. Once
                # more on a fresh connection; units have no other side effect.
                if attempt == TRIES or not _worth_repeating(error):
                    raise
        raise AssertionError

    def _together(self, batch: list[Job]) -> list[Result] | None:
        """Run all units; None, and nothing is written, when one of them failed.

        A failure of a unit that is alone is its result: nobody else has to be saved.
        """
        try:
            with self._begin() as connection:
                tx = self._wrap(connection)
                values = _all(batch, tx)
                return [(values[job], None) for job in batch]
        except DBAPIError as error:
            if _fatal(error):
                raise
            return [(None, _as_store_error(error))] if len(batch) == 1 else None
        except Exception as error:  # noqa: BLE001 - handed to the unit's own caller
            return [(None, error)] if len(batch) == 1 else None

    def _apart(self, batch: list[Job]) -> list[Result]:
        """Run all units, each in a savepoint."""
        with self._begin() as connection:
            tx = self._wrap(connection)
            return [_in_savepoint(connection, tx, job.alone) for job in batch]


def _all(batch: Sequence[Job], tx: Tx) -> dict[Job, Any]:
    """Run the units in their order, then what is gathered, kind by kind."""
    values: dict[Job, Any] = {}
    kinds: dict[Any, list[Job]] = {}
    for job in batch:
        if job.gathered:
            kinds.setdefault(job.work, []).append(job)
        else:
            values[job] = _timed(job.alone, tx)
    for jobs in kinds.values():
        results = _timed(partial(_gathered, jobs), tx)
        values |= zip(jobs, results, strict=True)
    return values


def _gathered(jobs: Sequence[Job], tx: Tx) -> Sequence[Any]:
    return jobs[0].work(tx, [job.item for job in jobs])  # type: ignore[call-arg]


def _in_savepoint(connection: Connection, tx: Tx, unit: Unit[Any]) -> Result:
    """Run one unit; one that fails takes nobody with it."""
    savepoint = connection.begin_nested()
    try:
        value = _timed(unit, tx)
        savepoint.commit()
    except DBAPIError as error:
        if _fatal(error):
            raise
        savepoint.rollback()
        return None, _as_store_error(error)
    except Exception as error:  # noqa: BLE001 - handed to the unit's own caller
        savepoint.rollback()
        return None, error
    return value, None


def _timed(unit: Unit[T], tx: Tx) -> T:
    started = time.monotonic()
    value = unit(tx)
    took = time.monotonic() - started
    if took > SLOW_UNIT:
        log.debug("slow write unit=%s seconds=%.3f", unit, took)
    return value


def _fatal(error: DBAPIError) -> bool:
    """Whether the whole transaction is gone: lost connection, deadlock, full disk."""
    text = str(error.orig).lower()
    return (
        error.connection_invalidated
        or _worth_repeating(error)
        or "disk" in text
        or "readonly" in text
        or "malformed" in text
    )


def _worth_repeating(error: DBAPIError) -> bool:
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or sqlstate in {"40001", "40P01"}


def _as_store_error(error: Exception) -> Exception:
    """Return what the caller should see: our own errors as they are."""
    if isinstance(error, DispatchError):
        return error
    if isinstance(error, DBAPIError):
        return StoreError(f"The database refused a write: {error.orig}.")
    if isinstance(error, SQLAlchemyError):
        return StoreError(f"The database could not be written: {error}.")
    return error
