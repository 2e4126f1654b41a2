"""Tell the hubs of our feeds that a file has changed (WebSub, "publish").

Runs after publishing and never holds it up: what a hub was told is compared with what
the store says of the files, so whatever is missed now is told later. The hub then
fetches the file and gives it to everybody who subscribed there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from dispatch.errors import SourceError
from dispatch.model import Clock, Links, Submit
from dispatch.store import Store, pings
from dispatch.store.pings import Untold
from dispatch.text import urls

MOST = 300  # files of one hub in one round
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720))
# Not the fault of what we told: the same words may do later (RFC 9110, RFC 6585).
LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
REFUSED = 400
BROKEN = 500


@dataclass(frozen=True, slots=True)
class PingReport:
    """How many files hubs were told of, and what went wrong, a sentence each."""

    told: int = 0
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every hub listened."""
        return not self.problems

    def lines(self) -> list[str]:
        """Say it in sentences; nothing when nothing had changed."""
        files = "1 changed file" if self.told == 1 else f"{self.told} changed files"
        return [*([f"Hubs were told of {files}."] if self.told else ()), *self.problems]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"told": self.told, "problems": list(self.problems)}


class _Silent(Exception):  # noqa: N818 - no error of ours: the hub's answer
    """The hub gives no answer that says anything about what it was told."""


def tell(
    store: Store,
    hubs: Sequence[str],
    submit: Submit,
    links: Links,
    *,
    clock: Clock,
    stopping: Callable[[], bool] = lambda: False,
) -> PingReport:
    """Tell each of `hubs` of every file it does not know; safe to repeat.

    A hub that does not answer is left alone for a while, longer each time. Does nothing
    for a site that no hub could reach.
    """
    if not hubs or not urls.is_public(links.site_url):
        return PingReport()
    told, problems = 0, []
    for hub in hubs:
        with store.read() as tx:
            quiet = pings.silence(tx, hub)
            waiting = pings.untold(tx, hub, limit=MOST)
        if quiet and quiet.next_at > clock.now():
            continue
        for one in waiting:
            if stopping():
                break
            try:
                refused = _tell(submit, hub, links.feed(one.feed, one.format))
            except _Silent as silent:
                problems.append(_note_silence(store, hub, str(silent), clock))
                break
            _note(store, hub, one, refused, clock)
            if refused:
                problems.append(f"{refused} ({one.feed}.{one.format})")
            told += not refused
    return PingReport(told, tuple(problems))


def _tell(submit: Submit, hub: str, topic: str) -> str:
    """Return what the hub has against `topic`, or nothing. Raises _Silent."""
    shown = urls.shown(hub)
    try:
        status = submit(hub, {"hub.mode": "publish", "hub.url": topic})
    except SourceError as error:
        raise _Silent(str(error)) from error
    if status >= BROKEN or status in LATER:
        raise _Silent(f"{shown} answered {status}.")
    return f"The hub {shown} answered {status}." if status >= REFUSED else ""


def _note(store: Store, hub: str, one: Untold, refused: str, clock: Clock) -> None:
    now = clock.now()
    store.write(lambda tx: pings.told(tx, hub, one, now=now, error=refused))


def _note_silence(store: Store, hub: str, error: str, clock: Clock) -> str:
    now = clock.now()
    silence = store.write(
        lambda tx: pings.failed(tx, hub, error, now=now, pauses=PAUSES)
    )
    return (
        f"The hub {urls.shown(hub)} was not told: {error.rstrip('.')}. "
        f"It is tried again at {silence.next_at:%H:%M} UTC."
    )
