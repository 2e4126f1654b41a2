"""Settle a newsletter's due slots, and open the issues they ask for.

A slot and the issue it opens are written in one transaction, so that of two
processes one opens it and a crash leaves either both or neither.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.actions.issues import extent
from dispatch.compose import approval, due, edits as editors, eligible
from dispatch.errors import UsageError
from dispatch.model import (
    Clock,
    Edit,
    Issue,
    NewsletterSettings,
    NewsletterState,
    Slot,
    SlotOutcome,
)
from dispatch.store import Store, Tx, edits, entries, issues, newsletters

SKIPPED = "an editor skipped it"


def register(
    store: Store, configured: Sequence[NewsletterSettings], *, clock: Clock
) -> None:
    """Tell the store which newsletters there are; a new one begins now.

    Comes before collecting, so that what is found next is first seen after it.
    """

    def unit(tx: Tx) -> None:
        now = clock.now()
        for one in configured:
            newsletters.ensure(tx, one.name, one.title or one.name, now=now)
        newsletters.removed(tx, [one.name for one in configured], now=now)

    store.write(unit)


def register_one(
    store: Store, newsletter: NewsletterSettings, *, now: datetime
) -> None:
    """Tell the store of one newsletter, leaving the others as they are."""
    title = newsletter.title or newsletter.name
    store.write(lambda tx: newsletters.ensure(tx, newsletter.name, title, now=now))


def settle_due(
    store: Store, newsletter: NewsletterSettings, *, now: datetime
) -> tuple[Slot, ...]:
    """Settle the due slots, one transaction each, oldest first.

    Returns those that ended without an issue; the others left a DRAFT.
    """
    state = store.write(lambda tx: _awake(tx, newsletter, now=now))
    slots = due.slots_between(
        newsletter.schedule, newsletter.timezone, state.settled_to, now
    )
    decisions = due.settle(
        slots,
        state,
        now=now,
        catch_up=newsletter.catch_up,
        max_lateness=newsletter.max_lateness,
    )
    settled = [_settle_one(store, newsletter, one, now=now) for one in decisions]
    return tuple(slot for slot in settled if slot)


def open_early(
    store: Store, newsletter: NewsletterSettings, *, now: datetime
) -> Issue | None:
    """Open the coming slot's issue when its editors are to see it; None if not.

    Until then, and while there is too little to show, the slot stays open. So it does
    when it is to be skipped: the editors may think better of it. What all others had
    is never opened early: a story may still come, and that is for everybody.
    """
    slot = due.next_slot(newsletter.schedule, newsletter.timezone, now)
    if not newsletter.proof_to or now < slot - newsletter.proof:
        return None

    def unit(tx: Tx) -> Issue | Slot | None:
        state = newsletters.lock(tx, newsletter.name)
        if state is None or state.paused_at is not None or state.settled_to >= slot:
            return None
        if editors.wants_skip(edits.waiting(tx, newsletter.name)):
            return None
        return open_slot(tx, newsletter, slot, now=now, before_time=True)

    opened = store.write(unit)
    return opened if isinstance(opened, Issue) else None


def _settle_one(
    store: Store,
    newsletter: NewsletterSettings,
    decision: due.Decision,
    *,
    now: datetime,
) -> Slot | None:
    """Return the slot when it ended without an issue, None when one opened."""
    if decision.outcome is SlotOutcome.OPENED:
        oldest = extent.oldest_mark(store, newsletter, decision.at)
        opened = store.write(
            lambda tx: open_slot(tx, newsletter, decision.at, now=now, oldest=oldest)
        )
        return opened if isinstance(opened, Slot) else None
    slot = Slot(newsletter.name, decision.at, decision.outcome, decision.reason)
    fresh = store.write(lambda tx: newsletters.settle(tx, slot, now=now))
    return slot if fresh else None


def _awake(tx: Tx, newsletter: NewsletterSettings, *, now: datetime) -> NewsletterState:
    """Return the newsletter's state as it was, its pause ended when that is over."""
    title = newsletter.title or newsletter.name
    state = newsletters.ensure(tx, newsletter.name, title, now=now)
    if state.paused_until is not None and state.paused_until <= now:
        # What waited belongs to the pause; slots that fell into it are decided by it.
        _admit(tx, newsletter, state, by=state.paused_until, now=now)
        newsletters.end_pause(tx, newsletter.name, now=now)
    return state


