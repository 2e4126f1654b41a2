"""WebSub: what is known of our subscription to a source's hub."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Push:
    """Our subscription at the hub of one source.

    `asked` is what the hub was asked last ("subscribe", "unsubscribe") and has not
    verified yet. `token` and `secret` are ours: nobody else may know them.
    """

    source: str
    hub: str
    topic: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    asked: str = ""
    asked_at: datetime | None = None
    verified_at: datetime | None = None
    lease_until: datetime | None = None
    next_at: datetime | None = None  # when the hub is asked again
    pushed_at: datetime | None = None
    broken_at: datetime | None = None  # a poll found what no push had brought
    failures: int = 0
    ignored: int = 0  # pushes whose signature was wrong
    error: str = ""
