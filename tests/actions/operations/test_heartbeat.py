import itertools
import json
from datetime import timedelta

import pytest

from dispatch.actions.operations import heartbeat
from dispatch.errors import SourceError
from dispatch.model import IssueState, OperatorSettings, Settings, SiteSettings
from dispatch.store import issues
from support import ledger

SWITCH = "https://switch.example.org/ping/4f2a"
STATE = IssueState


class Switch:
    """A dead-man's switch that answers as told."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.heard = []

    def __call__(self, url, body):
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        if answer == 200:
            assert url == SWITCH
            self.heard.append(json.loads(body)["issues"])
        return answer


@pytest.fixture
def settings(tmp_path):
    return Settings(
        file=tmp_path / "config.toml",
        site=SiteSettings(title="The Courier"),
        operators=OperatorSettings(heartbeat=SWITCH),
    )


def issue(store, clock, day, *states):
    """Open an issue and move it through `states`; return its id."""

    def unit(tx):
        made = ledger.ready_issue(tx, day=day)
        steps = (STATE.READY, STATE.PLANNED, STATE.SENDING, *states)
        for frm, to in itertools.pairwise(steps):
            now = clock.now() + timedelta(minutes=day)
            assert issues.change_state(tx, made.id, frm, to, now=now)
        return made.id

    return store.write(unit)


def test_an_issue_that_is_done_pings_the_switch_once(store, settings, clock):
    switch = Switch()
    done = issue(store, clock, 0, STATE.DONE)

    report = heartbeat.beat(store, settings, switch)
    again = heartbeat.beat(store, settings, switch)

    assert switch.heard == [[done]]
    assert report.lines() == [f"The heartbeat was pinged for {done}."]
    assert (again.ok, again.lines()) == (True, [])


@pytest.mark.parametrize("state", [STATE.PAUSED, STATE.CANCELLED, STATE.EXPIRED])
def test_an_issue_that_did_not_get_through_pings_nothing(store, settings, clock, state):
    switch = Switch()
    issue(store, clock, 0)
    issue(store, clock, 1, state)

    assert heartbeat.beat(store, settings, switch).ok
    assert switch.heard == []


@pytest.mark.parametrize("answer", [503, SourceError("switch.example.org: silence.")])
def test_a_ping_that_failed_is_sent_again(store, settings, clock, answer):
    switch = Switch(answer)
    first = issue(store, clock, 0, STATE.DONE)

    failed = heartbeat.beat(store, settings, switch)
    second = issue(store, clock, 1, STATE.DONE)
    heartbeat.beat(store, settings, switch)

    assert not failed.ok
    assert failed.lines()[0].startswith("operators.heartbeat")
    assert "4f2a" not in failed.lines()[0]
    assert switch.heard == [[first, second]]


def test_each_later_issue_pings_again(store, settings, clock):
    switch = Switch()
    ids = []
    for day in range(3):
        ids.append([issue(store, clock, day, STATE.DONE)])
        heartbeat.beat(store, settings, switch)

    assert switch.heard == ids


def test_without_a_heartbeat_nobody_is_asked(store, settings, clock):
    switch = Switch()
    issue(store, clock, 0, STATE.DONE)
    without = Settings(file=settings.file)

    assert heartbeat.beat(store, without, switch).ok
    assert switch.heard == []
