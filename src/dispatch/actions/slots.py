"""Settle a newsletter's due slots, and open the issues they ask for.

A slot and the issue it opens are written in one transaction, so that of two
processes one opens it and a crash leaves either both or neither.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.compose import due, eligible
from dispatch.errors import UsageError
from dispatch.model import (
    Clock,
    Issue,
    NewsletterSettings,
    NewsletterState,
    Slot,
    SlotOutcome,
)
from dispatch.store import Store, Tx, entries, issues, newsletters


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


def _settle_one(
    store: Store,
    newsletter: NewsletterSettings,
    decision: due.Decision,
    *,
    now: datetime,
) -> Slot | None:
    """Return the slot when it ended without an issue, None when one opened."""
    if decision.outcome is SlotOutcome.OPENED:
        opened = store.write(lambda tx: open_slot(tx, newsletter, decision.at, now=now))
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
) -> Issue | Slot:
    """Open the slot's issue, or settle it as empty; in the caller's transaction.

    One made by hand takes a single story, and leaves no empty slot behind.
    """
    least = 1 if by_hand else max(newsletter.min_articles, 1)
    state = newsletters.lock(tx, newsletter.name)
    if state is None:
        raise UsageError(f"There is no newsletter {newsletter.name!r}.")
    _admit(tx, newsletter, state, by=slot, now=now)
    end = entries.last_position(tx, newsletter.name)
    waiting = len(entries.stories(tx, newsletter.name, state.mark, end, by=slot))
    if waiting < least:
        reason = _empty_reason(waiting, least)
        empty = Slot(newsletter.name, slot, SlotOutcome.EMPTY, reason)
        if not by_hand:
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
        from_position=state.mark,
        to_position=end,
        expires_at=slot + newsletter.expires,
        now=now,
    )
    return issue or opened


def _empty_reason(waiting: int, least: int) -> str:
    if waiting == 0:
        return "there is nothing new"
    return f"only {waiting} of at least {least} stories; they wait for the next issue"
