"""Read what hubs pushed, by the reader that reads the feed itself.

A push is often a part of the feed: it adds and changes, and says nothing about what
it does not show. Validators and the time of the next poll stay as they are.
"""

import logging
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from dispatch.actions import keep_harvest
from dispatch.actions.calls import Round
from dispatch.actions.collect_report import CollectReport, SourceReport
from dispatch.actions.keep_harvest import Good
from dispatch.actions.push import SAYS_SO
from dispatch.collect import feed
from dispatch.errors import SourceError
from dispatch.model import Errand, Harvest, Response, SourceSettings, SourceState
from dispatch.store import Tx, items, push, sources as known_sources
from dispatch.store.push import Pushed

log = logging.getLogger(__name__)


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
            sources=frozenset(each.name for each in round_.configured),
            authority=round_.authority,
            now=now,
            note=lambda tx: push.read(tx, one),
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
