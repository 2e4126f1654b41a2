"""Decide what becomes of each imported row, and do it, chunk by chunk."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dispatch.actions.audience import asking, notices, transition
from dispatch.actions.audience.asking import Answer, Asked
from dispatch.actions.audience.import_report import Fate
from dispatch.model import (
    Consent,
    NewsletterSettings,
    Standing,
    SubscriptionState,
    SuppressionReason,
)
from dispatch.store import subscribers, suppressions
from dispatch.store.transaction import Tx
from dispatch.subscribe.importer import Row
from dispatch.subscribe.lifecycle import Event
from dispatch.subscribe.tokens import Tokens

READING = {SubscriptionState.ACTIVE, SubscriptionState.PAUSED}
HERE_FIRST = {SuppressionReason.UNSUBSCRIBED, SuppressionReason.BOUNCED}
"""Opt-outs that a later confirmation at our own form outweighs."""

FATES = {
    Answer.ASKED: Fate.ASKED,
    Answer.KNOWN: Fate.ALREADY,
    Answer.SUPPRESSED: Fate.SUPPRESSED,
    Answer.ENOUGH: Fate.ENOUGH,
}


@dataclass(frozen=True, slots=True)
class Work:
    """What holds for every row of an import."""

    tokens: Tokens
    newsletter: NewsletterSettings
    consent: str
    now: datetime
    ask: notices.Notice | None  # None: they confirmed elsewhere


def foresee(tx: Tx, work: Work, rows: Sequence[Row]) -> list[Fate]:
    """Return what would become of `rows`, and change nothing."""
    known, bars = _known(tx, work, rows)
    return [_judge(work, row, known, bars) for row in rows]


def take(tx: Tx, work: Work, rows: Sequence[Row]) -> list[Fate]:
    """Import `rows`, nobody twice among them; return what became of each."""
    known, bars = _known(tx, work, rows)
    marks = transition.up_to_date(tx, work.newsletter.name)
    fates = []
    for row in rows:
        fate = _judge(work, row, known, bars)
        match fate:
            case Fate.NEW:
                _add(tx, work, row, marks)
            case Fate.ASKED if work.ask is not None:
                fate = _ask(tx, work, row, work.ask)
            case Fate.OPTED_OUT if row.opt_out is not None:
                _opt_out(tx, work, row, row.opt_out, known.get(row.mailbox.mailbox))
            case _:
                pass
        fates.append(fate)
    return fates


def _known(
    tx: Tx, work: Work, rows: Sequence[Row]
) -> tuple[dict[str, Standing], dict[str, SuppressionReason]]:
    """Return the standings and the suppressions of these people, by mailbox."""
    hashes = {work.tokens.mailbox_hash(row.mailbox.mailbox): row for row in rows}
    bars = suppressions.reasons(tx, hashes.keys())
    mailboxes = [row.mailbox.mailbox for row in rows]
    return (
        subscribers.standings_of(tx, mailboxes, work.newsletter.name),
        {hashes[found].mailbox.mailbox: reason for found, reason in bars.items()},
    )


def _judge(
    work: Work,
    row: Row,
    known: dict[str, Standing],
    bars: dict[str, SuppressionReason],
) -> Fate:
    standing = known.get(row.mailbox.mailbox)
    bar = bars.get(row.mailbox.mailbox)
    if row.opt_out is not None:
        return _judge_opt_out(row, row.opt_out, standing, bar)
    if bar is not None:
        return Fate.SUPPRESSED
    if standing is None:
        return Fate.NEW if work.ask is None else Fate.ASKED
    gone = standing.subscription.state is SubscriptionState.UNSUBSCRIBED
    return Fate.LEFT if gone else Fate.ALREADY


def _judge_opt_out(
    row: Row,
    reason: SuppressionReason,
    standing: Standing | None,
    bar: SuppressionReason | None,
) -> Fate:
    reading = standing is not None and standing.subscription.state in READING
    if standing is not None and reading and reason in HERE_FIRST:
        here = standing.subscription
        later = here.confirmed_at and (
            row.left_at is None or row.left_at < here.confirmed_at
        )
        if here.consent.source == "form" and later:
            return Fate.KEPT
    if not reading and bar is not None and not suppressions.stronger(reason, bar):
        return Fate.KNOWN_OPT_OUT
    return Fate.OPTED_OUT


def _add(tx: Tx, work: Work, row: Row, marks: dict[str, Any]) -> None:
    person = subscribers.ensure(
        tx,
        row.mailbox,
        work.tokens.mailbox_hash(row.mailbox.mailbox),
        now=work.now,
        name=row.name,
    )
    transition.begin(
        tx,
        person,
        work.newsletter.name,
        Event.ADD,
        now=work.now,
        detail=f"import of {row.file}, line {row.line}",
        confirmed_at=row.opted_in_at,
        consent=_consent(work, row),
        **asdict(row.choices),
        **marks,
    )


def _ask(tx: Tx, work: Work, row: Row, notice: notices.Notice) -> Fate:
    asked = Asked(
        row.mailbox,
        Event.INVITE,
        work.now,
        name=row.name,
        detail=f"import of {row.file}, line {row.line}",
        consent=_consent(work, row),
        chosen=asdict(row.choices),
    )
    return FATES[asking.ask(tx, work.tokens, asked, notice)]


def _opt_out(
    tx: Tx,
    work: Work,
    row: Row,
    reason: SuppressionReason,
    standing: Standing | None,
) -> None:
    left = f", left {row.left_at:%Y-%m-%d}" if row.left_at else ""
    detail = f"import of {row.file}, line {row.line}{left}"
    mailbox_hash = work.tokens.mailbox_hash(row.mailbox.mailbox)
    suppressions.add(tx, mailbox_hash, reason, now=work.now, detail=detail)
    if standing is not None:
        bounced = reason is SuppressionReason.BOUNCED
        event = Event.SUSPEND if bounced else Event.OPT_OUT
        transition.apply(tx, standing.subscription, event, now=work.now, detail=detail)


def _consent(work: Work, row: Row) -> Consent:
    text = work.consent or f"Imported from {row.file}."
    return Consent("import", text, row.ip, row.opted_in_at)
