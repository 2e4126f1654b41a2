"""Decide whether a round failed because our own network is down.

An outage of ours is no source's fault: it is counted against nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_FAILING = 0.8  # of the hosts; more at once is no coincidence
ENOUGH_HOSTS = 3  # below that, only a failure near us is a sign


@dataclass(frozen=True, slots=True)
class Contact:
    """How one visit's attempt to reach a host went.

    `steady`: its last visit was good, so that a failure now is news. `nearby`: it
    failed before anything left our own network.
    """

    host: str
    reached: bool
    nearby: bool = False
    steady: bool = True


def is_ours(contacts: Iterable[Contact]) -> bool:
    """Whether the network failures of a round are our own network's.

    More than 80 % of the hosts that were well before could not be reached. Of one
    or two hosts, all must have failed for want of a route or of a name service.
    """
    steady: dict[str, list[Contact]] = {}
    for one in contacts:
        if one.reached and not one.steady:
            return False  # who was down is back: the network carries
        if one.steady:
            steady.setdefault(one.host, []).append(one)
    failed = [all(not one.reached for one in tries) for tries in steady.values()]
    if not failed or sum(failed) <= MOST_FAILING * len(failed):
        return False
    nearby = all(one.nearby for tries in steady.values() for one in tries)
    return nearby or len(failed) >= ENOUGH_HOSTS
