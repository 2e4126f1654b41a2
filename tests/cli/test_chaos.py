import pytest
from sqlalchemy import text

from dispatch.cli import chaos
from dispatch.sandbox.nasty import Manner
from dispatch.store.database import scratch_engine
from dispatch.worker.chaos import Script


@pytest.fixture
def two_scenes(monkeypatch):
    """The whole takes a minute: play two scenes of it, for real."""
    plain = (Manner.PLAIN,)
    monkeypatch.setattr(
        "dispatch.worker.chaos.scripts",
        lambda workers: [
            Script("claimed", "hold", plain, workers),
            Script("intent", "hold", plain, workers),
        ],
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


@pytest.mark.postgres
def test_on_postgresql_several_workers_rehearse_in_schemas_of_their_own(
    desk, monkeypatch, postgres_url
):
    monkeypatch.setattr(
        "dispatch.worker.chaos.scripts",
        lambda workers: [Script("registered", "hold", (Manner.PLAIN,), workers)],
    )
    desk.configure(
        f'{desk.config.read_text("utf-8")}\n[store]\nurl = "{postgres_url}"\n'
    )

    (scene,) = desk.call("chaos", "--readers", "12", "--json").json["scenes"]

    assert (scene["workers"], scene["accepted"], scene["broken"]) == (2, 12, [])
    assert schemas(postgres_url) == {"public"}, "it tidies up"
    assert desk.call("status", "--json").json["issues"] == []


def schemas(url):
    with scratch_engine(url).connect() as connection:
        found = text("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^info'")
        return set(connection.execute(found).scalars())


def test_several_workers_take_postgresql(desk):
    assert "Several take PostgreSQL" in desk.call("chaos", "--workers", "2", code=2).err
