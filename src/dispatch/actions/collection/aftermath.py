"""What follows when a story changed: in issues, and for those who had it already.

The one way for every cause: an editor's command, a source that takes a story back, a
file that is gone, two stories that became one. Called in the transaction that changed
the article, so that nothing can be sent in between.
"""

from datetime import datetime

from dispatch.compose import corrections
from dispatch.model import Article, Correction, CorrectionKind, IssueState
from dispatch.store import Tx, carrying, corrections as noted, refit
from dispatch.store.carrying import Carrier

UNPLANNED = frozenset({IssueState.DRAFT, IssueState.HELD, IssueState.READY})
UNDER_WAY = frozenset({IssueState.PLANNED, IssueState.SENDING, IssueState.PAUSED})
SENT = frozenset({IssueState.SENDING, IssueState.DONE})


def settle(
    tx: Tx, before: Article, after: Article, *, now: datetime
) -> tuple[str, ...]:
    """Let issues and corrections follow a change from `before` to `after`.

    A story that may be shown no longer leaves every issue that has not left; one that
    may be shown again comes back into them, or into the next, unless it was mailed.
    Returns what became of issues, a sentence each.
    """
    kind = corrections.kind(before, after)
    gone = _shown(before, now) and not _shown(after, now)
    back = _shown(after, now) and not _shown(before, now)
    if kind is None and not gone and not back:
        return ()
    carriers = carrying.of(tx, after.id)
    told: list[str] = []
    for carrier in carriers:
        if gone:
            told.append(_leave(tx, carrier, after, now))
        elif back:
            told.append(_return(tx, carrier, after, now))
    if kind is not None and any(one.bodies for one in carriers):
        _note(tx, before, after, kind, now)
    return tuple(filter(None, told))


def _shown(article: Article, now: datetime) -> bool:
    """Whether a story may stand in an issue: its time may still come."""
    embargoed = article.embargo_until is not None and article.embargo_until > now
    return not (
        article.held
        or article.withdrawn_at is not None
        or article.merged_into is not None
        or embargoed
    )


def _leave(tx: Tx, carrier: Carrier, after: Article, now: datetime) -> str:
    """Take a story out of an issue; one that has begun to leave is paused."""
    if not carrier.shows:
        return ""
    if carrier.state in UNPLANNED:
        return _compose_anew(tx, carrier, now)
    merged = after.merged_into is not None  # its words are still fit to be read
    if carrier.state not in UNDER_WAY or merged or not _to_leave(tx, carrier):
        return ""
    what = "withdrawn" if after.withdrawn_at is not None else "held back"
    reason = (
        f"story {after.id} was {what}; when it is resumed, those who have not had the "
        "issue get it without that story"
    )
    carrying.revise(tx, carrier.id, IssueState.PAUSED, reason=reason, now=now)
    return f"Issue {carrier.id} is paused: {reason} (dispatch issue resume)."


def _to_leave(tx: Tx, carrier: Carrier) -> bool:
    """Whether somebody is still to get a message with the story in it."""
    planned = carrier.state is IssueState.PLANNED
    return planned or refit.is_open(tx, carrier.id, carrier.bodies)


def _return(tx: Tx, carrier: Carrier, after: Article, now: datetime) -> str:
    """Put a story back: into this issue where it can still be, else into the next."""
    if carrier.shows or not carrier.composed:
        return ""
    if carrier.state in UNPLANNED:
        return _compose_anew(tx, carrier, now)
    missed = carrier.state in SENT and not carrier.overflows
    if not missed or refit.has_left(tx, carrier.id, carrier.bodies):
        return ""
    carrying.place_anew(tx, carrier.newsletter, after.id, now=now)
    return f"Issue {carrier.id} left without it: the next one carries it."


def _compose_anew(tx: Tx, carrier: Carrier, now: datetime) -> str:
    carrying.revise(tx, carrier.id, IssueState.DRAFT, reason="", now=now)
    return f"Issue {carrier.id} is composed anew."


def _note(
    tx: Tx, before: Article, after: Article, kind: CorrectionKind, now: datetime
) -> None:
    was, note = corrections.find(before, after, kind)
    noted.note(tx, Correction(after.id, after.revision, kind, now, was, note))
