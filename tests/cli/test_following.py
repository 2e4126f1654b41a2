import io
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from dispatch.actions.issues import steering
from dispatch.actions.operations import progress
from dispatch.cli import following
from dispatch.model import Tally
from dispatch.store.progress import Speed
from support import issues as making, smtp
from support.composing import DAILY


@pytest.fixture
def screen(monkeypatch):
    """A terminal that keeps what it is shown."""
    kept = io.StringIO()
    monkeypatch.setattr(
        "dispatch.cli.output.console",
        lambda **_: Console(file=kept, force_terminal=True, width=120),
    )
    monkeypatch.setattr(following, "EVERY", 0.02)
    return kept


@pytest.fixture
def issue(store, clock):
    made = making.ready(store, 5)
    making.plan(store, clock, DAILY)
    return made


def test_the_line_says_what_the_bar_does_not(sqlite_store, clock):
    made = making.ready(sqlite_store, 5)
    making.plan(sqlite_store, clock, DAILY)
    seen = replace(
        progress.look(sqlite_store, made.id),
        tally=Tally(planned=9000, accepted=8000, rejected=12, pending=988),
        speed=Speed(812.4),
        at=datetime(2030, 1, 7, 12, 0, tzinfo=UTC),
    )

    assert following.sentence(seen, "Europe/Berlin") == (
        "8,000 accepted · 12 rejected · 812/s · done 13:00:01"
    )
    waiting = replace(seen, issue=replace(seen.issue, canary=50))
    assert "the rest waits for the canary" in following.sentence(waiting, "UTC")


def test_delivering_is_watched_until_it_is_over(store, clock, issue, screen):
    with (
        smtp.serving() as server,
        following.while_delivering(store, "UTC", quiet=False),
    ):
        making.send(store, clock, server)

    assert issue.id in screen.getvalue()
    assert "5/5" in screen.getvalue()


def test_who_wants_json_sees_no_bar(store, issue, screen):
    with following.while_delivering(store, "UTC", quiet=True):
        pass

    assert screen.getvalue() == ""


def test_following_ends_when_nothing_more_happens_by_itself(
    store, clock, issue, screen
):
    def pause():
        found = steering.find_issue(store, issue.id)
        steering.pause_issue(store, found, clock=clock)

    timer = threading.Timer(0.1, pause)
    timer.start()

    seen = following.follow(store, issue.id, "UTC")

    timer.join()
    assert not seen.moving
    assert "paused" in screen.getvalue()
