from dispatch.actions.operations import once
from dispatch.cli.output import Said
from dispatch.errors import SourceError


def failing():
    raise SourceError("The folder is gone.")


def test_every_step_runs_whatever_became_of_the_one_before():
    report = once.once(
        [("one", failing), ("two", lambda: Said(["Done."], {"number": 2}))]
    )

    assert not report.ok
    assert report.lines() == ["The folder is gone.", "Done."]
    assert report.to_json() == {
        "one": {"error": "The folder is gone."},
        "two": {"number": 2, "messages": ["Done."]},
    }


def test_a_step_that_did_not_succeed_makes_the_round_fail():
    assert not once.once([("one", lambda: Said(["No."], ok=False))]).ok
    assert once.once([("one", lambda: Said(["Yes."]))]).ok
    assert once.once([]).ok


def test_a_round_with_nothing_to_do_says_so():
    assert once.once([("one", lambda: Said([]))]).lines() == ["Nothing was due."]
