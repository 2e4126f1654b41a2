"""WebSub, the subscriber's side: who is asked, how a push proves itself, how long.

A feed may name a hub that tells of news at once (W3C WebSub). Pure: values in,
values out. Polling stays the ground that everything stands on; a push only comes
first.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from dispatch.collect import outlook
from dispatch.model import Push

METHODS = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
WISHED = timedelta(days=10)  # the lease we ask for
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=90)
RENEWED = 0.8  # of the lease
TRUSTED = timedelta(hours=24)  # since the last push: until then polls are relaxed
RELAXED = timedelta(hours=12)  # between two polls meanwhile
UNANSWERED = timedelta(hours=1)  # a hub that says yes and never verifies
FIRST_RETRY, LAST_RETRY = timedelta(hours=1), timedelta(days=1)
MOST_DIGITS = 12


def active(one: Push, now: datetime) -> bool:
    """Whether the hub has promised to tell us of news."""
    return one.lease_until is not None and now < one.lease_until


def relied_on(one: Push, now: datetime) -> bool:
    """Whether pushes come so surely that polls may be rare."""
    return (
        active(one, now)
        and one.pushed_at is not None
        and now - one.pushed_at < TRUSTED
        and not doubted(one, now)
    )


def doubted(one: Push, now: datetime) -> bool:
    """Whether a poll found, within the last day, what no push had brought."""
    return one.broken_at is not None and now - one.broken_at < TRUSTED


def request(mode: str, one: Push, callback: str) -> dict[str, str]:
    """Return the form that asks a hub to begin or to end."""
    fields = {"hub.mode": mode, "hub.topic": one.topic, "hub.callback": callback}
    if mode == "subscribe":
        fields["hub.lease_seconds"] = f"{WISHED.total_seconds():.0f}"
        fields["hub.secret"] = one.secret
    return fields


def is_signed(header: str, secret: str, body: bytes) -> bool:
    """Whether a push bears our secret's signature (X-Hub-Signature), in fixed time."""
    method, _, given = header.strip().partition("=")
    known = METHODS.get(method.strip().lower())
    if known is None or not given.isascii():
        return False
    wanted = hmac.new(secret.encode(), body, known).hexdigest()
    return hmac.compare_digest(wanted, given.strip().lower())


def lease(said: str) -> timedelta:
    """Return how long a hub promises to push; what it does not say is our wish."""
    if not (said.isascii() and said.isdigit()) or len(said) > MOST_DIGITS:
        return WISHED
    seconds = min(int(said), int(LONGEST.total_seconds()))
    return max(timedelta(seconds=seconds), SHORTEST)


def renew_at(now: datetime, length: timedelta) -> datetime:
    """Return when a lease that begins now is to be renewed."""
    return now + length * RENEWED


def retry_at(now: datetime, failures: int) -> datetime:
    """Return when a hub that refused, or did not answer, is asked again."""
    return now + outlook.doubled(FIRST_RETRY, failures - 1, longest=LAST_RETRY)


def verifies(one: Push, query: Mapping[str, str]) -> bool:
    """Whether a hub asks about what we really asked of it just before."""
    return (
        bool(one.asked)
        and query.get("hub.mode") == one.asked
        and query.get("hub.topic") == one.topic
        and bool(query.get("hub.challenge"))
    )


def words(one: Push, now: datetime) -> str:
    """Say in one sentence how things stand."""
    if one.lease_until is not None and now < one.lease_until:
        until = f"{one.lease_until:%Y-%m-%d %H:%M} UTC"
        if doubted(one, now):
            return (
                f"Push: active until {until}, but it missed a story; polled as usual."
            )
        return f"Push: active until {until}."
    if one.error:
        return f"Push: not active. {one.error}"
    return "Push: asked, and waiting for the hub to confirm."
