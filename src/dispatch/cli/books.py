"""An issue's books as an equation that anybody can add up."""

from dataclasses import asdict
from zoneinfo import ZoneInfo

from dispatch.model import Issue, IssueState, Mailing, Tally
from dispatch.text import plain
from dispatch.text.moments import iso

BALANCED = "balanced: every recipient is accounted for"
OPEN = "balanced so far: {} of which something may still become"
MISSING = "NOT BALANCED: {} missing. Please report this."


def lines(tally: Tally) -> list[str]:
    """Return the equation planned = … and how it comes out; nothing if unplanned."""
    counts = asdict(tally)
    planned = counts.pop("planned")
    there = {name: number for name, number in counts.items() if number}
    if not planned and not there:
        return []
    width = max(len(f"{number:,}") for number in (planned, *there.values()))
    rows = [f"    {'planned':<10}{planned:>{width},}"]
    sign = "="
    for name, number in there.items():
        rows.append(f"  {sign} {name:<10}{number:>{width},}")
        sign = "+"
    return [*rows, f"  {verdict(tally)}"]


def verdict(tally: Tally) -> str:
    """Say whether the books balance."""
    if tally.gap:
        many = plain.count(abs(tally.gap), "delivery is", "deliveries are")
        return MISSING.format(many)
    if tally.open:
        return OPEN.format(plain.count(tally.open, "delivery", "deliveries"))
    return BALANCED


def correction(mailing: Mailing, tally: Tally, zone: str) -> list[str]:
    """Return the books of a mailing that corrected an issue."""
    at = mailing.created_at.astimezone(ZoneInfo(zone))
    return [f"Correction mailed {at:%Y-%m-%d %H:%M}:", *lines(tally)]


def waits(issue: Issue, zone: str) -> str:
    """Say what an issue under way waits for, and what to type; or nothing."""
    if issue.state is IssueState.PLANNED and issue.leaves_at:
        moment = f"{issue.leaves_at.astimezone(ZoneInfo(zone)):%H:%M:%S}"
        return (
            f"It leaves at {moment}. Until then it can be called back whole: dispatch "
            f"issue cancel {issue.id}. To send it now: dispatch issue resume {issue.id}"
        )
    if issue.canary:
        return (
            f"Its first {issue.canary:,} readers get it before all others. The rest "
            "follows when all stays quiet; at once: dispatch issue resume "
            f"{issue.id}"
        )
    return ""


def to_json(issue: Issue, tally: Tally) -> dict[str, object]:
    """Return the issue and its books for a machine."""
    return {
        "id": issue.id,
        "newsletter": issue.newsletter,
        "slot": iso(issue.slot),
        "state": issue.state.value,
        "subject": issue.subject,
        "held_reason": issue.held_reason,
        "leaves_at": iso(issue.leaves_at),
        "canary": issue.canary,
        **asdict(tally),
        "gap": tally.gap,
        "balanced": not tally.gap and not tally.open,
    }
