"""Conditional requests and content coding (RFC 9110 sections 8.8, 12.5.3 and 13)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from starlette.datastructures import Headers


def http_date(moment: datetime) -> str:
    """Return `moment` as an HTTP date."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def not_modified(request: Headers, *, etag: str, last_modified: datetime) -> bool:
    """Whether the asker already has these bytes.

    If-None-Match decides alone when it is there: weak comparison, lists and `*`.
    Only without it does If-Modified-Since count, at whole seconds.
    """
    wanted = request.getlist("if-none-match")
    if wanted:
        return matches(",".join(wanted), etag)
    since = _parse_date(request.get("if-modified-since", ""))
    return since is not None and last_modified.replace(microsecond=0) <= since


def is_conditional(request: Headers) -> bool:
    """Whether the asker brought a validator at all."""
    return "if-none-match" in request or "if-modified-since" in request


def coding(request: Headers, offered: Iterable[str]) -> str:
    """Return the coding of `offered` that Accept-Encoding likes best; "" for none."""
    return liked(",".join(request.getlist("accept-encoding")), tuple(offered))


@lru_cache(1024)  # the world's programs send some dozens of different ones
def liked(accepted: str, offered: tuple[str, ...]) -> str:
    """Return the coding of `offered` that an Accept-Encoding likes best; "" for none.

    Of those liked alike the first offered is taken. `identity` wins only where it is
    liked better than any.
    """
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip().lower().removeprefix("x-")] = _weight(parameter)
    others = weights.get("*", 0.0)
    found = {one: weights.get(one, others) for one in offered}
    best = max(found, key=lambda one: found[one], default="")
    if not best or found[best] <= 0 or found[best] < weights.get("identity", 0.0):
        return ""
    return best


def matches(header: str, etag: str) -> bool:
    """Whether If-None-Match names this tag: weak comparison, lists and `*`."""
    if header.strip() == "*":
        return True
    bare = etag.removeprefix("W/")
    return any(
        candidate.strip().removeprefix("W/") == bare for candidate in header.split(",")
    )


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _parse_date(text: str) -> datetime | None:
    """Read an HTTP date; None for anything else, as RFC 9110 13.1.3 asks."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
