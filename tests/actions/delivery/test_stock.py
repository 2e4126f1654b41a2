from collections import Counter, deque

import pytest

from dispatch.actions.delivery import stock as stocks
from dispatch.actions.delivery.stock import Stock
from dispatch.actions.delivery.turns import Turns
from dispatch.deliver import steps
from dispatch.model import RelaySettings
from support import ledger


@pytest.fixture
def make(store):
    """Make a stock whose writes are sent at once; it is closed at the end."""
    made = []

    def make(*, limit=None, ending=lambda: False):
        counts = Counter()
        one = Stock(
            store,
            store,
            Turns(RelaySettings(), zone="UTC"),
            worker="me",
            limit=limit,
            ending=ending,
            count=lambda what, number: counts.update({what: number}),
        )
        made.append(one)
        return one

    yield make
    for one in made:
        steps.drive(one.close())


def take(stock):
    return steps.drive(stock.take())


def states(store):
    return Counter(ledger.states(store))


def test_what_was_claimed_together_is_taken_one_by_one(store, make):
    ledger.sending_issue(store, 3)
    stock = make()

    taken = [take(stock).recipient for _ in range(3)]

    assert sorted(taken) == [f"reader-{n}@example.net" for n in range(3)]
    assert take(stock) is None
    assert stock.drained


def test_more_is_claimed_before_the_last_is_taken(store, make, monkeypatch):
    monkeypatch.setattr(stocks, "BATCH", 8)
    ledger.sending_issue(store, 20)
    stock = make()

    for _ in range(7):
        take(stock)
    assert states(store)["claimed"] == 8
    take(stock)
    store.write(lambda _tx: None)  # what was asked for before is durable then

    assert states(store)["claimed"] == 16


def test_a_limit_holds_for_all_connections_together(store, make, monkeypatch):
    monkeypatch.setattr(stocks, "BATCH", 2)
    ledger.sending_issue(store, 9)
    stock = make(limit=5)
    stock.breadth = 2

    taken = [take(stock) for _ in range(6)]

    assert [bool(claim) for claim in taken] == [True] * 5 + [False]
    assert states(store) == {"claimed": 5, "pending": 4}


def test_a_limit_is_reached_only_when_all_it_allows_was_taken(store, make):
    ledger.sending_issue(store, 9)
    stock = make(limit=3)

    reached = []
    while take(stock):
        reached.append(stock.drained)

    assert reached == [False] * 3
    assert stock.drained


def test_what_nobody_began_is_given_back(store, make, monkeypatch):
    """Also what was asked for and has not been heard of."""
    monkeypatch.setattr(stocks, "BATCH", 8)
    ledger.sending_issue(store, 20)
    stock = make()
    for _ in range(8):
        take(stock)
    steps.drive(stock.close())

    assert states(store) == {"claimed": 8, "pending": 12}


def test_nothing_is_begun_when_the_round_ends(store, make):
    ledger.sending_issue(store, 3)
    over = []
    stock = make(ending=lambda: bool(over))
    take(stock)
    over.append(True)

    assert take(stock) is None
    assert not stock.drained


def test_a_claim_that_lay_too_long_is_given_back_and_claimed_anew(store, make):
    ledger.sending_issue(store, 2)
    stock = make()
    first = take(stock)
    stock._kept = deque((claim, at - stocks.FRESH) for claim, at in stock._kept)

    second = take(stock)

    assert second.recipient != first.recipient
    assert second.fence == 2
