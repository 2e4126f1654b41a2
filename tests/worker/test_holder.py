import pytest

from dispatch.errors import StartError
from dispatch.store import open_store
from dispatch.worker.holder import only_one


def test_a_second_daemon_on_one_sqlite_file_is_told_who_holds_it(sqlite_url, clock):
    with (
        open_store(sqlite_url, clock=clock) as one,
        open_store(sqlite_url, clock=clock) as two,
        only_one(one),
        pytest.raises(StartError, match="already being served by process"),
        only_one(two),
    ):
        pass


def test_the_file_is_free_again_when_the_first_one_stops(sqlite_store):
    with only_one(sqlite_store):
        pass
    with only_one(sqlite_store):
        pass


@pytest.mark.postgres
def test_two_daemons_may_share_a_postgresql_database(postgres_url, clock):
    with (
        open_store(postgres_url, clock=clock) as one,
        open_store(postgres_url, clock=clock) as two,
        only_one(one),
        only_one(two),
    ):
        pass
