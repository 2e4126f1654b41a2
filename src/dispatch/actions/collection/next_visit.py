"""After a good visit: what is remembered of the source, and when it is asked again."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from dispatch.actions.collection import keep_harvest
from dispatch.actions.collection.calls import Call
from dispatch.actions.collection.recorder import Exchange, host_of
from dispatch.collect import hub, outlook, redirects
from dispatch.collect.outlook import Due
from dispatch.collect.redirects import Trail
from dispatch.collect.rhythm import LOOK_BACK, Rhythm
from dispatch.model import Courtesy, Harvest, SourceSettings, SourceState
from dispatch.store import Store, push, rhythms
from dispatch.store.sources import GoodVisit

LEARNT = timedelta(days=1)  # how long a rhythm is good
LEARNT_ANEW = timedelta(hours=1)  # when there are new stories
MAILBOX = timedelta(minutes=5)  # one's own: nobody is bothered, and editors wait
FIRST_VISIT = timedelta(minutes=10)  # undated stories are "of now": no habit


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a source was read, and every request that was made for it."""

    address: str
    exchanges: Sequence[Exchange]

    @property
    def main(self) -> Exchange | None:
        """The request for the source itself, not for what it names."""
        asked = self.address
        return next(
            (one for one in self.exchanges if one.asked.startswith(asked)), None
        )


def good(
    call: Call, store: Store, harvest: Harvest, seen: Seen, *, now: datetime
) -> GoodVisit:
    """Say that a visit was good, what is remembered of it, and when the next is."""
    courtesy = _moved(call, seen, now)
    if any(one.status == HTTPStatus.OK for one in seen.exchanges):
        courtesy = replace(courtesy, full_at=now)
    if not harvest.same:
        courtesy = replace(courtesy, outlook=harvest.outlook)
    courtesy = replace(courtesy, validators_for=mark(call.source, seen.address))
    rhythm, courtesy = _rhythm(call, store, harvest, courtesy, now)
    due = _due(call, courtesy, rhythm, seen, now)
    if courtesy.outlook.hub and call.source.every is None:
        due = _relaxed(store, call, due, now)
    return GoodVisit(call.source.name, harvest, courtesy, now, due.at, due.why)


def _due(
    call: Call, courtesy: Courtesy, rhythm: Rhythm, seen: Seen, now: datetime
) -> Due:
    if call.source.kind == "folder":
        return Due(now, "in every round")
    answer = seen.main.answer if seen.main else None
    return outlook.after_success(
        call.source.name,
        every=_every(call.source),
        rhythm=rhythm,
        outlook=courtesy.outlook,
        headers=answer.headers if answer else {},
        now=now,
    )


def _relaxed(store: Store, call: Call, due: Due, now: datetime) -> Due:
    """Come later to a source whose hub tells us of news by itself."""
    with store.read() as tx:
        known = push.of(tx, call.source.name)
    if known is None or not hub.relied_on(known, now):
        return due
    return max(due, Due(now + hub.RELAXED, "its hub tells of news"), key=lambda d: d.at)


def mark(source: SourceSettings, address: str) -> str:
    """Return what validators belong to: an address, and the rules it is read by."""
    rules = keep_harvest.stamp_mark(source)
    return hashlib.sha256(f"{rules} {address}".encode()).hexdigest()[:16]


def _every(source: SourceSettings) -> timedelta | None:
    if source.kind == "folder":
        return timedelta(0)
    if source.kind == "mailbox":
        return source.every or MAILBOX
    return source.every


def _rhythm(
    call: Call, store: Store, harvest: Harvest, courtesy: Courtesy, now: datetime
) -> tuple[Rhythm, Courtesy]:
    """Return the source's rhythm, learnt anew when it may have changed."""
    if _every(call.source) is not None:
        return Rhythm(), courtesy
    learnt, known = courtesy.rhythm_at, Rhythm.parse(courtesy.rhythm)
    good_for = LEARNT_ANEW if harvest.found else LEARNT
    if learnt is not None and known is not None and now - learnt < good_for:
        return known, courtesy
    with store.read() as tx:
        stored = rhythms.moments(tx, call.source.name, since=now - LOOK_BACK)
    first = call.state.first_seen_at
    moments = {one for one in stored if abs(one - first) > FIRST_VISIT}
    moments.update(one.published_at for one in harvest.found if one.published_at)
    rhythm = Rhythm.of(tuple(moments), now=now)
    return rhythm, replace(courtesy, rhythm=str(rhythm), rhythm_at=now)


def trail(state: SourceState) -> Trail:
    """Return where a source was last seen to have moved to."""
    return Trail(state.courtesy.trail_to, state.courtesy.trail_since)


def _moved(call: Call, seen: Seen, now: datetime) -> Courtesy:
    """Return what is remembered of redirects after a good visit."""
    courtesy, address = call.state.courtesy, seen.address
    if address != call.address:  # the old one is lost: back, or along the trail
        adopted = "" if address == call.source.url else address
        return _adopted(courtesy, adopted, now)
    main = seen.main
    if main is None or main.answer is None:
        return courtesy
    hops = main.answer.hops
    move = redirects.moved(address, main.asked, hops, trail(call.state), now=now)
    if move.adopt and _may_adopt(call.source.url, move.adopt):
        return _adopted(courtesy, move.adopt, now)
    return replace(courtesy, trail_to=move.trail.to, trail_since=move.trail.since)


def _adopted(courtesy: Courtesy, address: str, now: datetime) -> Courtesy:
    return replace(
        courtesy,
        moved_to=address,
        moved_at=now if address else None,
        trail_to="",
        trail_since=None,
    )


def _may_adopt(configured: str, address: str) -> bool:
    """Whether our login, if there is one, stays with the server it is for."""
    has_login = "@" in urlsplit(configured).netloc
    return not has_login or host_of(configured) == host_of(address)
