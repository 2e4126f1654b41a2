"""Tell operators what needs a human: by mail and webhook, once, and again if it lasts.

What is wrong is read from the store each time, never remembered in a process: an
alert ends when its cause ends.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.actions.bounces import bounce_alerts
from dispatch.actions.sources import source_alerts
from dispatch.actions.sources.source_alerts import PATIENCE
from dispatch.compose import approval, inline, notice as notices
from dispatch.compose.press import Press
from dispatch.errors import DispatchError
from dispatch.model import (
    Alert,
    Clock,
    IssueState,
    MailingKind,
    Post,
    Settings,
)
from dispatch.publish import families
from dispatch.store import (
    Store,
    Tx,
    alerts,
    bodies,
    feeds,
    issues,
    mailings,
    newsletters,
    pings,
    relays as relay_states,
    tallies,
    unknown,
    variants,
)
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address, urls

AGAIN = timedelta(hours=6)
HUB_SILENCE = timedelta(hours=12)
LOOK_BACK = timedelta(days=1)  # for slots that were missed
WORTH = timedelta(days=1)  # an alert that could not be sent for longer is history

SILENCE = timedelta(hours=1)  # a relay that was not tried for longer is not news
REFUSED = 400  # and above: the webhook did not take it


@dataclass(frozen=True, slots=True)
class AlertReport:
    """What was told, and why it could not be told everywhere."""

    told: tuple[Alert, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is newly wrong."""
        return not self.told and not self.failed

    def lines(self) -> list[str]:
        """Say what was told; nothing when nothing was."""
        return [*(alert.message for alert in self.told), *self.failed]

    def to_json(self) -> dict[str, object]:
        """Return the same for a machine."""
        return {
            "told": {one.key: one.message for one in self.told},
            "failed": list(self.failed),
        }


def watch(
    store: Store,
    press: Press,
    tokens: Tokens,
    settings: Settings,
    post: Post,
    *,
    relays: Sequence[str],
    clock: Clock,
) -> AlertReport:
    """Find what is wrong and tell what is new or lasts. `relays` are those in use."""
    now = clock.now()
    with store.read() as tx:
        found = find(tx, settings, relays=relays, now=now)
    fresh = store.write(lambda tx: alerts.due(tx, found, now=now, again=AGAIN))
    if not fresh:
        return AlertReport()
    failed = [
        _mail(store, press, tokens, settings, fresh, now=now),
        _call(post, settings, fresh),
    ]
    if any(failed) and not _reachable(settings, failed):
        store.write(lambda tx: alerts.untold(tx, fresh))
    return AlertReport(fresh, tuple(filter(None, failed)))


def _reachable(settings: Settings, failed: Sequence[str]) -> bool:
    """Whether somebody could be told: by mail or by webhook."""
    told = (settings.operators.mail and settings.newsletter, settings.operators.webhook)
    return any(way and not why for way, why in zip(told, failed, strict=True))


def find(
    tx: Tx, settings: Settings, *, relays: Sequence[str], now: datetime
) -> tuple[Alert, ...]:
    """Return all that needs a human at this moment."""
    return (
        *source_alerts.find(tx, settings, now=now),
        *_feeds(tx, settings),
        *_hubs(tx, settings, now=now),
        *_issues(tx, now),
        *_styles(tx),
        *_slots(tx, since=now - LOOK_BACK),
        *_deliveries(tx, relays),
        *bounce_alerts.find(tx, now=now),
    )


def _feeds(tx: Tx, settings: Settings) -> list[Alert]:
    configured = {feed.name for feed in settings.feed}
    broken = {
        file.feed: file.error
        for file in feeds.files(tx)
        if file.error
        and (
            file.feed in configured
            or families.kind_of(file.feed) in settings.feeds.families
        )
    }
    return [
        Alert(f"feed:{name}", f"The feed {name} is not published: {error}")
        for name, error in broken.items()
    ]


def _hubs(tx: Tx, settings: Settings, *, now: datetime) -> list[Alert]:
    silent = (pings.silence(tx, hub) for hub in settings.feeds.hubs)
    return [
        Alert(
            f"hub:{one.hub}",
            f"The hub {urls.shown(one.hub)} has been silent since "
            f"{one.since:%Y-%m-%d %H:%M} UTC: {one.error} Readers get news by "
            "polling meanwhile; take it out of feeds.hubs if it is gone.",
        )
        for one in silent
        if one is not None and now - one.since > HUB_SILENCE
    ]


