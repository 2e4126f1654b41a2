"""Watch what the servers say during one visit, so that readers need not care.

A reader asks through a `Recorder` as if it were the fetcher. What came of each
request decides later when the source and its hosts are asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from dispatch.collect import limits
from dispatch.errors import SourceError, UnreachableError
from dispatch.model import Fetch, Response


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request: an answer, or why there was none (`error`).

    An error without `UnreachableError` is ours to make: an address that is refused,
    an answer too large. `conditional` requests may be answered with 304.
    """

    asked: str
    answer: Response | None = None
    error: SourceError | None = None
    conditional: bool = False

    @property
    def host(self) -> str:
        """The server that had the last word."""
        return host_of(self.answer.url if self.answer else self.asked)

    @property
    def status(self) -> int:
        """The answer's status; 0 when there was none."""
        return self.answer.status if self.answer else 0

    @property
    def lost(self) -> UnreachableError | None:
        """The failure of a network, ours or theirs."""
        return self.error if isinstance(self.error, UnreachableError) else None


class Recorder:
    """A `model.Fetch` that keeps every exchange of one visit.

    Asks no host in `closed`, and none that asked to be left alone during this visit.
    """

    def __init__(
        self, fetch: Fetch, *, closed: Mapping[str, datetime], now: datetime
    ) -> None:
        self._fetch = fetch
        self._closed = dict(closed)
        self._now = now
        self.exchanges: list[Exchange] = []

    def __call__(self, url: str, *, headers: Mapping[str, str] = {}) -> Response:
        """Fetch `url`. Raises SourceError, also for a host to be left alone."""
        host = host_of(url)
        if host in self._closed:
            raise SourceError(
                f"{host} is left alone until {clock(self._closed[host])}."
            )
        conditional = any(name.lower().startswith("if-") for name in headers)
        try:
            answer = self._fetch(url, headers=headers)
        except SourceError as error:
            self.exchanges.append(Exchange(url, error=error, conditional=conditional))
            raise
        seen = Exchange(url, answer, conditional=conditional)
        self.exchanges.append(seen)
        limit = limits.asked_for(answer, now=self._now)
        if limit is not None:
            self._closed[seen.host] = limit.until(self._now, strikes=0)
        return answer


def host_of(url: str) -> str:
    """Return the host of an address as hosts are compared; empty for none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def clock(moment: datetime) -> str:
    """Say a moment: "2026-03-02 14:30 UTC"."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
