"""What stages and actions ask of the world; `app` hands in the real thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The wall clock. Loops take it; deciders take a `now` instead."""

    def now(self) -> datetime:
        """Return the current moment, in UTC and aware."""
        ...


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: its status, and where it led."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer, read whole and decoded; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str  # the final address after redirects
    hops: tuple[Hop, ...] = ()  # in order; empty when it answered at once


class Fetch(Protocol):
    """GET one URL. Bounds size, time and redirects, and refuses private addresses."""

    def __call__(self, url: str, *, headers: Mapping[str, str] = ...) -> Response:
        """Return the answer, whatever its status; raise SourceError for none."""
        ...


class Post(Protocol):
    """POST a small JSON body: webhooks and heartbeats of the operator's own choice."""

    def __call__(self, url: str, body: bytes) -> int:
        """Return the status; raise SourceError when there is no answer."""
        ...


class Submit(Protocol):
    """POST a form to a stranger's server: guarded as `Fetch` is."""

    def __call__(self, url: str, fields: Mapping[str, str]) -> int:
        """Return the status; raise SourceError when there is no answer."""
        ...


class Ask(Protocol):
    """POST a form to an address of the operator's own choice and read the answer."""

    def __call__(self, url: str, fields: Mapping[str, str]) -> Response:
        """Return the answer, whatever its status; raise SourceError for none."""
        ...


class Lookup(Protocol):
    """Ask the name service. UnreachableError: no usable answer in time."""

    def within(self, seconds: float) -> "Lookup":
        """Return the same for all questions that have an end together."""
        ...

    def txt(self, name: str) -> Sequence[str]:
        """Return the TXT records of a name, each in one piece; none is no error."""
        ...

    def mx(self, name: str) -> Sequence[str]:
        """Return the hosts that take mail for a name; "" is the null MX (RFC 7505)."""
        ...

    def addresses(self, name: str) -> Sequence[str]:
        """Return the addresses of a host as everybody sees them."""
        ...


class Report(Protocol):
    """What an action did: the CLI prints it, the worker logs it, the web shows it."""

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        ...

    def lines(self) -> list[str]:
        """Sentences for a person, no personal data."""
        ...

    def to_json(self) -> dict[str, object]:
        """The same for a machine; times are ISO 8601 UTC."""
        ...
