from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from dispatch.model import Courtesy, Harvest, Outlook, Problem, Validators
from dispatch.store import open_store, problems, sources

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
BLOCKED = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)"
GONE = Problem("a.txt", "is empty")
ODD = Problem("b.txt", "is odd")


def ensure(store, clock, name="wire", kind="feed"):
    return store.write(lambda tx: sources.ensure(tx, name, kind, now=clock.now()))


def fail(store, clock, error="no answer"):
    return store.write(
        lambda tx: sources.failed(
            tx,
            "wire",
            error,
            now=clock.now(),
            next_at=clock.now() + QUARTER,
            why="it failed",
        )
    )


NONE = Validators()
POLITE = Courtesy(
    address="a",
    validators_for="b",
    outlook=Outlook(timedelta(hours=1), frozenset({3, 4}), frozenset({6})),
    rhythm="1 2 3",
    trail_to="https://new.example/",
    moved_to="https://newer.example/",
)


def succeed(store, clock, validators=NONE, courtesy=POLITE, name="wire"):
    now = clock.now()
    good = sources.GoodVisit(
        name,
        Harvest(validators=validators, cursor="page 3", remark="It is slow."),
        courtesy,
        now,
        now + QUARTER,
        "every 15 min",
    )
    store.write(lambda tx: sources.succeeded(tx, good))


def state(store):
    with store.read() as tx:
        return sources.state(tx, "wire")


def test_a_source_is_known_from_its_first_visit_on(store, clock):
    first = ensure(store, clock)
    clock.advance(hours=1)

    again = ensure(store, clock, kind="folder")

    assert again.first_seen_at == first.first_seen_at
    assert (first.kind, again.kind) == ("feed", "folder")
    assert state(store) == again
    ensure(store, clock, "another")
    with store.read() as tx:
        assert [one.name for one in sources.states(tx)] == ["another", "wire"]
        assert sources.state(tx, "nobody") is None


def test_a_good_visit_keeps_the_validators_exactly(store, clock):
    ensure(store, clock)
    validators = Validators('W/"é "', "yesterday, they say", "hash")

    succeed(store, clock, validators)

    known = state(store)
    assert known.validators == validators
    assert known.last_success_at == known.last_attempt_at == clock.now()
    assert known.next_at == clock.now() + QUARTER


def test_what_politeness_remembers_survives_as_it_is(store, clock):
    ensure(store, clock)
    polite = replace(
        POLITE,
        full_at=clock.now(),
        rhythm_at=clock.now(),
        trail_since=clock.now(),
        moved_at=clock.now(),
    )

    succeed(store, clock, courtesy=polite)

    known = state(store)
    assert known.courtesy == polite
    assert (known.cursor, known.remark) == ("page 3", "It is slow.")
    assert known.next_why == "every 15 min"


def test_bad_visits_are_counted_from_the_first_until_a_good_one(store, clock):
    ensure(store, clock)
    succeed(store, clock, Validators("e", "", ""))
    began = clock.now()

    for count in (1, 2, 3):
        assert fail(store, clock) == count
        clock.advance(hours=1)

    bad = state(store)
    assert (bad.failures, bad.error, bad.failing_since) == (3, "no answer", began)
    assert (bad.next_at, bad.next_why) == (began + 2.25 * HOUR, "it failed")
    assert bad.validators == Validators("e", "", "")
    succeed(store, clock)
    good = state(store)
    assert (good.failures, good.error, good.failing_since) == (0, "", None)


def test_a_visit_that_failed_for_our_own_network_counts_for_nothing(store, clock):
    ensure(store, clock)
    succeed(store, clock)
    before = state(store)
    clock.advance(hours=1)

    store.write(
        lambda tx: sources.postponed(
            tx, ["wire"], now=clock.now(), wait=QUARTER, why="we are offline"
        )
    )

    after = state(store)
    assert (after.failures, after.error) == (0, "")
    assert after.last_success_at == before.last_success_at
    assert (after.next_at, after.next_why) == (clock.now() + QUARTER, "we are offline")


