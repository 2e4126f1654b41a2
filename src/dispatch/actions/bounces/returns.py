"""Take in what comes back: reports of every kind and from everywhere, in one way.

All of it is idempotent: a report that is brought twice is written once. Whoever
brings a mail may throw it away as soon as this returns, and not before.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from dispatch.actions.audience import subscribing
from dispatch.deliver import blame, bounce, standing
from dispatch.model import (
    BounceClass,
    BounceFate,
    BounceReport,
    Clock,
    IssueState,
    ReportKind,
    Returned,
    Said,
    SubscriptionState,
    SuppressionReason,
    Verdict,
)
from dispatch.store import (
    Store,
    Tx,
    bounce_records,
    bounces,
    issues,
    subscribers,
    suppressions,
)
from dispatch.subscribe.tokens import Tokens

BY_MAIL = "mail"  # evidence: how they left
RETURN_PATH = re.compile(r"\+([a-z2-7])[a-z2-7]{24}@", re.IGNORECASE)


class Outcome(StrEnum):
    """What became of something that was brought to us."""

    COUNTED = "counted"
    REPEATED = "repeated"  # told before
    COMPLAINT = "complaint"
    LEFT = "left"  # a reader wrote to the address of List-Unsubscribe
    AUTO_REPLY = "auto_reply"
    DELIVERED = "delivered"
    OTHER = "other"  # neither report nor auto-reply: a person's answer, spam
    FORGED = "forged"  # it names no delivery of ours: nothing is changed
    OTHER_KEY = "other_key"  # it names one, signed with another secret key


IGNORED = {
    ReportKind.AUTO_REPLY: Outcome.AUTO_REPLY,
    ReportKind.DELIVERED: Outcome.DELIVERED,
    ReportKind.OTHER: Outcome.OTHER,
}


def take(
    store: Store,
    tokens: Tokens,
    raw: bytes,
    *,
    recipients: Sequence[str] = (),
    via: str,
    clock: Clock,
) -> Outcome:
    """Take in one mail; `recipients` are those of its envelope, where that is known.

    When this returns it is durable. Raises StoreError: then bring it again.
    """
    report = bounce.read(raw)
    addressed = (*recipients, *report.addressed)
    now = clock.now()

    def unit(tx: Tx) -> Outcome:
        outcome = _take(tx, tokens, report, addressed, via=via, now=now)
        bounces.note_intake(tx, outcome, now=now)
        return outcome

    return store.write(unit)


def verdict_of(report: BounceReport) -> Verdict | None:
    """Return whose fault it is; None for what is no failure."""
    match report.kind:
        case ReportKind.FAILED:
            return blame.judge(report.said)
        case ReportKind.DELAYED:  # it may well arrive: seen, and counted as nothing
            return Verdict(BounceClass.FULL, 0)
        case ReportKind.COMPLAINT:
            return Verdict(BounceClass.COMPLAINT)
        case ReportKind.AUTO_REPLY | ReportKind.DELIVERED | ReportKind.OTHER:
            return None


def record(
    tx: Tx, of: Returned, verdict: Verdict, said: Said, *, via: str, now: datetime
) -> bool:
    """Write a bounce down, with what has to follow at once; False if it was told."""
    if not bounces.add(tx, of, verdict, said, via=via, now=now):
        return False
    if verdict.kind is BounceClass.COMPLAINT:
        _complain(tx, of, now)
    elif verdict.kind is BounceClass.MESSAGE and of.issue:
        _halt(tx, of.issue, said, now)
    return True


def settle(
    tx: Tx, report: BounceReport, of: Returned | None, *, via: str, now: datetime
) -> Outcome:
    """Write down what a report says of the delivery it is about, if there is one."""
    verdict = verdict_of(report)
    if verdict is None:
        return IGNORED[report.kind]
    if of is None:
        return Outcome.FORGED
    if not record(tx, of, verdict, report.said, via=via, now=now):
        return Outcome.REPEATED
    complaint = verdict.kind is BounceClass.COMPLAINT
    return Outcome.COMPLAINT if complaint else Outcome.COUNTED


def whose(tx: Tx, tokens: Tokens, texts: Iterable[str]) -> Returned | None:
    """Return the delivery that the first token of ours in `texts` names, or None."""
    found = (tokens.find_delivery(text) for text in texts)
    number = next((one for one in found if one is not None), None)
    return None if number is None else bounces.whose(tx, number)


def _take(
    tx: Tx,
    tokens: Tokens,
    report: BounceReport,
    addressed: Sequence[str],
    *,
    via: str,
    now: datetime,
) -> Outcome:
    if verdict_of(report) is None and _leave(tx, tokens, addressed, now):
        return Outcome.LEFT
    texts = (*addressed, *report.marks)
    outcome = settle(tx, report, whose(tx, tokens, texts), via=via, now=now)
    return _stranger(tokens, texts) if outcome is Outcome.FORGED else outcome


def _stranger(tokens: Tokens, texts: Iterable[str]) -> Outcome:
    """Tell a report about another installation's mail, or an old key's, from others."""
    signs = [found[1].lower() for text in texts for found in RETURN_PATH.finditer(text)]
    other = bool(signs) and tokens.key_sign not in signs
    return Outcome.OTHER_KEY if other else Outcome.FORGED


def _leave(tx: Tx, tokens: Tokens, addressed: Iterable[str], now: datetime) -> bool:
    """End the subscription that an address of List-Unsubscribe names; mail nothing."""
    found = (tokens.find_leaver(text) for text in addressed)
    number = next((one for one in found if one is not None), None)
    tie = subscribers.subscription(tx, number) if number is not None else None
    if tie is None:
        return False
    subscribing.leave(tx, tie, now, BY_MAIL)
    return True


def _complain(tx: Tx, of: Returned, now: datetime) -> None:
    """Let nothing go to somebody who called our mail unwanted, ever."""
    if of.subscriber is None:
        return  # mail to an operator or a test: nobody subscribed, nobody leaves
    for tie in subscribers.subscriptions_of(tx, of.subscriber):
        if tie.state is not SubscriptionState.UNSUBSCRIBED:
            subscribing.leave(tx, tie, now, str(BounceClass.COMPLAINT))
    if of.mailbox_hash:  # erased people are suppressed already
        suppressions.add(tx, of.mailbox_hash, SuppressionReason.COMPLAINT, now=now)
    subscriptions = [tie.id for tie in subscribers.subscriptions_of(tx, of.subscriber)]
    bounces.set_fate(tx, BounceFate.UNSUBSCRIBED, now=now, subscriptions=subscriptions)


def _halt(tx: Tx, issue: str, said: Said, now: datetime) -> None:
    """Pause an issue that several servers call malformed: the rest is no better."""
    times = bounce_records.number_of(tx, issue, BounceClass.MESSAGE)
    if times < standing.MESSAGE_LIMIT:
        return
    why = f" ({said.enhanced})" if said.enhanced else ""
    issues.change_state(
        tx,
        issue,
        IssueState.SENDING,
        IssueState.PAUSED,
        now=now,
        reason=f"mail servers refused {times} copies as too large or malformed{why}",
    )
