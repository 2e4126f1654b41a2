"""Make an issue's variant for one choice, once; the store keeps it."""

import logging
from dataclasses import replace
from datetime import datetime

from dispatch.compose import variant as variants
from dispatch.compose.press import Press
from dispatch.model import Choice, Issue, NewsletterSettings, Variant
from dispatch.store import Store, Tx, bodies, entries, issues

log = logging.getLogger(__name__)


def variant_for(
    store: Store,
    press: Press,
    issue: Issue,
    newsletter: NewsletterSettings,
    choice: Choice,
    *,
    now: datetime,
) -> Variant | None:
    """Return the stored variant of `issue` for `choice`, making it when missing.

    None when the choice leaves nothing to read. Raises TemplateError.
    """
    with store.read() as tx:
        there = issues.variant(tx, issue.id, choice, issue.revision)
        articles = entries.stories(
            tx,
            issue.newsletter,
            choice.from_position,
            issue.to_position,
            by=issue.slot,
        )
    if there is not None:
        return there
    made = variants.make(
        press,
        newsletter=newsletter,
        issue=issue,
        choice=choice,
        articles=articles,
        now=now,
    )
    if made is None:
        return None
    if made.warning:
        log.warning("variant is less fine issue=%s reason=%s", issue.id, made.warning)
    return store.write(lambda tx: _keep(tx, made))


def _keep(tx: Tx, made: variants.Made) -> Variant:
    return issues.add_variant(
        tx, replace(made.variant, body=bodies.put(tx, made.frozen))
    )
