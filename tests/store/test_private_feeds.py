from datetime import timedelta

from hypothesis import HealthCheck, given, settings, strategies as st

from dispatch.model import Selection
from dispatch.store import articles, erasure, private_feeds, subscriptions
from dispatch.store.subscribers import ensure
from dispatch.text import address
from support.publishing import article, words


def subscribe(store, clock, mailbox="ada@example.org"):
    def unit(tx):
        person = ensure(tx, address.parse(mailbox), mailbox, now=clock.now())
        tie = subscriptions.add(tx, person, "daily", "active", "test", now=clock.now())
        return person, tie

    return store.write(unit)


def test_a_revoked_feed_is_listed_no_more_and_known_still(store, clock):
    _, tie = subscribe(store, clock)
    now = clock.now()
    one = store.write(lambda tx: private_feeds.make(tx, tie, "Phone", now=now))
    two = store.write(lambda tx: private_feeds.make(tx, tie, "Desk", now=now))

    for _ in range(2):
        clock.advance(hours=1)
        later = clock.now()
        store.write(lambda tx, at=later: private_feeds.revoke(tx, tie, one.id, now=at))

    with store.read() as tx:
        assert private_feeds.living(tx, tie) == (two,)
        assert private_feeds.by_id(tx, one.id).revoked_at == now + timedelta(hours=1)


def test_erasing_a_person_ends_their_feeds_and_nobody_elses(store, clock):
    person, tie = subscribe(store, clock)
    _, other = subscribe(store, clock, "eve@example.org")
    now = clock.now()
    for one in (tie, other):
        store.write(lambda tx, one=one: private_feeds.make(tx, one, "Phone", now=now))

    store.write(lambda tx: erasure.erase(tx, person, now=now))

    with store.read() as tx:
        assert private_feeds.living(tx, tie) == ()
        assert private_feeds.by_id(tx, 1).name == ""
        assert len(private_feeds.living(tx, other)) == 1


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(
    hours=st.lists(st.integers(0, 600), max_size=12),
    limit=st.integers(1, 8),
    span=st.integers(0, 400),
    tagged=st.booleans(),
)
def test_stamps_name_just_what_a_window_holds(  # noqa: PLR0917 - drawn
    sqlite_store, clock, hours, limit, span, tagged
):
    chosen = Selection(tags=("ferry",)) if tagged else Selection()
    with sqlite_store.read() as tx:
        many = articles.count(tx)

    def add(tx):
        for place, hour in enumerate(hours):
            moment = clock.now() - timedelta(hours=hour)
            content = words(tags=("Ferry",) if place % 2 else ())
            number = many + place + 1
            story = article(number, published_at=moment, content=content)
            articles.add(tx, story)

    sqlite_store.write(add)
    asked = {"now": clock.now(), "limit": limit, "span": timedelta(hours=span)}
    with sqlite_store.read() as tx:
        whole = articles.window(tx, chosen, **asked)
        stamps = articles.stamps(tx, chosen, **asked)

    assert stamps == tuple((one.id, one.revision) for one in whole)
