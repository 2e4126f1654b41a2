"""What a proof says of its issue, in the mail and on its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.compose import approval, cadence, flood
from dispatch.compose.proof import Action, Cover
from dispatch.model import Issue, IssueState, NewsletterSettings
from dispatch.store import Tx, audience, issues
from dispatch.text import plain

DAYS = flood.DAYS
RARELY = (
    "All other readers have had these stories: it is for those who get the newsletter "
    "less often, or could not be reached. This is what the longest waiting get; "
    "whoever has had a part of it gets the rest."
)


@dataclass(frozen=True, slots=True)
class Readers:
    """Who is due for an issue: how many, and how many of them get more than most.

    `rarely`: all others had its stories.
    """

    due: int
    behind: int = 0
    rarely: bool = False


def readers(tx: Tx, issue: Issue, timezone: str) -> Readers:
    """Return who would get an issue now."""
    begun = cadence.begun(issue.slot, timezone)
    return Readers(
        audience.size(tx, issue, begun),
        audience.behind(tx, issue, begun),
        issues.was_covered(tx, issue),
    )


def cover(
    newsletter: NewsletterSettings,
    issue: Issue,
    *,
    link: str,
    title: str,
    stories: int,
    readers: Readers,
    done: Sequence[str] = (),
    problems: Sequence[str] = (),
    reminder: bool = False,
) -> Cover:
    """Return the words above the exact issue."""
    counted = plain.count(stories, "story", "stories")
    people = plain.count(readers.due, "reader")
    waits = issue.state is IssueState.HELD
    when = "waits for you" if waits else f"sends {leaves(newsletter, issue)}"
    return Cover(
        line=f"Proof: {title}, {counted}, {people}, {when}",
        subject=issue.subject,
        silence=silence(newsletter, issue),
        actions=_actions(link, waits=waits),
        others=others(readers),
        held=held(issue),
        done=tuple(done),
        problems=tuple(problems),
        reminder=reminder,
    )


def leaves(newsletter: NewsletterSettings, issue: Issue) -> str:
    """Return when an issue leaves, as the newsletter's readers say it."""
    return _time(issue.leaves_at or issue.slot, newsletter, issue.slot)


def silence(newsletter: NewsletterSettings, issue: Issue) -> str:
    """Say what happens when nobody does anything."""
    if issue.state is not IssueState.HELD:
        return f"If nobody does anything, it goes out at {leaves(newsletter, issue)}."
    until = issue.expires_at
    if until is None:
        return "It waits until somebody approves it."
    return (
        "It waits until somebody approves it. If nobody does by "
        f"{_time(until, newsletter, issue.slot)}, it is not sent, and its stories go "
        "into the next issue."
    )


def others(readers: Readers) -> str:
    """Say who gets something else than what most do; nothing where nobody does."""
    if readers.rarely:
        return RARELY
    if not readers.behind:
        return ""
    verb = "gets" if readers.behind == 1 else "get"
    return (
        f"{plain.count(readers.behind, 'reader')} of these {verb} the newsletter "
        "less often, or could not be reached lately: their copy also has what earlier "
        "issues had."
    )


def held(issue: Issue) -> str:
    """Say why an issue waits, without commands that an editor cannot type."""
    if issue.state is not IssueState.HELD:
        return ""
    reason = issue.held_reason.partition(flood.REMEDY)[0]
    if reason == approval.WAITS:
        return ""  # the rest of the words say so
    return f"{reason[:1].upper()}{reason[1:]}."


def _actions(link: str, *, waits: bool) -> tuple[Action, ...]:
    first = (
        Action("Approve", f"{link}#approve")
        if waits
        else Action("Hold", f"{link}#hold")
    )
    return (
        first,
        Action("Drop a story", f"{link}#stories"),
        Action("Change the subject", f"{link}#subject"),
        Action("Send now", f"{link}#send"),
    )


def _time(moment: datetime, newsletter: NewsletterSettings, beside: datetime) -> str:
    """Return the time, and the day when it is another than that of `beside`."""
    zone = ZoneInfo(newsletter.timezone)
    local, other = moment.astimezone(zone), beside.astimezone(zone)
    day = "" if local.date() == other.date() else f" on {DAYS[local.weekday()]}"
    return f"{local:%H:%M}{day}"


def past(issue: Issue, title: str) -> tuple[str, ...]:
    """Say in a headline and sentences what became of an issue that is past editing."""
    match issue.state:
        case IssueState.DONE:
            people = plain.count(issue.planned or 0, "reader")
            return (
                "It has been sent",
                f"{title} went to {people}.",
                "Mend a story where it was written: the next issue tells readers.",
            )
        case IssueState.CANCELLED | IssueState.EXPIRED if issue.planned is None:
            expired = issue.state is IssueState.EXPIRED
            why = "Nobody approved it in time." if expired else "It was skipped."
            return ("It was not sent", why, "Its stories are in the next issue.")
        case IssueState.CANCELLED | IssueState.EXPIRED:
            return (
                "It was stopped",
                f"{title} was stopped on its way; some readers may have it.",
            )
        case IssueState.PLANNED if issue.leaves_at is not None:
            return (
                "It is about to leave",
                f"{title} goes out in a moment. It is too late to change it here.",
                f"An operator can call it back: dispatch issue cancel {issue.id}",
            )
        case _:
            return (
                "It has left",
                f"{title} is on its way to its readers. It is too late to change it.",
                f"An operator can still stop it: dispatch issue pause {issue.id}",
            )
