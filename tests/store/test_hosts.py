from datetime import timedelta

from dispatch.store import hosts

QUARTER = timedelta(minutes=15)


def close(store, clock, why="429"):
    until = clock.now() + QUARTER
    store.write(lambda tx: hosts.close(tx, "x.example", until=until, why=why))


def test_a_host_is_closed_until_it_answers_well(store, clock):
    close(store, clock)
    clock.advance(hours=1)
    close(store, clock, "503")

    with store.read() as tx:
        (closed,) = hosts.closed(tx).values()
    assert (closed.name, closed.why, closed.strikes) == ("x.example", "503", 2)
    assert closed.not_before == clock.now() + QUARTER
    store.write(lambda tx: hosts.reopen(tx, "x.example"))
    with store.read() as tx:
        assert hosts.closed(tx) == {}


def test_an_outage_lasts_from_its_first_moment(store, clock):
    since = clock.now()
    for _ in range(2):
        store.write(lambda tx: hosts.outage_began(tx, now=clock.now()))
        clock.advance(hours=1)

    with store.read() as tx:
        assert hosts.outage(tx) == since
    store.write(hosts.outage_ended)
    with store.read() as tx:
        assert hosts.outage(tx) is None
