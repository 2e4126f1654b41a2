"""Corrections to mailed stories: which, to whom, and that nobody hears one twice."""

import pytest

from dispatch.actions.issues import steering
from dispatch.actions.issues.preview import preview
from dispatch.model import Cadence
from dispatch.store import corrections
from support.audience import subscribed
from support.newsday import READERS, Newsday

WORDS = " ".join(f"word{number}" for number in range(100))


@pytest.fixture
def paper(sqlite_store, clock):
    return Newsday(sqlite_store, clock)


@pytest.fixture
def mailed(paper):
    """A story that every reader has."""
    one = paper.story("Bridge closes", html=f"<p>{WORDS}</p>")
    paper.morning()
    paper.send_all()
    return one


def next_issue(paper):
    """What every reader is sent next morning, with one new story."""
    paper.story()
    paper.morning()
    got = paper.send_all()
    assert set(got) == set(READERS)
    assert len(set(got.values())) == 1
    return got[READERS[0]]


def standing(paper):
    with paper.store.read() as tx:
        return corrections.waiting(tx, "daily", now=paper.clock.now())


def test_a_changed_headline_is_told_once_in_the_next_issue(paper, mailed):
    paper.edit(mailed, headline="Bridge stays open")

    text = next_issue(paper)
    after = next_issue(paper)

    assert "CORRECTIONS" in text
    assert "An earlier version was headlined “Bridge closes”." in text
    assert "Bridge stays open" in text.partition("CORRECTIONS")[2]
    assert "CORRECTIONS" not in after
    assert standing(paper) == ()


def test_changes_to_one_story_are_told_together(paper, mailed):
    paper.edit(mailed, headline="Bridge stays open")
    paper.edit(mailed, headline="Bridge stays open until May")

    told = next_issue(paper).partition("CORRECTIONS")[2]

    assert told.count("Bridge stays open until May") == 1
    assert "headlined “Bridge closes”" in told


def test_a_headline_that_is_again_what_it_was_is_told_nobody(paper, mailed):
    paper.edit(mailed, headline="Bridge stays open")
    paper.edit(mailed, headline="Bridge closes")

    assert "CORRECTIONS" not in next_issue(paper)


def test_a_withdrawn_story_is_told_with_its_reason(paper, mailed):
    paper.act("withdraw", mailed, "it named the wrong firm")

    told = next_issue(paper).partition("CORRECTIONS")[2]

    assert "Bridge closes" in told
    assert "We withdrew this story: it named the wrong firm." in told
    assert "articles/" not in told  # there is nothing left to read
    assert "CORRECTIONS" not in next_issue(paper)


def test_a_story_that_is_back_before_the_next_issue_was_never_gone(paper, mailed):
    paper.act("withdraw", mailed)
    paper.act("restore", mailed)

    assert "CORRECTIONS" not in next_issue(paper)


def test_a_held_story_is_not_spoken_of(paper, mailed):
    paper.edit(mailed, headline="Bridge stays open")
    paper.act("hold", mailed)

    assert "CORRECTIONS" not in next_issue(paper)


def test_what_nobody_was_mailed_needs_no_correction(paper):
    one = paper.story("Bridge closes")
    paper.edit(one, headline="Bridge stays open")
    text = next_issue(paper)
    paper.act("withdraw", paper.story("Later"))

    assert "Bridge stays open" in text
    assert "CORRECTIONS" not in text
    assert "CORRECTIONS" not in next_issue(paper)


def test_what_was_mended_before_its_issue_was_made_anew_is_no_correction(paper):
    one = paper.story("Bridge closes")
    other = paper.story("Ferry runs")
    paper.morning()
    paper.edit(one, headline="Bridge stays open")
    paper.act("withdraw", other)
    paper.clock.advance(seconds=1)
    paper.tick()

    sent = paper.send_all()[READERS[0]]

    assert "Bridge stays open" in sent
    assert "CORRECTIONS" not in sent
    assert "CORRECTIONS" not in next_issue(paper)


