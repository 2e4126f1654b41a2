"""Keep our subscriptions at the hubs of feeds (WebSub); `pushed` takes news.

Polling goes on, only more rarely; when a poll finds what no push had brought, the hub
is no longer relied on for a day.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from dispatch.collect import hub
from dispatch.errors import SourceError
from dispatch.model import Clock, Push, SourceSettings, SourceState, Submit
from dispatch.store import Store, Tx, push, sources as known_sources
from dispatch.text import urls

TOKEN_BYTES = 32
MOST_ASKED = 3  # hubs in one round: a dead one must not hold up the newsroom
MISSED = timedelta(minutes=15)  # until the next poll of a source whose hub missed


def keep_up(
    store: Store,
    sources: Sequence[SourceSettings],
    submit: Submit,
    *,
    site_url: str,
    clock: Clock,
) -> None:
    """Subscribe where a feed names a hub, renew in time, leave where it is unwanted.

    Does nothing for a site that no hub could reach. Safe to repeat.
    """
    now = clock.now()
    with store.read() as tx:
        standing = push.every(tx)
        states = {one.name: one for one in known_sources.states(tx)}
    wanted = _wanted(sources, states) if urls.is_public(site_url) else {}
    if not wanted and not standing:
        return
    standing = _arrange(store, wanted, standing, now)
    due = [one for one in standing.values() if one.next_at and one.next_at <= now]
    for one in sorted(due, key=lambda one: one.next_at or now)[:MOST_ASKED]:
        mode = "subscribe" if one.source in wanted else "unsubscribe"
        _ask(store, submit, one, mode, site_url=site_url, now=now)


def confirm(
    store: Store, token: str, query: Mapping[str, str], *, clock: Clock
) -> str | None:
    """Answer a hub that verifies what we asked; return its challenge to echo.

    None for what nobody asked: then the hub must not do it. An empty text for a
    hub that says it will not.
    """
    now = clock.now()

    def unit(tx: Tx) -> str | None:
        one = push.by_token(tx, token)
        if one is None or query.get("hub.topic") != one.topic:
            return None
        if query.get("hub.mode") == "denied":
            _refused(tx, one, "Its hub denies the subscription.", now)
            return ""
        if not hub.verifies(one, query):
            return None
        if one.asked == "unsubscribe":
            push.drop(tx, one.source)
        else:
            _begin(tx, one, hub.lease(query.get("hub.lease_seconds", "")), now)
        return query["hub.challenge"]

    return store.write(unit)


def doubt(store: Store, found: Iterable[str], *, clock: Clock) -> tuple[str, ...]:
    """Stop relying on hubs: polls of these sources found new stories.

    Returns the names of those that were relied on. They are polled as usual again,
    and their hubs are asked anew.
    """
    now, names = clock.now(), frozenset(found)
    if not names:
        return ()
    with store.read() as tx:
        standing = push.every(tx)
    broken = [
        one
        for one in standing.values()
        if one.source in names and hub.relied_on(one, now)
    ]

    def unit(tx: Tx) -> None:
        for one in broken:
            later = hub.retry_at(now, 1)
            push.change(tx, one.token, broken_at=now, next_at=later)
            until, why = now + MISSED, "its hub missed a story"
            known_sources.put_off(tx, one.source, until=until, why=why)

    if broken:
        store.write(unit)
    return tuple(one.source for one in broken)


def _wanted(
    sources: Sequence[SourceSettings], states: Mapping[str, SourceState]
) -> dict[str, tuple[str, str]]:
    """Return hub and topic of every source that is to be pushed."""
    wanted = {}
    for source in sources:
        state = states.get(source.name)
        if source.kind != "feed" or not source.push or state is None:
            continue
        outlook = state.courtesy.outlook
        if outlook.hub and outlook.topic and state.last_success_at is not None:
            wanted[source.name] = (outlook.hub, outlook.topic)
    return wanted


def _arrange(
    store: Store,
    wanted: Mapping[str, tuple[str, str]],
    standing: Mapping[str, Push],
    now: datetime,
) -> dict[str, Push]:
    """Begin what is new, begin anew what moved, and mark what is to end."""
    fresh = [
        _new(name, *where, now)
        for name, where in wanted.items()
        if name not in standing or (standing[name].hub, standing[name].topic) != where
    ]
    unwanted = [one for name, one in standing.items() if name not in wanted]
    over = [one for one in unwanted if not hub.active(one, now)]
    ending = [
        one
        for one in unwanted
        if one not in over and one.asked != "unsubscribe" and not one.failures
    ]

    def unit(tx: Tx) -> dict[str, Push]:
        for one in fresh:
            push.put(tx, one)
        for one in over:
            push.drop(tx, one.source)
        for one in ending:
            push.change(tx, one.token, next_at=now)
        return push.every(tx)

    if fresh or over or ending:
        return store.write(unit)
    return dict(standing)


def _new(source: str, hub_url: str, topic: str, now: datetime) -> Push:
    token, secret = (secrets.token_urlsafe(TOKEN_BYTES) for _ in range(2))
    return Push(source, hub_url, topic, token, secret, next_at=now)


def _ask(
    store: Store,
    submit: Submit,
    one: Push,
    mode: str,
    *,
    site_url: str,
    now: datetime,
) -> None:
    """Ask a hub. What we want is written down first: some verify before they answer."""
    unanswered = one.asked == mode
    failures = one.failures + unanswered
    silent = "Its hub did not confirm." if unanswered else one.error
    store.write(
        lambda tx: push.change(
            tx,
            one.token,
            asked=mode,
            asked_at=now,
            next_at=max(now + hub.UNANSWERED, hub.retry_at(now, failures)),
            failures=failures,
            error=silent,
        )
    )
    callback = f"{site_url}/websub/{one.token}"
    try:
        status = submit(one.hub, hub.request(mode, one, callback))
    except SourceError as error:
        why = f"Its hub cannot be asked: {error}"
    else:
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        why = f"Its hub answered {status}."
    store.write(lambda tx: _refused(tx, one, why, now))


def _begin(tx: Tx, one: Push, length: timedelta, now: datetime) -> None:
    push.change(
        tx,
        one.token,
        asked="",
        verified_at=now,
        lease_until=now + length,
        next_at=hub.renew_at(now, length),
        failures=0,
        error="",
    )


def _refused(tx: Tx, one: Push, why: str, now: datetime) -> None:
    """Note that a hub will not; it is asked again, later each time."""
    failures = one.failures + 1
    push.change(
        tx,
        one.token,
        asked="",
        failures=failures,
        error=why,
        next_at=hub.retry_at(now, failures),
    )
