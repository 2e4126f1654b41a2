from datetime import timedelta

from dispatch.model import Problem, Validators
from dispatch.store import problems, sources

QUARTER = timedelta(minutes=15)
GONE = Problem("a.txt", "is empty")
ODD = Problem("b.txt", "is odd")


def ensure(store, clock, name="wire", kind="feed"):
    return store.write(lambda tx: sources.ensure(tx, name, kind, now=clock.now()))


def fail(store, clock, error="no answer", every=QUARTER):
    return store.write(
        lambda tx: sources.failed(tx, "wire", error, now=clock.now(), every=every)
    )


NONE = Validators()


def succeed(store, clock, validators=NONE):
    store.write(
        lambda tx: sources.succeeded(
            tx, "wire", validators, now=clock.now(), every=QUARTER
        )
    )


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


def test_each_bad_visit_waits_twice_as_long_up_to_a_day(store, clock):
    ensure(store, clock)
    succeed(store, clock, Validators("e", "", ""))

    waits = [fail(store, clock).next_at - clock.now() for _ in range(70)]

    assert waits[:4] == [QUARTER, 2 * QUARTER, 4 * QUARTER, 8 * QUARTER]
    assert waits[-1] == timedelta(days=1)
    assert state(store).failures == 70
    assert state(store).error == "no answer"
    assert state(store).validators == Validators("e", "", "")
    succeed(store, clock)
    assert (state(store).failures, state(store).error) == (0, "")


def test_a_source_without_a_rhythm_waits_too(store, clock):
    ensure(store, clock)

    assert fail(store, clock, every=timedelta(0)).next_at > clock.now()


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
        (standing,) = sources.problems(tx)
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
        assert [one.source for one in sources.problems(tx)] == ["another"]
        assert problems.standing(tx, "wire") == ()


def test_collectors_take_turns(store):
    store.write(sources.lock)


def test_phrases_on_one_place_are_told_apart(store, clock):
    ensure(store, clock)
    one, two = Problem("a.txt", "is odd"), Problem("a.txt", "has no end")

    fresh = store.write(
        lambda tx: problems.settle(tx, "wire", [one, two], now=clock.now())
    )

    assert [problem.what for problem in fresh] == ["is odd; has no end"]