def resume(
    store: Store, newsletter: NewsletterSettings, *, fresh: bool, clock: Clock
) -> bool:
    """End a pause now: with new stories only, or with all that waited.

    False when the newsletter was not paused.
    """

    def unit(tx: Tx) -> bool:
        now = clock.now()
        state = newsletters.lock(tx, newsletter.name)
        if state is None:
            return False
        if fresh:
            _admit(tx, newsletter, state, by=now, now=now)
        return newsletters.resume(tx, newsletter.name, now=now, fresh=fresh)

    return store.write(unit)


def _admit(
    tx: Tx,
    newsletter: NewsletterSettings,
    state: NewsletterState,
    *,
    by: datetime,
    now: datetime,
) -> None:
    """Give a place to every article that is eligible by the moment `by`."""
    found = entries.candidates(
        tx,
        newsletter.name,
        newsletter.selection,
        since=state.first_seen_at,
        published_from=state.first_seen_at - newsletter.lookback,
        upto=by,
    )
    chosen = eligible.choose(found, eligible.rule(newsletter, state.first_seen_at, by))
    entries.add(tx, newsletter.name, [one.id for one in chosen], now=now)


def open_slot(
    tx: Tx,
    newsletter: NewsletterSettings,
    slot: datetime,
    *,
    now: datetime,
    by_hand: bool = False,
    before_time: bool = False,
    oldest: int | None = None,
) -> Issue | Slot:
    """Open the slot's issue, or settle it without one; in the caller's transaction.

    Editors may have asked to skip it. One made by hand takes a single story, and
    leaves no empty slot behind; neither does one that is opened `before_time`.

    Where too little is new, but readers are due who last had mail at the mark
    `oldest`, the issue is theirs alone: of what all others had. What editors asked
    for the next issue then waits for that.
    """
    least = 1 if by_hand else max(newsletter.min_articles, 1)
    state = newsletters.lock(tx, newsletter.name)
    if state is None:
        raise UsageError(f"There is no newsletter {newsletter.name!r}.")
    wishes = edits.waiting(tx, newsletter.name)
    skip = editors.wants_skip(wishes)
    if skip is not None and not by_hand:
        return _skip(tx, newsletter, slot, skip, now=now)
    _admit(tx, newsletter, state, by=slot, now=now)
    wanted = editors.fold(wishes)
    covers = extent.of_slot(
        tx, newsletter, state, slot, wanted, least=least, oldest=oldest
    )
    if covers.stories < least:
        reason = _empty_reason(covers.stories, least)
        empty = Slot(newsletter.name, slot, SlotOutcome.EMPTY, reason)
        if not by_hand and not before_time:
            newsletters.settle(tx, empty, now=now)
        return empty
    opened = Slot(newsletter.name, slot, SlotOutcome.OPENED, "by another process")
    if not newsletters.settle(tx, replace(opened, reason=""), now=now):
        return opened
    issue = issues.open(
        tx,
        newsletter.name,
        slot,
        day=slot.astimezone(ZoneInfo(newsletter.timezone)).date(),
        from_position=covers.start,
        to_position=covers.end,
        expires_at=slot + newsletter.expires,
        now=now,
    )
    if issue is None:
        return opened
    if not covers.again:
        edits.adopt(tx, newsletter.name, issue.id)
        edits.drop_for_good(tx, newsletter.name, wanted.discarded, now=now)
    _let_editors_see(tx, newsletter, issue, now=now, by_hand=by_hand)
    return issues.by_id(tx, issue.id) or issue


def _let_editors_see(
    tx: Tx,
    newsletter: NewsletterSettings,
    issue: Issue,
    *,
    now: datetime,
    by_hand: bool,
) -> None:
    """Give a new issue its time to leave, for which its editors are shown it."""
    if newsletter.proof_to and not by_hand:
        leaves_at = approval.leaves_at(newsletter, issue.slot, asked_at=now)
        issues.set_departure(tx, issue.id, leaves_at)


def _skip(
    tx: Tx, newsletter: NewsletterSettings, slot: datetime, wish: Edit, *, now: datetime
) -> Slot:
    """Settle a slot that an editor wants skipped."""
    reason = f"an editor skipped it: {wish.words}" if wish.words else SKIPPED
    skipped = Slot(newsletter.name, slot, SlotOutcome.SKIPPED, reason)
    if newsletters.settle(tx, skipped, now=now):
        edits.spend_skip(tx, newsletter.name, slot)
    return skipped


def _empty_reason(waiting: int, least: int) -> str:
    if waiting == 0:
        return "there is nothing new"
    return f"only {waiting} of at least {least} stories; they wait for the next issue"
