"""What showing issues to editors did, in words and as JSON."""

from dataclasses import dataclass

from dispatch.compose import approval


@dataclass(frozen=True, slots=True)
class ProofReport:
    """How many proofs were queued, by issue, and what stood in the way."""

    sent: tuple[tuple[str, int], ...] = ()
    held: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every editor could be asked."""
        return not self.errors and not self.held

    def lines(self) -> list[str]:
        """Say it in sentences."""
        told = [
            f"Issue {issue}: {count} {'proof' if count == 1 else 'proofs'} for editors."
            for issue, count in self.sent
        ]
        held = [f"Issue {issue}: held: {approval.UNREACHED}." for issue in self.held]
        return [*told, *held, *self.errors]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "sent": dict(self.sent),
            "held": list(self.held),
            "errors": list(self.errors),
        }

    def __add__(self, other: "ProofReport") -> "ProofReport":
        """Put two reports together."""
        return ProofReport(
            self.sent + other.sent, self.held + other.held, self.errors + other.errors
        )
