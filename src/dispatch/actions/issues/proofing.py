"""Show editors the exact issue before it leaves, and again when it changed.

Every step is safe to repeat: which revision an editor was sent is written down in the
transaction that queues the mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.actions.issues import issue_history, preflight, proof_words
from dispatch.actions.issues.proof_report import ProofReport
from dispatch.compose import approval, proof
from dispatch.compose.approval import Verdict
from dispatch.compose.preflight.remark import Level
from dispatch.compose.press import Press
from dispatch.errors import DispatchError
from dispatch.model import (
    Choice,
    Clock,
    Frozen,
    Issue,
    IssueState,
    MailingKind,
    NewsletterSettings,
    Variant,
)
from dispatch.store import (
    Store,
    Tx,
    bodies,
    edits,
    issues,
    mailings,
    proofs,
    variants,
)
from dispatch.store.proofs import Proof
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address

SHOWN = frozenset({IssueState.READY, IssueState.HELD})


@dataclass(frozen=True, slots=True)
class _Round:
    """What showing the issues of one newsletter needs."""

    store: Store
    press: Press
    tokens: Tokens
    newsletter: NewsletterSettings
    now: datetime


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a proof is made of, as it was read in one transaction."""

    issue: Issue
    variant: Variant
    frozen: Frozen
    readers: proof_words.Readers
    done: tuple[str, ...]
    problems: tuple[str, ...] = ()


def ask(
    store: Store,
    press: Press,
    tokens: Tokens,
    configured: Sequence[NewsletterSettings],
    *,
    clock: Clock,
) -> ProofReport:
    """Queue every proof that is due: of what is new or changed, and reminders.

    Holds an issue that was to leave unless held, when no editor could be asked.
    """
    report = ProofReport()
    for newsletter in configured:
        if not newsletter.proof_to:
            continue
        with store.read() as tx:
            waiting = issues.unplanned(tx, newsletter.name)
        round_ = _Round(store, press, tokens, newsletter, clock.now())
        for issue in waiting:
            if issue.leaves_at is None or issue.state not in SHOWN:
                continue
            try:
                report += _ask(round_, issue)
            except DispatchError as error:
                failed = f"The proof of {issue.id} could not be made: {error}"
                report += ProofReport(errors=(failed,))
    return report


def _ask(round_: _Round, issue: Issue) -> ProofReport:
    store, now = round_.store, round_.now
    if _unreached(round_, issue):
        store.write(lambda tx: issues.hold(tx, issue.id, approval.UNREACHED, now=now))
        return ProofReport(held=(issue.id,))
    with store.read() as tx:
        due = _due(tx, round_, issue)
        sheet = _sheet(tx, issue, round_.newsletter) if due else None
    if sheet is None:
        return ProofReport()
    warned = replace(sheet, problems=_problems(round_, issue))
    count = sum(_send(round_, warned, editor) for editor in due)
    return ProofReport(sent=((issue.id, count),) if count else ())


def may_leave(tx: Tx, newsletter: NewsletterSettings, issue: Issue) -> bool:
    """Whether an issue's silence may be taken for consent: somebody has been asked."""
    if newsletter.approval != "unless_held" or not newsletter.proof_to:
        return True
    said = approval.verdict(edits.of_issue(tx, issue.id), issue.revision)
    return said is Verdict.APPROVED or proofs.reached(tx, issue.id)


def _unreached(round_: _Round, issue: Issue) -> bool:
    due = issue.leaves_at is not None and issue.leaves_at <= round_.now
    if issue.state is not IssueState.READY or not due:
        return False
    with round_.store.read() as tx:
        return not may_leave(tx, round_.newsletter, issue)


def _sheet(tx: Tx, issue: Issue, newsletter: NewsletterSettings) -> _Sheet | None:
    """Read an issue as most readers get it; None when it is yet to be composed."""
    choice = Choice(from_position=issue.from_position)
    made = variants.one(tx, issue.id, choice, issue.revision)
    if made is None:
        return None
    contents = issue_history.contents(tx, issue)
    return _Sheet(
        issue,
        made,
        bodies.get(tx, made.body),
        proof_words.readers(tx, issue, newsletter.timezone),
        tuple(f"{edit.by} {did}." for edit, did in contents.done),
    )


def _due(tx: Tx, round_: _Round, issue: Issue) -> tuple[str, ...]:
    """Return the editors who are to be sent a proof now."""
    known = proofs.of_issue(tx, issue.id)
    return tuple(
        editor
        for editor in dict.fromkeys(round_.newsletter.proof_to)
        if _is_due(known.get(editor) or Proof(0, issue.id, editor), issue, round_.now)
    )


def _is_due(one: Proof, issue: Issue, now: datetime) -> bool:
    """Whether an editor has not seen the issue as it is, or is to be reminded of it."""
    if _is_reminder(one, issue, now):
        return True  # once, however often the issue was changed
    if one.revision == issue.revision:
        return False
    return proof.is_due(sent=one.sent, sent_at=one.sent_at, now=now)


def _problems(round_: _Round, issue: Issue) -> tuple[str, ...]:
    """Return what preflight warns of, a sentence each."""
    found = preflight.of_issue(
        round_.store, round_.press, [round_.newsletter], issue, now=round_.now
    )
    warned = [one for one in found.remarks if one.level is Level.WARN] if found else []
    return tuple(f"{one.check}: {one.says}" for one in warned)


def _send(round_: _Round, sheet: _Sheet, editor: str) -> int:
    """Queue a proof for one editor; return how many were queued."""
    store, issue = round_.store, sheet.issue
    one = store.write(lambda tx: proofs.ensure(tx, issue.id, editor))
    reminder = _is_reminder(one, issue, round_.now)
    frozen = _freeze(round_, sheet, one, reminder=reminder)
    return int(store.write(lambda tx: _queue(tx, round_, issue, one, frozen)))


def _freeze(round_: _Round, sheet: _Sheet, one: Proof, *, reminder: bool) -> Frozen:
    """Put the words of this editor's link above the issue."""
    press, letter = round_.press, round_.newsletter
    cover = proof_words.cover(
        letter,
        sheet.issue,
        link=press.links.proof(round_.tokens.make("proof", one.id)),
        title=letter.title or press.site.title,
        stories=len(sheet.variant.articles) + sheet.variant.more,
        readers=sheet.readers,
        done=sheet.done,
        problems=sheet.problems,
        reminder=reminder,
    )
    return proof.make(press, letter, sheet.variant, sheet.frozen, cover)


def _queue(tx: Tx, round_: _Round, issue: Issue, one: Proof, frozen: Frozen) -> bool:
    """Queue the mail and write down what it shows; False when that was done before."""
    mailbox = address.parse(one.editor)
    queued = mailings.queue_one(
        tx,
        kind=MailingKind.PROOF,
        dedupe_key=one.key,
        recipient=mailbox.address,
        mailbox_hash=round_.tokens.mailbox_hash(mailbox.mailbox),
        subscription=None,
        body=bodies.put(tx, frozen),
        newsletter=issue.newsletter,
        sender=address.sender(round_.newsletter.sender).address,
        expires_at=issue.expires_at,
    )
    if queued is None:
        return False
    reminder = _is_reminder(one, issue, round_.now)
    proofs.sent(tx, one, issue.revision, reminder=reminder, now=round_.now)
    return True


def _is_reminder(one: Proof, issue: Issue, now: datetime) -> bool:
    """Whether an editor is to hear that the slot has come and the issue waits."""
    waits = issue.state is IssueState.HELD and issue.slot <= now
    return waits and one.reminded_at is None
