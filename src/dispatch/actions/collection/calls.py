"""What a round of visits speaks of: the round, the calls of it, and their outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from dispatch.actions.collection.collect_report import SourceReport
from dispatch.actions.collection.recorder import Exchange, host_of
from dispatch.errors import SourceError
from dispatch.model import Clock, Fetch, SiteSettings, SourceSettings, SourceState
from dispatch.store import Store
from dispatch.store.sources import GoodVisit


@dataclass(frozen=True, slots=True)
class Round:
    """What is the same for every source of one round. `configured` are all sources."""

    store: Store
    fetch: Fetch
    site: SiteSettings
    authority: str
    configured: tuple[SourceSettings, ...]
    clock: Clock

    @property
    def priorities(self) -> dict[str, int]:
        """The priority of every configured source, by name."""
        return {one.name: one.priority for one in self.configured}


@dataclass(frozen=True, slots=True)
class Call:
    """A visit that is due: to whom, what is known, and which hosts are not asked."""

    source: SourceSettings
    state: SourceState
    closed: Mapping[str, datetime]

    @property
    def address(self) -> str:
        """Where the source is: as config.toml says, or where it has moved to."""
        return _with_login(self.source.url, self.state.courtesy.moved_to)

    @property
    def host(self) -> str:
        """Whose visits must not come thick and fast; empty for a folder."""
        return host_of(self.address) or self.source.host


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a visit went: a `report` when it is noted, else `good` or `error`."""

    call: Call
    now: datetime
    exchanges: tuple[Exchange, ...] = ()
    report: SourceReport | None = None
    good: GoodVisit | None = None
    error: SourceError | None = None


def _with_login(configured: str, moved_to: str) -> str:
    """Return the address to ask, with the login of config.toml where it has one."""
    login, at, _ = urlsplit(configured).netloc.rpartition("@")
    if not moved_to:
        return configured
    if not at:
        return moved_to
    parts = urlsplit(moved_to)
    return parts._replace(netloc=f"{login}@{parts.netloc}").geturl()
