"""What is to be written: jobs on their way to the writer, alone or many at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from dispatch.store.transaction import Tx

T = TypeVar("T")
Item = TypeVar("Item")
Unit = Callable[[Tx], T]
Gather = Callable[[Tx, Sequence[Item]], Sequence[T]]
"""What is done with all items of one commit: returns a result for each, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A unit, or an item for a function that takes all of its kind."""

    work: Unit[Any] | Gather[Any, Any]
    future: "Future[Any]"
    item: Any = None
    gathered: bool = False

    def alone(self, tx: Tx) -> Any:
        """Do this one by itself."""
        if self.gathered:
            (value,) = self.work(tx, (self.item,))  # type: ignore[call-arg]
            return value
        return self.work(tx)  # type: ignore[call-arg]


class Outbox:
    """Writes that are handed to the writer together: for one thread, which `send`s.

    A thread that has many of them to hand over would else have the first committed
    alone, and all others wait for that.
    """

    def __init__(self, put: Callable[[Sequence[Job]], None]) -> None:
        self._put = put
        self._jobs: list[Job] = []

    def submit(self, unit: Unit[T]) -> "Future[T]":
        """Keep a unit; its future has the result once it is durable."""
        future: Future[T] = Future()
        self._jobs.append(Job(unit, future))
        return future

    def gather(self, gather: Gather[Item, T], item: Item) -> "Future[T]":
        """Keep `item` for `gather`, which is called once for all items of a commit.

        It is one function for all of a kind, not made anew for each item. It runs
        behind the commit's units; when it fails, it is called for each item alone.
        """
        future: Future[T] = Future()
        self._jobs.append(Job(gather, future, item, gathered=True))
        return future

    def send(self) -> None:
        """Hand over what was kept."""
        if self._jobs:
            jobs, self._jobs = self._jobs, []
            self._put(jobs)