def test_who_is_gone_stays_gone_since_the_first_time(store, clock):
    ensure(store, clock)
    since = clock.now()
    for _ in range(2):
        store.write(lambda tx: sources.gone(tx, "wire", now=clock.now()))
        clock.advance(hours=1)

    assert state(store).gone_at == since
    succeed(store, clock)
    assert state(store).gone_at is None


def test_another_address_forgets_what_was_known_of_the_old_one(store, clock):
    first = ensure(store, clock)
    succeed(store, clock, Validators("e", "l", "h"))
    fail(store, clock)
    store.write(lambda tx: sources.gone(tx, "wire", now=clock.now()))

    kept = store.write(lambda tx: sources.readdress(tx, "wire", "x", keep=True))
    assert kept.courtesy.moved_to == POLITE.moved_to
    new = store.write(lambda tx: sources.readdress(tx, "wire", "y", keep=False))

    assert new == state(store)
    assert new.first_seen_at == first.first_seen_at
    assert new.last_success_at is not None
    assert (new.validators, new.cursor) == (Validators(), "")
    assert (new.gone_at, new.failures, new.next_at) == (None, 0, None)
    assert (new.courtesy.address, new.courtesy.moved_to) == ("y", "")


def test_many_good_visits_share_a_transaction(store, clock):
    for name in ("wire", "another"):
        ensure(store, clock, name)
    now = clock.now()
    visits = [
        sources.GoodVisit(name, Harvest(), Courtesy(), now, now, name)
        for name in ("wire", "another")
    ]

    store.write(lambda tx: sources.succeeded(tx, *visits))
    store.write(sources.succeeded)

    with store.read() as tx:
        assert [one.next_why for one in sources.states(tx)] == ["another", "wire"]


def test_a_problem_is_news_once(store, clock):
    def settle(*found, gone=()):
        clock.advance(hours=1)
        return store.write(
            lambda tx: problems.settle(tx, "wire", found, now=clock.now(), gone=gone)
        )

    start = clock.now() + timedelta(hours=1)
    assert settle(GONE, ODD) == (GONE, ODD)
    assert settle(GONE, gone=["b.txt", "a.txt"]) == ()
    with store.read() as tx:
        (standing,) = problems.standing(tx)
    assert (standing.where, standing.first_at) == ("a.txt", start)
    assert standing.last_at == clock.now()
    changed = Problem("a.txt", "is binary")
    assert settle(changed) == (changed,)
    assert settle(gone=["a.txt"]) == ()
    assert settle(GONE) == (GONE,)


def test_several_faults_of_one_place_are_told_together(store, clock):
    one, two = Problem("a.txt", "It is odd."), Problem("a.txt", "It is long.")

    news = store.write(
        lambda tx: problems.settle(tx, "wire", [one, two, one], now=clock.now())
    )

    assert news == (Problem("a.txt", "It is odd. It is long."),)


def test_problems_are_each_sources_own(store, clock):
    for name in ("wire", "another"):
        store.write(
            lambda tx, name=name: problems.settle(tx, name, [GONE], now=clock.now())
        )
    store.write(
        lambda tx: problems.settle(tx, "wire", [], now=clock.now(), gone=["a.txt"])
    )

    with store.read() as tx:
        assert [one.source for one in problems.standing(tx)] == ["another"]
        assert problems.standing(tx, "wire") == ()


def test_collectors_take_turns(postgres_url, clock):
    """Whoever holds the lock goes first; the other waits for the end of that."""
    order = []
    with (
        open_store(postgres_url, clock=clock) as one,
        open_store(postgres_url, clock=clock) as other,
    ):
        ensure(one, clock)

        def first(tx):
            sources.lock(tx)
            waiting.append(other.submit(second))
            while not tx.execute(text(BLOCKED)).scalar_one():
                pass
            order.append("first")

        def second(tx):
            sources.lock(tx)
            order.append("second")

        waiting = []
        one.write(first)
        waiting[0].result()

    assert order == ["first", "second"]


def test_phrases_on_one_place_are_told_apart(store, clock):
    ensure(store, clock)
    one, two = Problem("a.txt", "is odd"), Problem("a.txt", "has no end")

    fresh = store.write(
        lambda tx: problems.settle(tx, "wire", [one, two], now=clock.now())
    )

    assert [problem.what for problem in fresh] == ["is odd; has no end"]
