"""Whatever readers change and whatever is missed: every story once, and none twice."""

import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, settings, strategies as st
from tests.conftest import FakeClock

from dispatch.compose import cadence
from dispatch.model import Cadence
from dispatch.store import open_store
from support.composing import DAILY
from support.weeks import Weeks, quick

BEFORE_THE_CLOCKS = datetime(
    2026, 3, 5, 17, 0, tzinfo=UTC
)  # they go forward on the 8th
SECTIONS = ("news", "arts")
READERS = {
    "each": {},
    "weekly": {"cadence": Cadence.WEEKLY},
    "monthly": {"cadence": Cadence.MONTHLY},
    "arts": {"topics": ["arts"], "cadence": Cadence.WEEKLY},
    "fickle": {},  # changes the cadence
    "pausing": {"cadence": Cadence.WEEKLY},
}

steps = st.lists(
    st.one_of(
        st.tuples(st.just("story"), st.sampled_from(SECTIONS)),
        st.tuples(st.just("slot"), st.integers(1, 3)),
        st.tuples(st.just("off"), st.integers(1, 9)),
        st.tuples(st.just("cadence"), st.sampled_from(Cadence)),
        st.tuples(st.just("pause"), st.integers(0, 9)),
    ),
    min_size=6,
    max_size=16,
)


def run(weeks, ties, plan):
    """Play a sequence; return the stories by number, with their sections."""
    written = {}
    for step, value in plan:
        match step:
            case "story":
                written[weeks.story(value)] = value
            case "slot":
                weeks.slot(value)
            case "off":
                weeks.sleep(days=value)
            case "cadence":
                weeks.wish(ties["fickle"], cadence=value)
            case "pause":
                weeks.pause(ties["pausing"], **({"days": value} if value else {}))
    return written | flush(weeks, ties)


def flush(weeks, ties):
    """Let everybody have what still waits for them, with two stories more."""
    for one in ("weekly", "monthly", "arts", "fickle"):
        weeks.wish(ties[one], cadence=Cadence.EACH)
    written = {}
    for section in SECTIONS:
        written[weeks.story(section)] = section
    weeks.slot()
    return written


@settings(max_examples=20)
@given(plan=steps, limit=st.sampled_from([2, 25]))
def test_every_story_comes_exactly_once_or_is_counted(
    sqlite_template, tmp_path_factory, plan, limit
):
    file = tmp_path_factory.mktemp("weeks") / "dispatch.db"
    shutil.copyfile(sqlite_template, file)
    clock = FakeClock(BEFORE_THE_CLOCKS)
    with open_store(f"sqlite:///{file}", clock=clock) as store:
        paper = replace(DAILY, max_articles=limit)
        weeks = Weeks(store, clock, paper, with_press=quick(file.parent))
        ties = {name: weeks.reader(name, **wants) for name, wants in READERS.items()}
        written = run(weeks, ties, plan)
        mails = {name: weeks.mails(tie) for name, tie in ties.items()}

    for name, sent in mails.items():
        shown = Counter(one for _slot, ids, _more in sent for one in ids)
        assert set(shown.values()) <= {1}, f"{name} was sent a story twice"
        assert all(ids for _slot, ids, _more in sent), f"{name} was sent an empty mail"
        counted = sum(shown.values()) + sum(more for *_, more in sent)
        theirs = [one for one, section in written.items() if section == "arts"]
        expected = len(theirs if name == "arts" else written)
        if name == "pausing":
            assert counted <= expected
        else:
            assert counted == expected, f"{name} lost a story"
    for name in ("weekly", "arts", "monthly"):
        wanted = Cadence.MONTHLY if name == "monthly" else Cadence.WEEKLY
        moments = [slot for slot, *_ in mails[name]][:-1]  # the last one was each
        assert all(
            cadence.is_due(wanted, one, other, DAILY.timezone)
            for one, other in pairwise(moments)
        ), f"{name} had two mails in a period"
