"""Read from an answer that its server wants to be left alone, and for how long.

What one address of a server says holds for all of them: budgets are a server's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from dispatch.collect import outlook
from dispatch.model import Response

FIRST_WAIT = timedelta(minutes=15)  # for a server that does not say how long
LONGEST_WAIT = timedelta(days=1)
USED_UP = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")


@dataclass(frozen=True, slots=True)
class Limit:
    """A server asks for quiet: for so long, or (None) it does not say how long."""

    wait: timedelta | None
    why: str

    def until(self, now: datetime, *, strikes: int) -> datetime:
        """Return when it may be asked again, after `strikes` earlier limits in a row.

        A server's own word counts as it is; without one the wait doubles each time.
        """
        if self.wait is not None:
            return now + self.wait
        return now + outlook.doubled(FIRST_WAIT, strikes, longest=LONGEST_WAIT)


def asked_for(answer: Response, *, now: datetime) -> Limit | None:
    """Return the limit that an answer states by itself; None for none.

    429; 503 with Retry-After; 403 with Retry-After or with a budget that is used up,
    as some sites say 429.
    """
    wait = outlook.retry_after(answer.headers, now)
    status = answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Limit(wait, "it answered 429 (Too Many Requests)")
    if status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None:
        return Limit(wait, "it answered 503 (Service Unavailable)")
    limited = wait is not None or _used_up(answer.headers)
    if status == HTTPStatus.FORBIDDEN and limited:
        return Limit(wait, "it answered 403 (Forbidden) as a limit")
    return None


def suspected(answer: Response, *, well_since: datetime | None, now: datetime) -> bool:
    """Whether a plain 403 that ended a visit is a limit rather than a refusal.

    It is taken for one when the source could be read within the last day.
    """
    return (
        answer.status == HTTPStatus.FORBIDDEN
        and well_since is not None
        and now - well_since < LONGEST_WAIT
    )


SUSPECTED = Limit(None, "it suddenly answered 403 (Forbidden)")


def _used_up(headers: Mapping[str, str]) -> bool:
    return any(headers.get(name, "").strip() == "0" for name in USED_UP)
