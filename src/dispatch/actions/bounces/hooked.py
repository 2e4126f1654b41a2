"""Take in what a provider posts. It has shown who it is by the address it posts to.

So it is believed about an address, where it gives back no token of ours. Told twice,
counted once: providers post again whatever was not answered in time.
"""

import hmac
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.actions.bounces import returns
from dispatch.actions.bounces.returns import Outcome
from dispatch.deliver import hooks
from dispatch.deliver.hooks import UnreadableError
from dispatch.errors import SourceError
from dispatch.model import BounceReport, BounceSettings, Clock, Fetch, Returned
from dispatch.store import Store, Tx, bounces
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address

RECENT = timedelta(days=14)  # mail that a report without a token can be about
CHUNK = 25  # reports of one transaction

log = logging.getLogger(__name__)


class Answer(StrEnum):
    """What a provider is told."""

    TAKEN = "taken"
    UNKNOWN = "unknown"  # no such address: nobody learns which providers there are
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


def known(settings: BounceSettings, tokens: Tokens, provider: str, secret: str) -> bool:
    """Whether this is the address that `provider` was given; in constant time."""
    right = hmac.compare_digest(
        tokens.hook(provider).encode(), secret.encode("utf-8", "replace")
    )
    return right and provider in settings.hooks


def take(
    store: Store,
    tokens: Tokens,
    settings: BounceSettings,
    provider: str,
    body: bytes,
    *,
    fetch: Fetch,
    clock: Clock,
) -> Answer:
    """Take in one request of a provider that is `known`. Raises StoreError."""
    try:
        if not _signed(settings, provider, body, clock.now()):
            return Answer.UNSIGNED
        if provider == "ses" and (url := hooks.confirmation(body)):
            _confirm(fetch, url)
            return Answer.TAKEN
        reports = hooks.read(provider, body)
    except UnreadableError:
        return Answer.UNREADABLE
    outcomes = _take(store, tokens, reports, provider, clock.now())
    log.info("provider=%s reports=%s", provider, dict(outcomes))
    return Answer.TAKEN


def _signed(
    settings: BounceSettings, provider: str, body: bytes, now: datetime
) -> bool:
    """Whether what has to be signed, is. The secret address alone tells the others."""
    key = settings.mailgun_key if provider == "mailgun" else ""
    return not key or hooks.signed_by_mailgun(body, key, now=now)


def _take(
    store: Store,
    tokens: Tokens,
    reports: Sequence[BounceReport],
    provider: str,
    now: datetime,
) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for start in range(0, len(reports), CHUNK):
        some = reports[start : start + CHUNK]

        def unit(tx: Tx, some: Sequence[BounceReport] = some) -> list[Outcome]:
            return [_one(tx, tokens, one, provider, now) for one in some]

        outcomes.update(store.write(unit))
    return outcomes


def _one(
    tx: Tx, tokens: Tokens, report: BounceReport, provider: str, now: datetime
) -> Outcome:
    of = _whose(tx, tokens, report, now)
    outcome = returns.settle(tx, report, of, via=provider, now=now)
    bounces.note_intake(tx, outcome, now=now)
    return outcome


def _whose(
    tx: Tx, tokens: Tokens, report: BounceReport, now: datetime
) -> Returned | None:
    named = returns.whose(tx, tokens, report.marks)
    if named is not None or not report.mailbox:
        return named
    try:
        mailbox = address.parse(report.mailbox).mailbox
    except ValueError:
        return None
    return bounces.newest_to(tx, tokens.mailbox_hash(mailbox), now - RECENT)


def _confirm(fetch: Fetch, url: str) -> None:
    """Tell Amazon that we listen; when that fails, it asks again."""
    try:
        status = fetch(url).status
    except SourceError as error:
        log.warning("SNS could not be told that we listen: %s", error)
        return
    log.info("SNS was told that we listen status=%d", status)
