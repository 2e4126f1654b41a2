"""A kill -9 forgets nothing of a rate: what was taken stays taken."""

import pytest

from dispatch.clock import SystemClock
from dispatch.store import open_store, pacing
from support import ledger, smtp, victim


@pytest.mark.parametrize("point", ["claimed", "intent", "answered"])
def test_a_quota_is_never_exceeded_however_often_we_die(database_url, point):
    with open_store(database_url, clock=SystemClock()) as store:
        issue = ledger.sending_issue(store, 40, on_unknown="hold")
    with smtp.serving() as server:
        # Both connections may have claimed before the first kill: 40 of the quota.
        for number in (1, 2):
            assert victim.run(
                database_url,
                server.port,
                connections=2,
                crash_at=point,
                crash_after=number,
                rate=("100/h",),
            )
        assert not victim.run(database_url, server.port, rate=("100/h",))
        kept = not victim.run(database_url, server.port, rate=("100/h",))

    with open_store(database_url, clock=SystemClock()) as store, store.read() as tx:
        used = sum(pacing.used(tx, "default", since=0).values())
        books = ledger.books(store, issue)
    assert kept
    assert len(server.received) <= used <= 100
    assert books.gap == 0
    assert books.accepted <= len(server.received)
