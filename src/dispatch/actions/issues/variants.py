"""Make an issue's variant for one choice, once; the store keeps it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.actions.issues import preflight
from dispatch.compose import edits as editors, variant as variants
from dispatch.compose.corrections import Told
from dispatch.compose.edits import Edited
from dispatch.compose.press import Press
from dispatch.errors import StoreError
from dispatch.model import (
    Article,
    Choice,
    Correction,
    Issue,
    NewsletterSettings,
    Variant,
)
from dispatch.store import (
    Store,
    Tx,
    articles,
    bodies,
    carrying,
    corrections,
    edits,
    entries,
    newsletters,
    variants as stored,
)

ROUNDS = 5  # of stories that go while we render

log = logging.getLogger(__name__)


def variant_for(
    store: Store,
    press: Press,
    issue: Issue,
    newsletter: NewsletterSettings,
    choice: Choice,
    *,
    now: datetime,
    examined: bool = False,
) -> Variant | None:
    """Return the stored variant of `issue` for `choice`, making it when missing.

    None when the choice leaves nothing to read. Raises TemplateError; and, when it is
    to be `examined`, PreflightError for one that must not leave: a new one is not kept.
    """
    for _round in range(ROUNDS):
        with store.read() as tx:
            there = stored.one(tx, issue.id, choice, issue.revision)
            matter = _matter(tx, issue, choice)
            frozen = bodies.get(tx, there.body) if there and examined else None
        if there is not None:
            if frozen is not None:
                preflight.pass_or_hold(
                    press, newsletter, issue, frozen, matter.stories, now=now
                )
            return there
        made = _make(press, issue, newsletter, choice, matter, now=now)
        if made is None:
            return None
        if examined:
            preflight.pass_or_hold(
                press, newsletter, issue, made.frozen, matter.stories, now=now
            )
        kept = store.write(lambda tx, one=made: _keep(tx, one, issue))  # type: ignore[misc]
        if kept is not None:
            if made.warning:
                reason = made.warning
                log.warning("variant is less fine issue=%s reason=%s", issue.id, reason)
            return kept
    raise StoreError(f"The stories of {issue.id} changed all the time; try again.")


def would_be(
    store: Store,
    press: Press,
    issue: Issue,
    newsletter: NewsletterSettings,
    choice: Choice,
    *,
    now: datetime,
) -> variants.Made | None:
    """Return what readers with this choice would get now; keep nothing."""
    with store.read() as tx:
        matter = _matter(tx, issue, choice)
    return _make(press, issue, newsletter, choice, matter, now=now)


@dataclass(frozen=True, slots=True)
class _Matter:
    """What a variant is made of."""

    stories: Sequence[Article]
    told: Told
    edited: Edited


def _matter(tx: Tx, issue: Issue, choice: Choice) -> _Matter:
    start, end = choice.from_position, issue.to_position
    return _Matter(
        entries.stories(tx, issue.newsletter, start, end, by=issue.slot),
        to_tell(tx, _told(tx, issue, choice)),
        editors.fold(edits.of_issue(tx, issue.id)),
    )


def _make(
    press: Press,
    issue: Issue,
    newsletter: NewsletterSettings,
    choice: Choice,
    matter: _Matter,
    *,
    now: datetime,
) -> variants.Made | None:
    return variants.make(
        press,
        newsletter=newsletter,
        issue=issue,
        choice=choice,
        articles=matter.stories,
        now=now,
        told=matter.told,
        edited=matter.edited,
    )


def _told(tx: Tx, issue: Issue, choice: Choice) -> Sequence[Correction]:
    """Return what the issue tells, and what those between it and the last one told."""
    found = corrections.of_issue(tx, issue.id)
    if choice.from_position >= issue.from_position:
        return found
    missed = corrections.missed(tx, issue, choice.from_position)
    return tuple(dict.fromkeys((*missed, *found)))


def to_tell(tx: Tx, found: Sequence[Correction]) -> Told:
    """Return these corrections with their articles as they are now."""
    return Told(tuple(found), articles.by_ids(tx, [one.article for one in found]))


def _keep(tx: Tx, made: variants.Made, issue: Issue) -> Variant | None:
    """Store what was made; None when one of its stories has gone since it was read."""
    newsletters.lock(tx, issue.newsletter)
    if carrying.hidden(tx, made.variant.articles, by=issue.slot):
        return None
    return stored.add(tx, replace(made.variant, body=bodies.put(tx, made.frozen)))
