"""Ping the operator's dead-man's switch when an issue's books balance.

A switch that hears of finished issues notices what one that hears of a living
process cannot: a daemon that runs and sends nothing.
"""

import json
from dataclasses import dataclass

from dispatch.errors import DispatchError
from dispatch.model import Post, Settings
from dispatch.store import Store, heartbeat

MOST_NAMED = 20
REFUSED = 400  # and above: the switch did not take it


@dataclass(frozen=True, slots=True)
class HeartbeatReport:
    """For which issues the heartbeat was pinged, or why it could not be."""

    issues: tuple[str, ...] = ()
    failed: str = ""

    @property
    def ok(self) -> bool:
        """Whether the heartbeat knows of every issue that is done."""
        return not self.failed

    def lines(self) -> list[str]:
        """Say it in sentences; nothing when there was nothing to tell."""
        if self.failed:
            return [self.failed]
        if not self.issues:
            return []
        return [f"The heartbeat was pinged for {', '.join(self.issues)}."]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"issues": list(self.issues), "failed": self.failed}


def beat(store: Store, settings: Settings, post: Post) -> HeartbeatReport:
    """Ping `operators.heartbeat` once for the issues that became done since the last.

    What could not be told is told with the next call.
    """
    url = settings.operators.heartbeat
    if not url:
        return HeartbeatReport()
    with store.read() as tx:
        done = heartbeat.finished(tx)
    if not done:
        return HeartbeatReport()
    issues = tuple(done)[-MOST_NAMED:]
    failed = _ping(post, url, {"site": settings.site.title, "issues": issues})
    if failed:
        return HeartbeatReport(failed=failed)
    upto = max(done.values())
    store.write(lambda tx: heartbeat.pinged(tx, upto))
    return HeartbeatReport(issues)


def _ping(post: Post, url: str, body: dict[str, object]) -> str:
    """Post `body`; return a sentence when that failed."""
    try:
        status = post(url, json.dumps(body).encode())
    except DispatchError as error:
        return f"operators.heartbeat: {error}"
    return "" if status < REFUSED else f"operators.heartbeat answered {status}."
