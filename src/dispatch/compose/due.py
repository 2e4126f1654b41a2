"""When a newsletter's slots are, and what becomes of each that has come.

Slots come from cronsim, read on the wall clock of the newsletter's zone: weekday 0
is Sunday, day and weekday are either-or as in Debian's cron. Each wall-clock moment
is then placed in time exactly once: one that the clocks skip in spring comes when
they have been put forward, one that they show twice in autumn comes at the first
showing, for every kind of schedule. Pure: `now` is an argument.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from dispatch.model import NewsletterState, SlotOutcome

MOST_SLOTS = 2000  # in one go; what is left comes with the next tick
ON_TIME = timedelta(minutes=5)  # later than this, a slot counts as missed
ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

MINUTE = timedelta(minutes=1)
LONGEST_SHIFT = timedelta(days=2)  # no zone ever moved its clocks further

CatchUp = Literal["latest", "all", "skip"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of one slot. OPENED means: open it if there is news."""

    at: datetime
    outcome: SlotOutcome
    reason: str = ""


def check_schedule(expression: str) -> None:
    """Raise ValueError, with a sentence, for what is no schedule of five fields."""
    example = 'Write five cron fields, for example "0 9 * * mon".'
    if len(expression.split()) != 5:  # noqa: PLR2004 - the five fields of cron
        raise ValueError(f"{expression!r} is not a schedule. {example}")
    try:
        next(CronSim(expression, ANY_MOMENT))
    except CronSimError as error:
        reason = str(error).lower()
        raise ValueError(
            f"{expression!r} is not a schedule ({reason}). {example}"
        ) from error
    except StopIteration:
        raise ValueError(f"{expression!r} never comes. {example}") from None


def next_slot(expression: str, timezone: str, after: datetime) -> datetime:
    """Return the first slot later than `after`, in UTC."""
    return next(_slots(expression, timezone, after))


def slots_between(
    expression: str, timezone: str, after: datetime, upto: datetime
) -> tuple[datetime, ...]:
    """Return the slots with after < slot <= upto, in UTC, oldest first.

    At most 2,000 of them; the rest follows when `after` has moved on.
    """
    found: list[datetime] = []
    for slot in _slots(expression, timezone, after):
        if slot > upto or len(found) == MOST_SLOTS:
            break
        found.append(slot)
    return tuple(found)


def is_slot(expression: str, timezone: str, moment: datetime) -> bool:
    """Whether the schedule names this very moment."""
    just_before = moment - timedelta(seconds=1)
    return slots_between(expression, timezone, just_before, moment) == (moment,)


def settle(
    slots: Sequence[datetime],
    state: NewsletterState,
    *,
    now: datetime,
    catch_up: CatchUp,
    max_lateness: timedelta,
) -> tuple[Decision, ...]:
    """Decide what becomes of each due slot, oldest first."""
    decided = [
        _decide(slot, state, now=now, catch_up=catch_up, max_lateness=max_lateness)
        for slot in slots
    ]
    if catch_up == "all":
        return tuple(decided)
    opened = [one for one in decided if one.outcome is SlotOutcome.OPENED]
    return tuple(_superseded(one) if one in opened[:-1] else one for one in decided)


def _slots(expression: str, timezone: str, after: datetime) -> Iterator[datetime]:
    """Yield the slots later than `after`, in UTC."""
    zone = ZoneInfo(timezone)
    wall = after.astimezone(zone).replace(tzinfo=None) - LONGEST_SHIFT
    last = after
    for moment in CronSim(expression, wall):
        slot = _place(moment, zone)
        if slot > last:  # moments that the clocks skip all fall on one
            last = slot
            yield slot


def _place(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clocks of `zone` first show `wall`, or, skipping it, more."""
    early = wall.replace(tzinfo=zone)
    late = early.replace(fold=1)
    slot = early.astimezone(UTC)
    shown = slot.astimezone(zone).replace(tzinfo=None)
    if early.utcoffset() == late.utcoffset() or shown == wall:
        return slot
    return _jump(late.astimezone(UTC), slot, zone)


def _jump(before: datetime, behind: datetime, zone: ZoneInfo) -> datetime:
    """Return the first minute in (before, behind] after the clocks were put forward."""
    offset = behind.astimezone(zone).utcoffset()
    low, high = 0, (behind - before) // MINUTE
    while high - low > 1:
        middle = (low + high) // 2
        if (before + middle * MINUTE).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + high * MINUTE


def _decide(
    slot: datetime,
    state: NewsletterState,
    *,
    now: datetime,
    catch_up: CatchUp,
    max_lateness: timedelta,
) -> Decision:
    if is_paused(slot, state):
        return Decision(slot, SlotOutcome.PAUSED, "the newsletter is paused")
    late = now - slot
    if late > max_lateness:
        return Decision(slot, SlotOutcome.SKIPPED_LATE, f"{_hours(late)} late")
    if catch_up == "skip" and late > ON_TIME:
        reason = f"{_hours(late)} late, and catch_up is skip"
        return Decision(slot, SlotOutcome.SKIPPED_LATE, reason)
    return Decision(slot, SlotOutcome.OPENED)


def is_paused(slot: datetime, state: NewsletterState) -> bool:
    """Whether a slot falls into a pause of its newsletter."""
    if state.paused_at is None or slot < state.paused_at:
        return False
    return state.paused_until is None or slot < state.paused_until


def _superseded(decision: Decision) -> Decision:
    return Decision(decision.at, SlotOutcome.SUPERSEDED, "a later slot was due as well")


def _hours(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min"
