"""Take what hubs push, and read it by the reader that reads the feed itself.

It is written down first and read by the next cycle: an answer takes milliseconds, and
nothing that was accepted is lost. A push is often a part of the feed: it adds and
changes, and says nothing about what it does not show. Validators and the time of the
next poll stay as they are.
"""

import logging
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto
from http import HTTPStatus

from dispatch.actions.collection import keep_harvest
from dispatch.actions.collection.calls import Round
from dispatch.actions.collection.collect_report import CollectReport, SourceReport
from dispatch.actions.collection.keep_harvest import Good
from dispatch.collect import feed, hub
from dispatch.errors import SourceError
from dispatch.model import (
    Clock,
    Errand,
    Harvest,
    Response,
    SourceSettings,
    SourceState,
)
from dispatch.store import Store, Tx, items, push, sources as known_sources
from dispatch.store.push import Pushed

SAYS_SO = "its hub says that there is news"

log = logging.getLogger(__name__)


class Received(Enum):
    """What became of something that a hub brought."""

    UNKNOWN = auto()  # no such subscription: the hub may forget it
    IGNORED = auto()  # not signed with our secret
    KEPT = auto()


def is_known(store: Store, token: str) -> bool:
    """Whether there is a subscription with this token, before its body is read."""
    with store.read() as tx:
        return push.by_token(tx, token) is not None


def receive(
    store: Store,
    token: str,
    body: bytes,
    *,
    signature: str,
    content_type: str,
    clock: Clock,
) -> Received:
    """Write down what a hub brought, if our secret signed it.

    When nothing is in it, or too much waits already, the source is asked instead.
    """
    now = clock.now()

    def unit(tx: Tx) -> Received:
        one = push.by_token(tx, token)
        if one is None:
            return Received.UNKNOWN
        if not hub.is_signed(signature, one.secret, body):
            push.ignore(tx, token)
            return Received.IGNORED
        kept = bool(body.strip()) and push.deliver(
            tx, one, content_type=content_type[:200], body=body, now=now
        )
        if not kept:
            known_sources.put_off(tx, one.source, until=now, why=SAYS_SO)
        return Received.KEPT

    return store.write(unit)


def read(round_: Round) -> CollectReport:
    """Take in every document that waits, in order of arrival.

    One that is no feed is dropped, and the source is asked itself. Raises
    StoreError when the database fails: then the documents wait.
    """
    with round_.store.read() as tx:
        waiting = push.waiting(tx)
    sources = {one.name: one for one in round_.configured}
    reports = [
        report
        for number, name in waiting
        if (report := _read(round_, number, sources.get(name))) is not None
    ]
    return CollectReport(tuple(reports))


def _read(
    round_: Round, number: int, source: SourceSettings | None
) -> SourceReport | None:
    with round_.store.read() as tx:
        one = push.document(tx, number)
        state = known_sources.state(tx, one.source) if one else None
        subscription = push.of(tx, one.source) if one else None
        known = items.known(tx, one.source) if one else {}
    if one is None:
        return None
    if source is None or state is None or subscription is None:
        round_.store.write(lambda tx: push.done(tx, one.id))
        return None
    now = round_.clock.now()
    harvest = _harvest(round_, source, state, one, topic=subscription.topic, now=now)
    if harvest is None:
        round_.store.write(lambda tx: _drop(tx, one, now))
        return None
    return keep_harvest.keep(
        Good(
            store=round_.store,
            source=source,
            state=state,
            known=known,
            harvest=harvest,
            priorities=round_.priorities,
            authority=round_.authority,
            now=now,
            note=lambda tx, _: push.read(tx, one),
        )
    )


def _harvest(
    round_: Round,
    source: SourceSettings,
    state: SourceState,
    one: Pushed,
    *,
    topic: str,
    now: datetime,
) -> Harvest | None:
    """Read a document as if the topic had answered with it; None for no feed."""
    errand = Errand(
        source=replace(source, url=state.courtesy.moved_to or source.url),
        fetch=round_.fetch,
        now=now,
        timezone=source.timezone or round_.site.timezone,
        language=round_.site.language,
    )
    answer = Response(
        HTTPStatus.OK, {"content-type": one.content_type}, one.body, topic
    )
    try:
        return feed.harvest(errand, answer)
    except SourceError:
        log.info("a push was no feed source=%s", source.name)
    except Exception:  # a fault of ours that one document brought to light
        log.exception("a push failed unexpectedly source=%s", source.name)
    return None


def _drop(tx: Tx, one: Pushed, now: datetime) -> None:
    push.done(tx, one.id)
    known_sources.put_off(tx, one.source, until=now, why=SAYS_SO)
