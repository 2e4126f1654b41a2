from datetime import timedelta

import pytest

from dispatch.model import Selection, Slot, SlotOutcome
from dispatch.store import entries, newsletters
from support import newsroom

LOOKBACK = timedelta(days=2)


@pytest.fixture
def daily(store, clock):
    """A newsletter that began an hour ago."""
    clock.advance(hours=-1)
    state = ensure(store, clock)
    clock.advance(hours=1)
    return state


def ensure(store, clock):
    return store.write(
        lambda tx: newsletters.ensure(tx, "daily", "The Daily", now=clock.now())
    )


def admit(store, clock, state):
    def unit(tx):
        found = entries.candidates(
            tx,
            "daily",
            Selection(),
            since=state.first_seen_at,
            published_from=state.first_seen_at - LOOKBACK,
            upto=clock.now(),
        )
        return entries.add(tx, "daily", [one.id for one in found], now=clock.now())

    return store.write(unit)


def listed(store, clock, after=0, upto=1000):
    with store.read() as tx:
        found = entries.stories(tx, "daily", after, upto, by=clock.now())
        return [one.content.headline for one in found]


def test_a_newsletter_begins_with_all_earlier_slots_settled(store, clock):
    state = ensure(store, clock)

    assert state.first_seen_at == state.settled_to == clock.now()
    clock.advance(days=3)
    assert ensure(store, clock) == state


def test_a_slot_is_settled_once(store, clock, daily):
    slot = Slot("daily", clock.now(), SlotOutcome.EMPTY, "nothing new")
    settle = lambda tx: newsletters.settle(tx, slot, now=clock.now())  # noqa: E731

    assert store.write(settle)
    assert not store.write(settle)
    with store.read() as tx:
        assert newsletters.slots(tx, "daily", 5) == (slot,)
        assert newsletters.state(tx, "daily").settled_to == clock.now()


def test_articles_become_entries_once_and_positions_grow(store, clock, daily):
    newsroom.put_article(store, "First", seen=clock.now())
    assert admit(store, clock, daily) == 1
    assert admit(store, clock, daily) == 0
    clock.advance(minutes=5)
    newsroom.put_article(store, "Second", seen=clock.now())
    admit(store, clock, daily)

    assert listed(store, clock) == ["First", "Second"]
    assert listed(store, clock, after=1) == ["Second"]


@pytest.mark.parametrize(
    "hidden",
    [
        {"baseline": True},
        {"held": "draft"},
        {"embargo": 1},
        {"published": 1},
        {"old": 3},
        {"withdrawn": 0},
    ],
    ids=lambda hidden: next(iter(hidden)),
)
def test_what_is_not_eligible_gets_no_place(store, clock, daily, hidden):
    (kind, value), *_ = hidden.items()
    tomorrow = clock.now() + timedelta(days=1)
    seen = clock.now() - timedelta(days=value) if kind == "old" else clock.now()
    columns = {
        "baseline": {"baseline": True},
        "held": {"held": "draft"},
        "embargo": {"embargo_until": tomorrow},
        "published": {"published_at": tomorrow},
        "withdrawn": {"withdrawn_at": clock.now()},
    }.get(kind, {})
    newsroom.put_article(store, "Hidden", seen=seen, **columns)

    assert admit(store, clock, daily) == 0


def test_an_article_from_just_before_the_newsletter_is_eligible(store, clock, daily):
    newsroom.put_article(store, "Fresh", seen=clock.now() - timedelta(days=1))

    assert admit(store, clock, daily) == 1


@pytest.mark.parametrize(("then", "left"), [("fresh", []), ("backlog", ["Waited"])])
def test_a_pause_ends_fresh_or_with_the_backlog(store, clock, daily, then, left):
    until = clock.now() + timedelta(hours=1)
    store.write(
        lambda tx: newsletters.pause(
            tx, "daily", until=until, fresh=then == "fresh", now=clock.now()
        )
    )
    newsroom.put_article(store, "Waited", seen=clock.now())
    admit(store, clock, daily)
    assert not store.write(
        lambda tx: newsletters.end_pause(tx, "daily", now=clock.now())
    )
    clock.advance(hours=1)
    assert store.write(lambda tx: newsletters.end_pause(tx, "daily", now=clock.now()))

    with store.read() as tx:
        state = newsletters.state(tx, "daily")
    assert state.paused_at is None
    assert listed(store, clock, after=state.mark) == left


def test_a_newsletter_gone_from_the_config_keeps_its_rows(store, clock, daily):
    store.write(lambda tx: newsletters.removed(tx, ["weekly"], now=clock.now()))

    with store.read() as tx:
        assert newsletters.state(tx, "daily").removed_at == clock.now()
    assert ensure(store, clock).removed_at is None
