from datetime import timedelta

from dispatch.model import Alert
from dispatch.store import alerts

AGAIN = timedelta(hours=6)
DOWN = Alert("source:wire", "The source wire cannot be read.")
HELD = Alert("issue:daily-2026-03-02", "The issue daily-2026-03-02 is held.")


def ask(store, clock, *found):
    return store.write(lambda tx: alerts.due(tx, found, now=clock.now(), again=AGAIN))


def test_a_new_alert_is_told_once(store, clock):
    assert ask(store, clock, DOWN) == (DOWN,)
    clock.advance(minutes=1)
    assert ask(store, clock, DOWN) == ()


def test_an_alert_that_lasts_is_told_again_after_hours(store, clock):
    ask(store, clock, DOWN)
    clock.advance(hours=6)

    assert ask(store, clock, DOWN, HELD) == (DOWN, HELD)
    clock.advance(hours=5)
    assert ask(store, clock, DOWN, HELD) == ()


def test_an_alert_that_went_away_is_new_when_it_returns(store, clock):
    ask(store, clock, DOWN)
    ask(store, clock)

    assert ask(store, clock, DOWN) == (DOWN,)