def test_what_changed_after_its_issue_was_made_is_told_by_the_next(paper):
    one = paper.story("Bridge closes")
    paper.morning()
    paper.edit(one, headline="Bridge stays open")

    sent = paper.send_all()[READERS[0]]

    assert "Bridge closes" in sent
    assert "headlined “Bridge closes”" in next_issue(paper)


def test_an_issue_that_is_composed_anew_keeps_its_corrections(paper, mailed):
    paper.edit(mailed, headline="Bridge stays open")
    gone = paper.story("Gone again")
    paper.story()
    paper.morning()
    paper.act("withdraw", gone)
    paper.tick()

    got = paper.send_all()

    assert paper.issue().revision == 2
    assert all("headlined “Bridge closes”" in text for text in got.values())


def test_an_issue_that_never_left_has_told_nothing(store, clock):
    paper = Newsday(store, clock)
    mailed = paper.story("Bridge closes")
    paper.morning()
    paper.send_all()
    paper.edit(mailed, headline="Bridge stays open")
    paper.story()
    steering.cancel_issue(paper.store, paper.morning(), clock=paper.clock)
    assert len(standing(paper)) == 1

    assert "headlined “Bridge closes”" in next_issue(paper)
    assert standing(paper) == ()


def test_a_correction_alone_makes_no_issue(paper, mailed):
    before = paper.issue()
    paper.edit(mailed, headline="Bridge stays open")

    assert paper.morning() == before
    assert len(standing(paper)) == 1


def test_a_preview_shows_what_would_be_told_and_stores_nothing(paper, mailed):
    paper.edit(mailed, headline="Bridge stays open")
    paper.story()

    shown = preview(paper.store, paper.press, paper.letter, clock=paper.clock)

    assert "An earlier version was headlined" in shown.text
    assert "An earlier version was headlined" in shown.html
    assert len(standing(paper)) == 1


def weekly_reader(paper):
    """One reader more: of the first issue, and then of each Monday's."""
    paper.store.write(
        lambda tx: subscribed(tx, "eve@example.net", cadence=Cadence.WEEKLY) and None
    )
    return "eve@example.net"


def test_who_has_mail_once_a_week_is_told_what_others_were_told_between(paper):
    eve = weekly_reader(paper)
    one = paper.story("Bridge closes", html=f"<p>{WORDS}</p>")
    paper.morning()  # Monday
    assert eve in paper.send_all()
    paper.edit(one, headline="Bridge stays open")

    for _day in range(6):
        paper.story()
        paper.morning()
        assert eve not in paper.send_all()
    paper.story()
    paper.morning()
    got = paper.send_all()

    assert "CORRECTIONS" not in got[READERS[0]]
    assert "headlined “Bridge closes”" in got[eve].partition("CORRECTIONS")[2]


def test_who_has_not_had_a_story_yet_gets_it_as_it_is_now(paper):
    eve = weekly_reader(paper)
    paper.story()
    paper.morning()
    paper.send_all()
    one = paper.story("Bridge closes", html=f"<p>{WORDS}</p>")
    paper.morning()  # Tuesday
    paper.send_all()
    paper.edit(one, headline="Bridge stays open")

    for _day in range(6):
        paper.story()
        paper.morning()
        got = paper.send_all()

    assert "Bridge stays open" in got[eve]
    assert "CORRECTIONS" not in got[eve]


def test_a_story_of_last_week_that_goes_leaves_this_weeks_mail_too(paper):
    eve = weekly_reader(paper)
    paper.story()
    paper.morning()
    paper.send_all()
    one = paper.story("Bridge closes")
    for _day in range(6):
        paper.morning()
        paper.send_all()
        paper.story()
    paper.morning()  # Monday's is planned, and not yet sent
    paper.plan()

    paper.act("withdraw", one)

    paper.resume()
    got = paper.send()
    assert "Bridge closes" not in got[eve].partition("CORRECTIONS")[0]
    assert READERS[0] in got
