"""What composing did, in words and as JSON."""

from dataclasses import dataclass, field

from dispatch.model import Issue, IssueState, Slot, SlotOutcome


@dataclass(frozen=True, slots=True)
class ComposeReport:
    """Slots settled without an issue, issues composed, and what went wrong."""

    slots: tuple[Slot, ...] = ()
    issues: tuple[Issue, ...] = ()
    stories: dict[str, int] = field(default_factory=dict)  # by issue
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.errors

    def lines(self) -> list[str]:
        """Say what became of each slot."""
        settled = [_slot_line(slot) for slot in self.slots]
        opened = [self._issue_line(issue) for issue in self.issues]
        return [*settled, *opened, *self.notes, *self.errors]

    def to_json(self) -> dict[str, object]:
        """Return the same for a machine."""
        return {
            "ok": self.ok,
            "slots": [
                {
                    "newsletter": slot.newsletter,
                    "slot": f"{slot.at:%Y-%m-%dT%H:%M:%SZ}",
                    "outcome": slot.outcome.value,
                    "reason": slot.reason,
                }
                for slot in self.slots
            ],
            "issues": [
                {
                    "id": issue.id,
                    "newsletter": issue.newsletter,
                    "state": issue.state.value,
                    "subject": issue.subject,
                    "stories": self.stories.get(issue.id, 0),
                    "held_reason": issue.held_reason,
                }
                for issue in self.issues
            ],
            "notes": list(self.notes),
            "errors": list(self.errors),
        }

    def __add__(self, other: "ComposeReport") -> "ComposeReport":
        """Put two reports together."""
        return ComposeReport(
            slots=self.slots + other.slots,
            issues=self.issues + other.issues,
            stories={**self.stories, **other.stories},
            errors=self.errors + other.errors,
            notes=self.notes + other.notes,
        )

    def _issue_line(self, issue: Issue) -> str:
        if issue.state is IssueState.HELD:
            return f"{issue.id}: held: {issue.held_reason}"
        if issue.id not in self.stories:  # it was composed before
            return f"{issue.id}: {issue.state}: “{issue.subject}”"
        count = self.stories[issue.id]
        stories = "1 story" if count == 1 else f"{count} stories"
        line = f"{issue.id}: composed with {stories}: “{issue.subject}”"
        if issue.state is IssueState.READY and issue.leaves_at is not None:
            return f"{line}, not before {issue.leaves_at:%Y-%m-%d %H:%M} UTC"
        return line


def _slot_line(slot: Slot) -> str:
    when = f"{slot.at:%Y-%m-%d %H:%M} UTC"
    if slot.outcome is SlotOutcome.EMPTY:
        return f"{slot.newsletter}: nothing to send at {when}: {slot.reason}"
    reason = f" ({slot.reason})" if slot.reason else ""
    return f"{slot.newsletter}: {slot.outcome.replace('_', ' ')} {when}{reason}"
