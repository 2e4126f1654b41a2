"""The frozen bytes of a delivery round, made ready once for all who get them."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.compose import splice
from dispatch.compose.splice import Cut
from dispatch.deliver import relaxed
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
    """Reads each of them once. Every method may be called from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, Original] = {}

    def known(self, sha256: str) -> Original | None:
        """Return an original that was read, by the hash of its frozen bytes."""
        return self._kept.get(sha256)

    def read(self, sha256: str) -> Original:
        """Read one from the store, and keep it."""
        with self._store.read() as tx:
            frozen = bodies.get(tx, sha256)
        original = Original(frozen, splice.cut(frozen), relaxed.prepare(frozen))
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[sha256] = original
        return original
