"""Edit an issue: pin, drop, order, note, subject, hold, skip; also before it exists.

What an editor does is written down in one transaction, with the state that follows
from it. Composing comes after: whoever comes first does it, this process or the next
tick, so that a crash in between loses nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.actions.issues import compose, steering
from dispatch.actions.issues.compose_report import ComposeReport
from dispatch.compose import approval, edits as editors
from dispatch.compose.edits import Edited
from dispatch.compose.press import Press
from dispatch.errors import UsageError
from dispatch.model import (
    Article,
    Clock,
    Edit,
    EditKind,
    Issue,
    IssueState,
    NewsletterSettings,
)
from dispatch.store import (
    Store,
    Tx,
    articles,
    carrying,
    edits,
    entries,
    issues,
    newsletters,
)

K = EditKind


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that an editor wants done. `articles` are numbers of stories."""

    kind: EditKind
    articles: tuple[int, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What is edited: an issue, or the next one of a newsletter that has none yet."""

    newsletter: NewsletterSettings
    issue: Issue | None = None

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return self.issue.id if self.issue else f"the next {self.newsletter.name}"


def target(
    store: Store,
    configured: Sequence[NewsletterSettings],
    reference: str,
    newsletter: str = "",
) -> Target:
    """Return what `reference` means: an issue's id, `last`, or `next`.

    `next` is the issue that can still be edited and is due first; without one it is
    the coming issue of the only newsletter, or of the one named. Raises UsageError.
    """
    if reference != "next":
        issue = steering.find_issue(store, reference)
        return Target(steering.newsletter_of(configured, issue), issue)
    letters = [one for one in configured if newsletter in {"", one.name}]
    with store.read() as tx:
        waiting = [one for each in letters for one in issues.unplanned(tx, each.name)]
    if waiting:
        issue = min(waiting, key=lambda one: (one.slot, one.id))
        return Target(steering.newsletter_of(letters, issue), issue)
    if len(letters) != 1:
        names = ", ".join(one.name for one in configured) or "none"
        raise UsageError(f"Say which newsletter: --newsletter NAME, one of: {names}.")
    return Target(letters[0])


def story(store: Store, found: Target, reference: str) -> Article:
    """Return the story that is meant, one of the issue's. Raises UsageError."""
    with store.read() as tx:
        alike = articles.find(tx, reference, limit=1000)
        if found.issue is not None:
            mine = _places(tx, found.issue)
            alike = tuple(one for one in alike if one.id in mine)
    if len(alike) == 1:
        return alike[0]
    if not alike:
        where = f" in {found.issue.id}" if found.issue else ""
        raise UsageError(
            f"There is no story {reference!r}{where}. Name it by number, path, web "
            "address or words of its headline."
        )
    listed = "\n".join(f"  {one.id}: {one.content.headline}" for one in alike[:10])
    raise UsageError(f"{reference!r} may mean several stories:\n{listed}")


def from_source(store: Store, found: Target, source: str) -> tuple[int, ...]:
    """Return the stories of the issue that come from a source. Raises UsageError."""
    if found.issue is None:
        raise UsageError(
            f"{found.name} has no stories yet: drop them when it is there, or hold "
            "the source's stories one by one: dispatch article hold."
        )
    with store.read() as tx:
        known = articles.by_ids(tx, _places(tx, found.issue))
    mine = sorted(number for number, one in known.items() if one.source == source)
    if not mine:
        names = ", ".join(sorted({one.source for one in known.values()}))
        raise UsageError(
            f"{found.name} has no story from {source!r}. Its sources: {names}."
        )
    return tuple(mine)


def edit(
    store: Store,
    press: Press,
    found: Target,
    wishes: Sequence[Wish],
    *,
    by: str,
    clock: Clock,
) -> ComposeReport:
    """Do what an editor wants, and compose the issue anew when that changes it.

    Raises UsageError, changing nothing, when it is too late or a story is not in it.
    """
    now = clock.now()
    letter = found.newsletter
    if found.issue is None:
        title = letter.title or letter.name

        def unit(tx: Tx) -> str:
            newsletters.ensure(tx, letter.name, title, now=now)
            return _next(tx, letter.name, wishes, by=by, now=now)

        return ComposeReport(notes=(store.write(unit),))
    id_ = found.issue.id
    said = store.write(lambda tx: _issue(tx, letter.name, id_, wishes, by=by, now=now))
    notes = ComposeReport(notes=(said,) if said else ())
    return notes + compose.compose_issue(store, press, letter, id_, clock=clock)


def _next(
    tx: Tx, newsletter: str, wishes: Iterable[Wish], *, by: str, now: datetime
) -> str:
    """Keep wishes for an issue that is yet to be opened; return what was said."""
    newsletters.lock(tx, newsletter)
    if opened := next(iter(issues.unplanned(tx, newsletter)), None):
        raise UsageError(f"{opened.id} has been opened meanwhile: edit it instead.")
    for wish in wishes:
        _check_undo(wish, edits.waiting(tx, newsletter))
        edits.record(tx, _edit(wish, newsletter, by=by, now=now))
    return f"Written down for the next issue of {newsletter}."


def _issue(
    tx: Tx, newsletter: str, id_: str, wishes: Sequence[Wish], *, by: str, now: datetime
) -> str:
    """Write edits of an issue down and put it into the state that follows."""
    newsletters.lock(tx, newsletter)
    issue = issues.by_id(tx, id_)
    if issue is None or issue.state not in issues.UNPLANNED:
        raise UsageError(too_late(id_, issue))
    before = editors.fold(edits.of_issue(tx, id_))
    mine = _places(tx, issue)
    for wish in wishes:
        _check_stories(wish, mine, id_)
        _check_undo(wish, edits.of_issue(tx, id_))
        edits.record(tx, _edit(wish, newsletter, by=by, now=now, issue=issue))
    kinds = {wish.kind for wish in wishes}
    if K.SKIP in kinds:
        return _skip(tx, issue, now)
    after = editors.fold(edits.of_issue(tx, id_))
    if after != before:
        _drop_for_good(tx, issue, before, after, now)
        carrying.revise(tx, id_, IssueState.DRAFT, reason="", now=now)
    elif K.HOLD in kinds:
        issues.hold(tx, id_, approval.HELD, now=now)
    return ""


def too_late(id_: str, issue: Issue | None) -> str:
    """Say that an issue cannot be edited any more, and what would do."""
    if issue is None:
        return f"There is no issue {id_!r}."
    if issue.state in {IssueState.CANCELLED, IssueState.EXPIRED}:
        return f"{id_} is {issue.state}: its stories are in the next issue."
    if issue.state is IssueState.DONE:
        return (
            f"{id_} has been sent: it is too late to edit it. A correction of a story "
            "is told in the next issue."
        )
    if issue.state is IssueState.PLANNED and issue.leaves_at is not None:
        return (
            f"{id_} is planned: it is too late to edit it. Until it leaves, "
            "`dispatch issue cancel` calls it back whole."
        )
    return (
        f"{id_} is {issue.state}: it is too late to edit it. `dispatch issue pause` "
        "stops it, and `dispatch article withdraw` takes a story out for all who have "
        "not had it."
    )


def _skip(tx: Tx, issue: Issue, now: datetime) -> str:
    """End an issue that has not begun to leave; the next one has its stories."""
    if issues.planning(tx, issue.id):
        raise UsageError(
            f"{issue.id} is being planned: it is too late to skip it. "
            "`dispatch issue cancel` ends it for good."
        )
    issues.change_state(tx, issue.id, issue.state, IssueState.CANCELLED, now=now)
    return f"{issue.id} is skipped: its stories go into the next issue."


def _drop_for_good(
    tx: Tx, issue: Issue, before: Edited, after: Edited, now: datetime
) -> None:
    """Keep stories out of every issue, or let them in; one that waits beside, too."""
    newsletter = issue.newsletter
    edits.take_back(tx, newsletter, before.discarded - after.discarded)
    edits.drop_for_good(tx, newsletter, after.discarded - before.discarded, now=now)
    changed = before.discarded ^ after.discarded
    for other in issues.unplanned(tx, newsletter):
        if other.id != issue.id and _places(tx, other) & changed:
            carrying.revise(tx, other.id, IssueState.DRAFT, reason="", now=now)


def _places(tx: Tx, issue: Issue) -> frozenset[int]:
    """Return the stories with a place in the issue, dropped ones too."""
    span = (issue.from_position, issue.to_position)
    return frozenset(
        one.article for one in entries.between(tx, issue.newsletter, *span)
    )


def _check_stories(wish: Wish, mine: frozenset[int], id_: str) -> None:
    for number in wish.articles:
        if number not in mine:
            raise UsageError(f"Story {number} is not in {id_}.")


def _check_undo(wish: Wish, done: Sequence[Edit]) -> None:
    if wish.kind is K.UNDO and editors.fold(done) == editors.UNTOUCHED:
        raise UsageError("There is nothing to take back.")


def _edit(
    wish: Wish, newsletter: str, *, by: str, now: datetime, issue: Issue | None = None
) -> Edit:
    return Edit(
        newsletter=newsletter,
        kind=wish.kind,
        by=by,
        at=now,
        articles=wish.articles,
        words=wish.words,
        issue=issue.id if issue else "",
        revision=issue.revision if issue else 0,
    )
