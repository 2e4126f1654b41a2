"""What may happen to a subscription: one table, and nothing else decides.

A pair that is not in `TABLE` does nothing: the event does not apply in that state.
What the table leaves out is as telling as what it says. No event of an operator or of
a file leads out of `unsubscribed`, and none but the reader's own leads out of
`pending` to mail: somebody who left, and whose address a stranger typed into the form,
must not come back by an import or by a bounce that is forgiven.
"""

from collections.abc import Iterator
from enum import StrEnum

from dispatch.model import SubscriptionState

S = SubscriptionState


class Event(StrEnum):
    """What can happen. The word is kept with every change, as evidence."""

    SIGN_UP = "sign_up"  # the reader filled in the form
    INVITE = "invite"  # an operator or a file brings them; they are asked to confirm
    ADD = "add"  # an operator or a file brings them, confirmed elsewhere
    CONFIRM = "confirm"  # the button in the mail that asks them
    PAUSE = "pause"  # the reader, until a date
    RESUME = "resume"  # the reader, or the date has come
    UNSUBSCRIBE = "unsubscribe"  # the reader, or an operator for them
    OPT_OUT = "opt_out"  # a file says that they left elsewhere
    SUSPEND = "suspend"  # mail to them bounces
    REACTIVATE = "reactivate"  # an operator knows that the mailbox works again
    LAPSE = "lapse"  # suspended for long, and nobody said anything
    ERASE = "erase"  # the reader wants to be forgotten


MEANING = {
    Event.SIGN_UP: "the reader fills in the form",
    Event.INVITE: "an operator or a file brings them; they are asked to confirm",
    Event.ADD: "an operator or a file brings them, confirmed elsewhere",
    Event.CONFIRM: "the reader presses the button in the mail that asks them",
    Event.PAUSE: "the reader pauses until a date",
    Event.RESUME: "the reader resumes, or the date has come",
    Event.UNSUBSCRIBE: "the reader leaves, or an operator does it for them",
    Event.OPT_OUT: "a file says that they left elsewhere",
    Event.SUSPEND: "mail to them bounces",
    Event.REACTIVATE: "an operator knows that the mailbox works again",
    Event.LAPSE: "they were suspended for 90 days, and nobody said anything",
    Event.ERASE: "the reader wants to be forgotten",
}

TABLE: dict[tuple[SubscriptionState | None, Event], SubscriptionState] = {
    (None, Event.SIGN_UP): S.PENDING,
    (None, Event.INVITE): S.PENDING,
    (None, Event.ADD): S.ACTIVE,
    (S.PENDING, Event.SIGN_UP): S.PENDING,
    (S.PENDING, Event.CONFIRM): S.ACTIVE,
    (S.PENDING, Event.UNSUBSCRIBE): S.UNSUBSCRIBED,
    (S.PENDING, Event.OPT_OUT): S.UNSUBSCRIBED,
    (S.PENDING, Event.ERASE): S.UNSUBSCRIBED,
    (S.ACTIVE, Event.PAUSE): S.PAUSED,
    (S.ACTIVE, Event.UNSUBSCRIBE): S.UNSUBSCRIBED,
    (S.ACTIVE, Event.OPT_OUT): S.UNSUBSCRIBED,
    (S.ACTIVE, Event.SUSPEND): S.SUSPENDED,
    (S.ACTIVE, Event.ERASE): S.UNSUBSCRIBED,
    (S.PAUSED, Event.PAUSE): S.PAUSED,
    (S.PAUSED, Event.RESUME): S.ACTIVE,
    (S.PAUSED, Event.UNSUBSCRIBE): S.UNSUBSCRIBED,
    (S.PAUSED, Event.OPT_OUT): S.UNSUBSCRIBED,
    (S.PAUSED, Event.SUSPEND): S.SUSPENDED,
    (S.PAUSED, Event.ERASE): S.UNSUBSCRIBED,
    (S.UNSUBSCRIBED, Event.SIGN_UP): S.PENDING,
    (S.UNSUBSCRIBED, Event.ERASE): S.UNSUBSCRIBED,
    (S.SUSPENDED, Event.SIGN_UP): S.PENDING,
    (S.SUSPENDED, Event.CONFIRM): S.ACTIVE,
    (S.SUSPENDED, Event.LAPSE): S.UNSUBSCRIBED,
    (S.SUSPENDED, Event.REACTIVATE): S.ACTIVE,
    (S.SUSPENDED, Event.UNSUBSCRIBE): S.UNSUBSCRIBED,
    (S.SUSPENDED, Event.OPT_OUT): S.UNSUBSCRIBED,
    (S.SUSPENDED, Event.ERASE): S.UNSUBSCRIBED,
}


def after(state: SubscriptionState | None, event: Event) -> SubscriptionState | None:
    """Return the state that `event` leads to, or None where it does not apply.

    `state` None means that there is no subscription yet.
    """
    return TABLE.get((state, event))


def as_markdown() -> str:
    """Return the table for docs/architecture.md: a row for each event."""
    states: list[SubscriptionState | None] = [None, *S]
    head = ["event", "means", *(_name(state) for state in states)]
    rows = [head, ["---"] * len(head)]
    for event in Event:
        ends = [after(state, event) for state in states]
        cells = (end.value if end else "" for end in ends)
        rows.append([f"`{event}`", MEANING[event], *cells])
    return "\n".join(_lines(rows)) + "\n"


def _name(state: SubscriptionState | None) -> str:
    return state.value if state else "(new)"


def _lines(rows: list[list[str]]) -> Iterator[str]:
    for row in rows:
        yield f"| {' | '.join(row)} |"
