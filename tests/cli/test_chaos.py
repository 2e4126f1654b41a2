import pytest

from dispatch.cli import chaos
from dispatch.sandbox.nasty import Manner
from dispatch.worker.chaos import Script


@pytest.fixture
def two_scenes(monkeypatch):
    """The whole takes a minute: play two scenes of it, for real."""
    plain = (Manner.PLAIN,)
    monkeypatch.setattr(
        "dispatch.worker.chaos.scripts",
        lambda: [Script("claimed", "hold", plain), Script("intent", "hold", plain)],
    )


def test_an_operator_sees_what_each_kill_cost(desk, two_scenes):
    done = desk.call("chaos", "--readers", "12", "--connections", "2")

    assert "rows are taken, nothing is sent" in done.out
    assert "it is written down that the dot leaves" in done.out
    assert "4 kills, and every recipient is accounted for" in done.out
    assert not list((desk.folder / "var").glob("chaos-*")), "it tidies up"


def test_the_same_as_json(desk, two_scenes):
    told = desk.call("chaos", "--readers", "12", "--json").json

    assert told["ok"] is True
    assert [scene["point"] for scene in told["scenes"]] == ["claimed", "intent"]
    assert {scene["twice"] for scene in told["scenes"]} == {0}


def test_a_broken_promise_ends_in_an_error(desk, two_scenes, monkeypatch):
    monkeypatch.setattr(
        "dispatch.actions.delivery.rehearsal.Verdict.broken", lambda *_: ["repeated"]
    )

    done = desk.call("chaos", "--readers", "12", code=1)

    assert "BROKEN: rows are taken, nothing is sent: repeated." in done.out
    assert chaos.COLUMNS[-1] in done.out
