"""Let planned issues leave: after their undo window, and after a quiet canary.

Safe to repeat and to kill: what was released stays released, and releasing goes on
where it stopped. A canary in trouble pauses its issue, with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.deliver import canary
from dispatch.deliver.canary import Finding, Verdict
from dispatch.model import (
    Clock,
    DeliveryState,
    Issue,
    IssueState,
    NewsletterSettings,
)
from dispatch.store import Store, Tx, departures, issues

QUIET = NewsletterSettings("", "", "").canary_wait  # where the config knows it no more


@dataclass(frozen=True, slots=True)
class DepartReport:
    """What was said of issues on their way, by issue, and which of them stopped."""

    told: tuple[tuple[str, str], ...] = ()
    stopped: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no canary is in trouble."""
        return not self.stopped

    def lines(self) -> list[str]:
        """Say it in sentences."""
        return [sentence for _, sentence in self.told]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"issues": dict(self.told), "stopped": list(self.stopped)}


def watch_canaries(
    store: Store, configured: Sequence[NewsletterSettings], *, clock: Clock
) -> DepartReport:
    """Judge every canary that is out; release the rest, or pause the issue."""
    quiet = {one.name: one.canary_wait for one in configured}
    told, stopped = [], []
    with store.read() as tx:
        waiting = departures.with_canary(tx)
    for issue in waiting:
        sentence, stop = _watch(store, issue, quiet, clock)
        told += [(issue, sentence)] if sentence else []
        stopped += [issue] if stop else []
    return DepartReport(tuple(told), tuple(stopped))


def finding(tx: Tx, issue: Issue, quiet: timedelta, now: datetime) -> Finding:
    """Return how an issue's canary is judged at this moment."""
    seen = departures.sample(tx, issue.id)
    return canary.judge(
        seen.tally,
        untried=seen.untried,
        settled_at=seen.settled_at,
        quiet=quiet,
        now=now,
    )


def release(store: Store, issue: str) -> None:
    """Free everything that waited for a canary, in small units."""
    while store.write(lambda tx: departures.release(tx, issue)):
        pass


def _watch(
    store: Store, id_: str, quiet: Mapping[str, timedelta], clock: Clock
) -> tuple[str, bool]:
    with store.read() as tx:
        issue = issues.by_id(tx, id_)
    if issue is None or issue.state is not IssueState.SENDING:
        return "", False
    if issue.leaves_at is None:
        found = store.write(
            lambda tx: _judge(tx, issue, quiet.get(issue.newsletter, QUIET), clock)
        )
        if found.verdict is not Verdict.GO:
            return _said(issue, found), found.verdict is Verdict.STOP
    release(store, issue.id)
    return f"Issue {issue.id}: the rest of its readers follow now.", False


def _judge(tx: Tx, issue: Issue, quiet: timedelta, clock: Clock) -> Finding:
    found = finding(tx, issue, quiet, tx.now())
    if found.verdict is Verdict.GO:
        departures.let_go(tx, issue.id)
    if found.verdict is Verdict.STOP:
        said = departures.said(tx, issue.id, DeliveryState.REJECTED)
        issues.change_state(
            tx,
            issue.id,
            IssueState.SENDING,
            IssueState.PAUSED,
            now=clock.now(),
            reason=_why(issue, found, said),
        )
    return found


def _why(issue: Issue, found: Finding, said: str) -> str:
    quoted = f' ("{said}")' if said else ""
    return (
        f"its first {issue.canary} went out, and {found.reason}{quoted}; send the rest "
        f"with `dispatch issue resume {issue.id}`, or `replace` or `cancel` it"
    )


def _said(issue: Issue, found: Finding) -> str:
    if found.verdict is Verdict.STOP:
        return f"Issue {issue.id} is paused: {found.reason}."
    if found.until is None:
        return ""
    return (
        f"Issue {issue.id}: its first {issue.canary} have it; the rest follows at "
        f"{found.until:%H:%M} UTC if all stays quiet."
    )
