"""Put another version of an issue in the place of a wrong one that is half out.

Stop, compose anew from the stories as they are now, exchange the messages of everybody
whom the server has not taken, and go on. Who has the old version is left to
`actions.issues.correcting`; who may have it is listed, and never guessed about.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.actions.issues import depart, refit, steering
from dispatch.actions.issues.steering import find_issue
from dispatch.compose.press import Press
from dispatch.errors import UsageError
from dispatch.model import Clock, Issue, IssueState, NewsletterSettings, Tally
from dispatch.store import Store, Tx, carrying, newsletters, replacements, tallies
from dispatch.store.replacements import OldCopies
from dispatch.text import plain

UNDER_WAY = (IssueState.PLANNED, IssueState.SENDING, IssueState.PAUSED)
WHY = (
    "it is being replaced; `dispatch issue resume {}` sends the new version to those "
    "who have not had the old one"
)
INSTEAD = {
    IssueState.DRAFT: "mend its stories: it has not been planned",
    IssueState.HELD: "mend its stories and approve it: it has not been planned",
    IssueState.READY: "mend its stories: it has not been planned",
    IssueState.DONE: "tell those who got it: dispatch issue correct {} --to accepted",
}


@dataclass(frozen=True, slots=True)
class ReplaceReport:
    """What a replacement comes to: whom the new version reaches, and whom not."""

    issue: Issue
    new: int
    old: OldCopies

    @property
    def ok(self) -> bool:
        """Whether the new version is on its way."""
        return self.issue.state is not IssueState.PAUSED

    def lines(self) -> list[str]:
        """Say it in sentences."""
        id_, old = self.issue.id, self.old
        lines = [f"{id_} is {self.issue.state}: {_readers(self.new)} the new version."]
        if old.accepted:
            lines.append(
                f"{_have(old.accepted)} the old one. To tell them: dispatch issue "
                f"correct {id_} --to accepted --note TEXT"
            )
        if old.in_doubt:
            lines.append(
                f"{old.in_doubt} may have the old one and get nothing more: dispatch "
                f"unknown list --issue {id_}"
            )
        if not self.ok:
            lines.append(
                f"{old.at_dot} old ones wait for the server's answer. When it has "
                f"come, in eleven minutes at most: dispatch issue resume {id_}"
            )
        return lines

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "issue": self.issue.id,
            "state": self.issue.state.value,
            "new": self.new,
            "have_old": self.old.accepted,
            "in_doubt": self.old.in_doubt,
            "at_dot": self.old.at_dot,
        }


def audience(store: Store, issue: Issue) -> list[str]:
    """Say whom a replacement would reach. Raises UsageError where there can be none."""
    _refuse_others(issue)
    with store.read() as tx:
        books = tallies.of_issue(tx, issue.id)
    lines = [f"{_readers(_to_come(books))} the new version of {issue.id}."]
    if books.accepted:
        lines.append(f"{_have(books.accepted)} the old one; it cannot be taken back.")
    if books.unknown + books.dot:
        doubtful = books.unknown + books.dot
        lines.append(f"{doubtful} may have the old one: they are left as they are.")
    return lines


def replace_issue(
    store: Store,
    press: Press,
    configured: Sequence[NewsletterSettings],
    issue: Issue,
    *,
    clock: Clock,
) -> ReplaceReport:
    """Replace what has not left of an issue by what its stories say now.

    Where old ones are at the dot this very moment, the issue stays paused until they
    are answered. TemplateError leaves it paused, too, with nothing old to leave.
    """
    _refuse_others(issue)
    store.write(lambda tx: _stop(tx, issue, clock))
    return go_on(store, press, configured, issue, clock=clock)


def go_on(
    store: Store,
    press: Press,
    configured: Sequence[NewsletterSettings],
    issue: Issue,
    *,
    clock: Clock,
) -> ReplaceReport:
    """Exchange what is left of the old version, and resume if nothing of it can leave.

    May be repeated, and taken up by another process.
    """
    settle_old(store, issue)
    current = find_issue(store, issue.id)
    letter = steering.newsletter_of(configured, current)
    with store.read() as tx:
        old = refit.outdated(tx, current)
    refit.fit(store, press, current, letter, old, clock=clock)
    with store.read() as tx:
        left = replacements.old_copies(tx, issue.id)
    if not left.at_dot and not left.to_leave:
        current = refit.resume_issue(store, press, configured, current, clock=clock)
        if current.canary:
            depart.release(store, current.id)
    with store.read() as tx:
        books = tallies.of_issue(tx, issue.id)
        left = replacements.old_copies(tx, issue.id)
    return ReplaceReport(find_issue(store, issue.id), _to_come(books), left)


def settle_old(store: Store, issue: Issue) -> None:
    """Sort the rows of older versions into those to exchange and those in doubt."""
    while store.write(lambda tx: replacements.settle_old(tx, issue.id)):
        pass


def _stop(tx: Tx, issue: Issue, clock: Clock) -> None:
    """Pause it under its newsletter's lock, with a new revision to be made."""
    newsletters.lock(tx, issue.newsletter)
    carrying.revise(
        tx,
        issue.id,
        IssueState.PAUSED,
        reason=WHY.format(issue.id),
        now=clock.now(),
        among=UNDER_WAY,
    )
    replacements.begin(tx, issue.id)


def _refuse_others(issue: Issue) -> None:
    if issue.state in UNDER_WAY:
        return
    instead = INSTEAD.get(issue.state, "nothing of it leaves any more").format(issue.id)
    raise UsageError(f"{issue.id} is {issue.state} and cannot be replaced; {instead}.")


def _to_come(books: Tally) -> int:
    return books.pending + books.claimed + books.deferred


def _readers(count: int) -> str:
    return plain.count(count, "reader gets", "readers get")


def _have(count: int) -> str:
    return plain.count(count, "reader has", "readers have")
