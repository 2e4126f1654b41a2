"""Empty the mailbox that bounces come to. A mail is deleted only after the commit."""

from collections import Counter
from dataclasses import dataclass, field

from dispatch.actions.bounces import returns
from dispatch.collect import imap, postbox
from dispatch.errors import SourceError
from dispatch.model import BounceSettings, Clock
from dispatch.store import Store
from dispatch.subscribe.tokens import Tokens

VIA = "imap"


@dataclass(frozen=True, slots=True)
class MailboxReport:
    """What was in the mailbox, by what became of it; `error` where it broke off."""

    outcomes: Counter[str] = field(default_factory=Counter)
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the mailbox could be emptied."""
        return not self.error

    def lines(self) -> list[str]:
        """Say it in sentences; nothing when the mailbox was empty."""
        lines = [self.error] if self.error else []
        if self.outcomes:
            told = ", ".join(f"{n} {what}" for what, n in sorted(self.outcomes.items()))
            lines.append(f"Mail that came back: {told}.")
        return lines

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"outcomes": dict(self.outcomes), "error": self.error}


def empty(
    store: Store,
    tokens: Tokens,
    settings: BounceSettings,
    *,
    clock: Clock,
    tls: imap.Context | None = None,
    limits: imap.Limits = imap.DEFAULT_LIMITS,
) -> MailboxReport:
    """Take in every mail of the mailbox. Safe to repeat and to kill at any moment.

    Raises StoreError; the mail that could not be written down stays where it is.
    """
    outcomes: Counter[str] = Counter()

    def take(raw: bytes) -> None:
        outcome = returns.take(store, tokens, raw, via=VIA, clock=clock)
        outcomes[outcome] += 1

    try:
        postbox.empty(settings.source, take, done=settings.done, tls=tls, limits=limits)
    except SourceError as error:
        return MailboxReport(outcomes, f"The mailbox of bounces: {error}")
    return MailboxReport(outcomes)