def _issues(tx: Tx, now: datetime) -> list[Alert]:
    """Return the issues that wait. Before its slot, the editors of one were asked."""
    return [
        Alert(
            f"issue:{issue.id}",
            f"Issue {issue.id} is {issue.state}: {issue.held_reason}",
        )
        for issue in issues.in_state(tx, IssueState.HELD, IssueState.PAUSED)
        if issue.held_reason  # paused by hand without one: somebody knows
        and not (issue.slot > now and issue.held_reason in approval.BY_EDITORS)
    ]


def _styles(tx: Tx) -> list[Alert]:
    return [
        Alert(
            f"styles:{issue}",
            f"The styles of issue {issue} could not be inlined: it is complete, but "
            "some programs will show it bare. `dispatch check` may say more.",
        )
        for issue in variants.plain_styled(tx, inline.UNTOUCHED)
    ]


def _slots(tx: Tx, *, since: datetime) -> list[Alert]:
    return [
        Alert(
            f"slot:{slot.newsletter}:{slot.at.isoformat()}",
            f"{slot.newsletter} missed its slot of {slot.at:%Y-%m-%d %H:%M} UTC: "
            f"{slot.reason}. Its stories go into the next issue.",
        )
        for slot in newsletters.missed_since(tx, since)
    ]


def _deliveries(tx: Tx, names: Sequence[str]) -> list[Alert]:
    found = []
    doubts = unknown.count(tx)
    if doubts:
        found.append(
            Alert(
                "unknown",
                f"{_deliveries_are(doubts)} unknown: the final dot may have been sent "
                "and no answer came. See `dispatch unknown list`.",
            )
        )
    for issue in issues.in_state(tx, IssueState.SENDING, IssueState.PAUSED):
        gap = tallies.of_issue(tx, issue.id).gap
        if gap:
            message = f"The books of {issue.id} do not balance: {gap} are missing."
            found.append(Alert(f"gap:{issue.id}", message))
    return found + [alert for name in names for alert in _relay(tx, name)]


def _relay(tx: Tx, name: str) -> list[Alert]:
    """Tell of a relay that fails, and of domains that refuse us through it."""
    found = []
    rest = relay_states.failing(tx, name, within=SILENCE)
    if rest and rest.failures >= PATIENCE:
        message = f"The relay {name} failed {rest.failures} times: {rest.why}"
        found.append(Alert(f"relay:{name}", message))
    for domain, state in relay_states.troubled(tx, name).items():
        if state.rest and state.rest.until + SILENCE > tx.now():
            message = (
                f"{domain} refuses our mail through the relay {name} "
                f"({state.rest.why}), and blames us. Nobody was removed; their mail "
                "waits. Check SPF, DKIM, DMARC and block lists."
            )
            found.append(Alert(f"relay:{name}:{domain}", message))
    return found


def _deliveries_are(count: int) -> str:
    return "1 delivery is" if count == 1 else f"{count} deliveries are"


def _mail(
    store: Store,
    press: Press,
    tokens: Tokens,
    settings: Settings,
    told: Sequence[Alert],
    *,
    now: datetime,
) -> str:
    """Queue the alerts for each operator; return a sentence when that failed."""
    if not settings.operators.mail or not settings.newsletter:
        return ""
    newsletter = settings.newsletter[0]
    context = {"alerts": [alert.message for alert in told]}
    try:
        frozen = notices.notice(
            press, MailingKind.ALERT, newsletter=newsletter, context=context
        )
    except DispatchError as error:
        return f"The alert could not be mailed: {error}"
    sender = address.sender(newsletter.sender).address

    def unit(tx: Tx) -> None:
        body = bodies.put(tx, frozen)
        for text in settings.operators.mail:
            mailbox = address.parse(text)
            mailings.queue_one(
                tx,
                kind=MailingKind.ALERT,
                dedupe_key=f"alert:{mailbox.mailbox}:{now.isoformat()}",
                recipient=mailbox.address,
                mailbox_hash=tokens.mailbox_hash(mailbox.mailbox),
                subscription=None,
                body=body,
                newsletter="",
                sender=sender,
                expires_at=now + WORTH,
            )

    store.write(unit)
    return ""


def _call(post: Post, settings: Settings, told: Sequence[Alert]) -> str:
    """Post the alerts to the webhook; return a sentence when that failed."""
    if not settings.operators.webhook:
        return ""
    body = {
        "text": "\n".join(alert.message for alert in told),
        "site": settings.site.title,
        "alerts": [{"key": one.key, "message": one.message} for one in told],
    }
    try:
        status = post(settings.operators.webhook, json.dumps(body).encode())
    except DispatchError as error:
        return f"operators.webhook: {error}"
    return "" if status < REFUSED else f"operators.webhook answered {status}."
