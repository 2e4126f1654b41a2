"""Count refusals in a row, and say when they are about more than one message.

Not pure only in that it counts; no time, no world. Not thread-safe: its owner locks.
"""

from collections import Counter

OF_DOMAIN = 5  # refusals in a row that blame us, and the domain is left alone
OF_RELAY = 10  # over several domains, or by words that mean everybody
DOMAINS = 3
BUSY = 10  # messages in a row that were put off


class Breaker:
    """What was refused since anything was accepted."""

    def __init__(self) -> None:
        self._blamed = 0
        self._about_relay = 0
        self._busy = 0
        self._domains: Counter[str] = Counter()

    def accepted(self, domain: str) -> None:
        """Forget what an accepted message disproves."""
        self._blamed = self._about_relay = self._busy = 0
        if self._domains:
            del self._domains[domain]

    def blamed(self, domain: str, *, all_of_us: bool) -> tuple[bool, int]:
        """Count one that blames us.

        Returns whether the domain is to be left alone, and how many there were in a
        row if the relay is; else 0. `all_of_us` says that its words mean everybody.
        """
        self._blamed += 1
        self._about_relay += all_of_us
        self._domains[domain] += not all_of_us
        several = len(self._domains) >= DOMAINS and self._blamed >= OF_RELAY
        if several or self._about_relay >= OF_RELAY:
            return False, self._blamed
        return self._domains[domain] == OF_DOMAIN, 0

    def busy(self) -> bool:
        """Count one that the relay put off; return whether it puts off all."""
        self._busy += 1
        return self._busy >= BUSY
