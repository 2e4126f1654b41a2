"""All the postmen of a delivery round, side by side in one thread of their own."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from dispatch.actions.delivery.postman import Postman
from dispatch.actions.delivery.rounds import Connect, Round, Session
from dispatch.deliver import steps
from dispatch.deliver.steps import SideBySide


class Crew:
    """Begins to deliver at once, over as many connections as `breadth` says.

    `first` is one that is open already.
    """

    def __init__(
        self, shared: Round, connect: Connect, first: Session, breadth: int
    ) -> None:
        self._shared = shared
        shared.stock.breadth = breadth
        self._aside = ThreadPoolExecutor(breadth, thread_name_prefix="postman")
        # As many as can sign at once; more would only take the lock from one another.
        self._signing = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="postman")
        man = partial(Postman, shared, connect, self._aside, self._signing)
        self._postmen = [man(first), *(man() for _ in range(breadth - 1))]
        self._side_by_side = SideBySide(shared.outbox.send)
        self._thread = threading.Thread(target=self._run, name="postmen", daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for the end; return whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def abort(self) -> None:
        """Cut every connection under the message under way."""
        for postman in self._postmen:
            postman.abort()

    def _run(self) -> None:
        with self._aside, self._signing:
            try:
                self._side_by_side.run([postman.work() for postman in self._postmen])
            except Exception as error:
                self._shared.fail(f"Delivery broke off: {error!r}.")
                raise
            finally:
                steps.drive(self._shared.stock.close())
