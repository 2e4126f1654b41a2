"""Look at the world that a publication depends on; say in words what would mend it.

Nothing is sent, made or changed. Each look fails alone, and is bounded in time.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from dispatch.actions.delivery.rounds import Channel
from dispatch.actions.operations import (
    doctor_disk,
    doctor_dns,
    doctor_relays,
    doctor_web,
)
from dispatch.actions.operations.doctor_web import Outside
from dispatch.deliver import dkim
from dispatch.deliver.dkim import Signer
from dispatch.errors import DispatchError
from dispatch.model import Clock, Diagnosis, Settings

AT_ONCE = 8

Look = Callable[[], Iterator[Diagnosis]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What was found, in the order in which mail goes out."""

    found: tuple[Diagnosis, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing failed; a warning is no failure."""
        return all(one.state != "fail" for one in self.found)

    def lines(self) -> list[str]:
        """Say it in sentences, the sum last."""
        return [*(line for one in self.found for line in one.lines()), self._sum()]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"checks": [one.to_json() for one in self.found]}

    def _sum(self) -> str:
        states = [one.state for one in self.found]
        failed, warned = states.count("fail"), states.count("warn")
        if not failed and not warned:
            return "All is well."
        return f"{failed} to mend, {warned} to look at, {states.count('ok')} in order."


def doctor(
    settings: Settings, channels: Sequence[Channel], outside: Outside, clock: Clock
) -> DoctorReport:
    """Look at relays, DNS, public address, clock, database, disk, backups and key."""
    signers, faults = _signers(settings)
    looks: list[tuple[str, Look]] = [
        (
            f"Relay {one.relay.name}",
            partial(doctor_relays.look, settings, one, clock.now()),
        )
        for one in channels
    ]
    looks += doctor_dns.looks(settings, signers, outside.lookup)
    looks += [
        ("Public address", partial(doctor_web.look, settings, outside, clock)),
        ("Database", partial(doctor_disk.database, settings)),
        ("Disk", partial(doctor_disk.room, settings)),
        ("Backups", partial(doctor_disk.backups, settings, clock.now())),
        ("Secret key", partial(doctor_disk.key, settings)),
    ]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="doctor") as pool:
        found = pool.map(lambda one: _alone(*one), looks)
        return DoctorReport((*faults, *(each for those in found for each in those)))


def _signers(settings: Settings) -> tuple[list[Signer], list[Diagnosis]]:
    """Load the keys that sign; say which of them cannot be used."""
    signers, faults = [], []
    for key in settings.dkim:
        try:
            signers.append(dkim.signer(key))
        except ValueError as error:
            about = f"DKIM key {key.selector}"
            faults.append(Diagnosis("fail", about, str(error)))
    return signers, faults


def _alone(about: str, look: Look) -> list[Diagnosis]:
    """Take one look; what it found before it broke off counts."""
    found: list[Diagnosis] = []
    try:
        found.extend(look())
    except DispatchError as error:
        found.append(Diagnosis("fail", about, str(error)))
    except Exception as error:
        log.exception("doctor broke off look=%s", about)
        says = f"could not be judged ({type(error).__name__}); the log says more."
        found.append(Diagnosis("warn", about, says))
    return found
