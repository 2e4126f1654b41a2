"""Editors and sources at one story: whose word counts, and what both lead to."""

import pytest

from dispatch.actions.collection import editing
from dispatch.model import IssueState
from dispatch.store import acts
from support.collecting import OTHER, STORY, Desk, entry, long_text, rss
from support.http_server import Server
from support.newsday import READERS, Newsday


@pytest.fixture
def desk(sqlite_store, clock, tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    with Server() as server:
        yield Desk(sqlite_store, clock, folder, server)


def filed(desk, text=STORY):
    desk.put(desk.folder / "bridge.txt", text)
    desk.visit(desk.newsroom)
    return desk.stored()[0]


def again(desk, text):
    return filed(desk, text)


def test_every_edited_field_survives_what_the_source_says_next(desk):
    one = filed(desk)
    desk.edit(one, headline="Harbour shut", bylines=("Sam Roe",), section="town")

    after = again(desk, STORY.replace("Monday", "Sunday").replace("Ann Lee", "Bea Moe"))

    assert "Sunday" in after.content.html
    assert after.content.headline == "Harbour shut"
    assert after.content.bylines == ("Sam Roe",)
    assert after.content.section == "town"
    assert after.published_at == one.published_at


def test_what_is_given_back_is_what_the_source_says_by_now(desk):
    one = filed(desk)
    desk.edit(one, headline="Harbour shut", deck="In my words")
    again(desk, STORY.replace("Harbour bridge closes", "Old bridge to close"))

    desk.edit(one, "headline")
    (after,) = desk.stored()

    assert after.content.headline == "Old bridge to close for repairs"
    assert after.content.deck == "In my words"
    assert after.edited == {"deck"}
    moved = again(desk, STORY.replace("Harbour bridge closes", "New bridge opens"))
    assert moved.content.headline == "New bridge opens for repairs"


def test_a_withdrawn_story_does_not_come_back_with_its_source(desk):
    one = filed(desk)
    desk.act("withdraw", one)

    after = again(desk, STORY.replace("Monday", "Sunday"))

    assert after.withdrawn_at is not None
    assert len(desk.stored()) == 1
    desk.act("restore", one)
    (back,) = desk.stored()
    assert "Sunday" in back.content.html
    assert back.tag_id == one.tag_id


def test_a_held_story_stays_held_whatever_its_source_says(desk):
    desk.act("hold", filed(desk), "the mayor disputes it")

    assert again(desk, f"Status: usable\n\n{STORY}").held == "the mayor disputes it"


def test_an_editor_may_keep_what_the_source_cancelled(desk):
    filed(desk)
    gone = again(desk, f"Status: canceled\n\n{STORY}")
    assert gone.withdrawn_reason == "canceled by its source"

    desk.act("restore", gone)

    later = f"Status: canceled\n\n{STORY.replace('Monday', 'Sunday')}"
    assert again(desk, later).withdrawn_at is None


def test_a_source_that_takes_back_and_an_editor_leave_the_same_traces(desk):
    one = filed(desk)
    again(desk, f"Status: canceled\n\n{STORY}")
    again(desk, STORY.replace("Monday", "Sunday"))

    with desk.store.read() as tx:
        did = [(act.act, act.by, act.reason) for act in acts.of(tx, one.id)]
    assert did == [
        ("withdrawn", editing.COLLECTING, "canceled by its source"),
        ("restored", editing.COLLECTING, "its source has it again"),
    ]


@pytest.fixture
def paper(desk):
    """A newsletter of the same desk, with one story that nobody takes back."""
    paper = Newsday(desk.store, desk.clock)
    desk.put(desk.folder / "library.txt", OTHER)
    return paper


def test_a_story_its_source_cancels_leaves_the_issue_that_is_ready(desk, paper):
    filed(desk)
    assert paper.morning().state is IssueState.READY

    again(desk, f"Status: canceled\n\n{STORY}")
    assert paper.issue().state is IssueState.DRAFT
    paper.tick()
    got = paper.send_all()

    assert set(got) == set(READERS)
    assert all("library" in text and "bridge" not in text for text in got.values())


def test_a_story_its_source_cancels_stops_the_issue_on_its_way(desk, paper):
    filed(desk)
    paper.morning()
    paper.plan()
    paper.send(1)

    again(desk, f"Status: canceled\n\n{STORY}")

    assert paper.issue().state is IssueState.PAUSED
    paper.resume()
    assert all("bridge" not in text for text in paper.send().values())
    assert paper.books().accepted == 3


def test_a_correction_in_the_text_is_told_by_the_next_issue(desk, paper):
    filed(desk)
    paper.morning()
    paper.send_all()

    again(desk, f"{STORY}\nCorrection: The bridge closes on Tuesday, not on Monday.\n")
    desk.put(desk.folder / "new.txt", STORY.replace("bridge", "tunnel"))
    desk.visit(desk.newsroom)
    paper.morning()
    told = paper.send_all()[READERS[0]].partition("CORRECTIONS")[2]

    assert "The bridge closes on Tuesday, not on Monday." in told
    assert "Harbour bridge closes for repairs" in told


def test_a_feed_that_changes_with_every_visit_corrects_nothing(desk, paper):
    def served(number):
        text = f"{long_text('old')} {long_text(f'seen{number}times')}"
        desk.server["/rss"] = rss(entry("1", "Harbour bridge closes", text))
        desk.visit(desk.wire())

    served(0)
    paper.morning()
    paper.send_all()
    for number in range(1, 4):
        served(number)

    desk.visit(desk.newsroom)
    paper.morning()
    assert "CORRECTIONS" not in paper.send_all()[READERS[0]]
