"""The frozen bytes of a delivery round, made ready once for all who get them."""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from dispatch.compose import splice
from dispatch.compose.splice import Cut
from dispatch.deliver import relaxed, steps
from dispatch.deliver.steps import Steps
from dispatch.model import Frozen
from dispatch.store import Store, bodies

MOST = 64  # kept in memory; an issue has one for each choice


@dataclass(frozen=True, slots=True)
class Original:
    """One message for everybody with the same choice, cut where theirs goes in."""

    frozen: Frozen
    cut: Cut
    relaxed: relaxed.Body | None

    def copy(self, values: Mapping[str, bytes]) -> bytes:
        """Return one recipient's message. Raises ValueError as `splice` does."""
        return self.cut.fill(values)

    def body_hash(self, values: Mapping[str, bytes]) -> bytes | None:
        """Return DKIM's hash of that copy's body; None when it must be made whole."""
        return self.relaxed.digest(values) if self.relaxed else None


class Originals:
    """Reads each of them once. For the one thread that runs the connections."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, Original] = {}
        self._reading: dict[str, Future[Original]] = {}

    def get(self, sha256: str, aside: Executor) -> Steps[Original]:
        """Return an original by the hash of its frozen bytes; it is read `aside`."""
        known = self._kept.get(sha256)
        if known is not None:
            return known
        reading = self._reading.get(sha256)
        if reading is None:
            reading = self._reading[sha256] = aside.submit(self._read, sha256)
        try:
            original = yield from steps.result(reading)
        finally:
            self._reading.pop(sha256, None)
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[sha256] = original
        return original

    def _read(self, sha256: str) -> Original:
        with self._store.read() as tx:
            frozen = bodies.get(tx, sha256)
        return Original(frozen, splice.cut(frozen), relaxed.prepare(frozen))
