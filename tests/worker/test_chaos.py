import pytest

from dispatch.actions.delivery.rehearsal import Verdict
from dispatch.model import Tally
from dispatch.sandbox.nasty import Manner
from dispatch.worker import chaos
from dispatch.worker.chaos import Scene, Script

CONNECTIONS = 3


def play(script, folder):
    return chaos.play(
        script, f"sqlite:///{folder}/chaos.db", readers=20, connections=CONNECTIONS
    )


def test_every_point_is_played_under_both_policies():
    played = {(one.point, one.policy) for one in chaos.scripts() if not one.nasty}

    assert played == {
        (point, policy) for point in chaos.POINTS for policy in ("resend_once", "hold")
    }


@pytest.mark.parametrize("point", ["recovered", "intent"])
def test_a_kill_costs_what_the_page_says(tmp_path, point):
    scene = play(Script(point, "hold", (Manner.PLAIN,)), tmp_path)

    assert scene.crashes == 2
    assert scene.broken == []
    assert scene.in_doubt <= CONNECTIONS * 2
    assert scene.verdict.twice == scene.verdict.lost == 0
    assert (scene.in_doubt > 0) == (point == "intent")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("point", "policy", "workers"),
    [("intent", "hold", 2), ("answered", "resend_once", 3)],
)
def test_several_workers_at_once_keep_the_same_promises(
    postgres_url, point, policy, workers
):
    script = Script(point, policy, (Manner.PLAIN,), workers)
    scene = chaos.play(script, postgres_url, readers=40, connections=CONNECTIONS)

    assert scene.broken == []
    assert scene.crashes == 2, "the others left it nothing to die of"
    assert scene.verdict.books.planned == 40
    assert (scene.verdict.twice if policy == "hold" else scene.verdict.missed) == 0


def test_with_resend_once_nobody_is_missed(tmp_path):
    scene = play(Script("intent", "resend_once", (Manner.PLAIN,)), tmp_path)

    assert scene.broken == []
    assert scene.verdict.books.accepted == 20
    assert scene.verdict.missed == 0


def test_a_nasty_server_alone_breaks_nothing(tmp_path):
    scene = play(Script("", "hold", chaos.NASTY), tmp_path)

    assert (scene.crashes, scene.broken) == (0, [])
    assert scene.verdict.books.unknown > 0
    assert scene.verdict.twice == 0


@pytest.mark.parametrize(
    ("policy", "changes", "told"),
    [
        ("hold", {"twice": 1}, "repeated"),
        ("resend_once", {"twice": 7}, "repeated"),
        ("resend_once", {"missed": 1, "doubts": 1}, "in doubt though it could be"),
        ("hold", {"lost": 1}, "lost"),
        ("hold", {"false": 1}, "accepted by the books alone"),
        ("hold", {"books": Tally(planned=2, accepted=1)}, "do not balance"),
        ("hold", {"books": Tally(planned=7, unknown=7)}, "more in doubt"),
    ],
)
def test_a_promise_that_is_broken_is_named(policy, changes, told):
    given = {
        "books": Tally(planned=1, accepted=1),
        "twice": 0,
        "lost": 0,
        "missed": 0,
        "false": 0,
        "doubts": 0,
        **changes,
    }
    scene = Scene(
        Script("intent", policy, (Manner.PLAIN,)), 2, CONNECTIONS, 0, Verdict(**given)
    )

    assert any(told in one for one in scene.broken)
