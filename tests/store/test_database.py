import threading

import pytest
from sqlalchemy import insert, select, text

from dispatch.errors import StoreError
from dispatch.store import open_store
from dispatch.store.database import scratch_engine
from dispatch.store.schema import meta
from dispatch.store.transaction import hot


def put(key, value="x"):
    return lambda tx: tx.execute(insert(meta).values(key=key, value=value))


def keys(store):
    with store.read() as tx:
        return set(tx.execute(select(meta.c.key)).scalars())


def test_what_was_written_can_be_read(store):
    store.write(put("a"))

    assert "a" in keys(store)


def test_a_unit_that_raises_fails_alone_and_leaves_nothing(store):
    def half(tx):
        put("half")(tx)
        raise ValueError("no")

    good = store.submit(put("good"))
    bad = store.submit(half)
    good.result()
    with pytest.raises(ValueError, match="no"):
        bad.result()

    assert keys(store) >= {"good"}
    assert "half" not in keys(store)


def test_a_refused_statement_is_a_store_error_for_its_own_caller_only(store):
    store.write(put("a"))
    futures = [store.submit(put(key)) for key in ("b", "a", "c")]

    with pytest.raises(StoreError):
        futures[1].result()
    futures[0].result()
    futures[2].result()
    assert keys(store) >= {"a", "b", "c"}


def test_many_threads_write_through_one_writer(store):
    def work(name):
        for number in range(20):
            store.write(put(f"{name}-{number}"))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([k for k in keys(store) if "-" in k]) == 160


def test_a_closed_store_refuses_writes(store):
    store.close()

    assert not store.writable
    with pytest.raises(StoreError):
        store.write(put("late"))


def test_two_processes_worth_of_stores_write_to_one_file(sqlite_url, clock):
    with (
        open_store(sqlite_url, clock=clock) as one,
        open_store(sqlite_url, clock=clock) as two,
    ):
        one.write(put("one"))
        two.write(put("two"))

        assert keys(one) >= {"one", "two"}


def test_the_clock_is_the_injected_one_on_sqlite(sqlite_store, clock):
    with sqlite_store.read() as tx:
        assert tx.now() == clock.now()


@pytest.mark.postgres
def test_the_clock_is_the_servers_on_postgresql(postgres_url, clock):
    with open_store(postgres_url, clock=clock) as opened, opened.read() as tx:
        assert tx.now() > clock.now()


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"]
)
def test_an_unusable_address_is_one_clear_sentence(url, clock):
    with pytest.raises(StoreError, match=r"store\.url"):
        open_store(url, clock=clock)


def test_a_hot_write_that_fails_is_an_error_of_the_store_and_fails_alone(store):
    """It goes past SQLAlchemy on SQLite, and must not look different."""
    broken = hot("INSERT INTO meta (key, value) VALUES (:key, NULL)")
    good = hot("INSERT INTO meta (key, value) VALUES (:key, 'x')")
    futures = [
        store.submit(lambda tx: tx.change(good, {"key": "a"})),
        store.submit(lambda tx: tx.change(broken, {"key": "b"})),
        store.submit(lambda tx: tx.change(good, {"key": "c"})),
    ]

    assert futures[0].result() == futures[2].result() == 1
    with pytest.raises(StoreError, match="refused a write"):
        futures[1].result()
    assert {"a", "c"} <= keys(store)
    assert "b" not in keys(store)


def test_a_connection_that_the_server_ended_is_replaced(postgres_url, clock):
    end = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with open_store(postgres_url, clock=clock) as store:
        store.write(put("before"))
        with scratch_engine(postgres_url).connect() as other:
            other.execute(end)
        store.write(put("after"))

        assert keys(store) >= {"before", "after"}


def test_after_a_failure_the_next_transaction_is_a_clean_one(store):
    def half(tx):
        put("half")(tx)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.write(half)
    store.write(put("whole"))

    assert {"whole"} <= keys(store)
    assert "half" not in keys(store)
