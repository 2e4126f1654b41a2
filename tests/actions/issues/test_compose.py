from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.actions.issues import approving, compose, slots
from dispatch.compose import sandbox
from dispatch.errors import UsageError
from dispatch.model import Choice, IssueState, SlotOutcome
from dispatch.store import issues, newsletters, schema, variants
from support import newsroom
from support.press import press

PRESS = press()
DAILY = newsroom.newsletter()


@pytest.fixture
def daily(store, clock):
    """A newsletter that began yesterday at noon; it is noon now, its slot is at 7."""
    slots.register(store, [DAILY], clock=clock)
    clock.advance(days=1)
    return store


def tick(store, clock, newsletter=DAILY, with_press=PRESS):
    return compose.tick(store, with_press, [newsletter], clock=clock)


def at(clock, hour):
    clock.moment = clock.moment.replace(hour=hour, minute=0)


def settled(store, name="daily"):
    with store.read() as tx:
        return [slot.outcome for slot in newsletters.slots(tx, name, 10)]


def only_issue(store):
    with store.read() as tx:
        (issue,) = issues.recent(tx, 10)
    return issue


def test_the_first_slot_is_the_first_after_the_newsletter_appeared(store, clock):
    newsroom.put_article(store, "Early news", seen=clock.now())
    assert tick(store, clock).issues == ()
    assert settled(store) == []

    clock.advance(days=1)
    (issue,) = tick(store, clock).issues
    assert issue.slot.hour == 7
    assert issue.state is IssueState.READY
    assert "Early news" in issue.subject


def test_a_slot_with_nothing_new_is_settled_as_empty_and_said(daily, clock):
    report = tick(daily, clock)

    assert settled(daily) == [SlotOutcome.EMPTY]
    assert "nothing new" in report.lines()[0]
    assert tick(daily, clock).lines() == []


def test_too_few_stories_wait_for_the_next_issue(daily, clock):
    at(clock, 7)
    picky = newsroom.newsletter(min_articles=2)
    newsroom.put_article(daily, "One", seen=clock.now() - timedelta(hours=1))
    tick(daily, clock, picky)
    assert settled(daily) == [SlotOutcome.EMPTY]

    clock.advance(days=1)
    newsroom.put_article(daily, "Two", seen=clock.now() - timedelta(hours=1))
    report = tick(daily, clock, picky)
    assert report.stories == {report.issues[0].id: 2}


def test_ticking_again_changes_nothing(daily, clock):
    newsroom.put_article(daily, "News", seen=clock.now() - timedelta(hours=9))
    tick(daily, clock)
    before = only_issue(daily)

    assert tick(daily, clock).lines() == []
    assert only_issue(daily) == before


def test_after_days_of_downtime_one_issue_comes_and_the_rest_is_accounted_for(
    daily, clock
):
    newsroom.put_article(daily, "News", seen=clock.now())
    clock.advance(days=3)
    at(clock, 8)
    tick(daily, clock)

    assert settled(daily) == [SlotOutcome.OPENED] + [SlotOutcome.SKIPPED_LATE] * 3


def test_an_issue_that_needs_approval_is_held_until_it_is_given(daily, clock):
    strict = newsroom.newsletter(approval="required")
    newsroom.put_article(daily, "News", seen=clock.now() - timedelta(hours=9))
    (held,) = tick(daily, clock, strict).issues
    assert (held.state, held.held_reason) == (IssueState.HELD, "waits for approval")

    clock.advance(hours=2)
    approving.approve(daily, PRESS, [strict], held, clock=clock)
    ready = only_issue(daily)
    assert ready.state is IssueState.READY
    assert ready.expires_at == clock.now() + strict.expires
    with pytest.raises(UsageError, match="not held"):
        approving.approve(daily, PRESS, [strict], ready, clock=clock)


ENDLESS = (
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
)
FAULTS = (
    ("digest/body.txt", "{{ no_such_thing }}", "no_such_thing"),
    ("digest/body.txt", ENDLESS, "look for a loop or macro that does not end"),
    ("digest/body.txt", "{% for x in", "body.txt, line 1"),
    ("_words/en.toml", "[digest]\nweb = '{site}'", "nothing is filled in for {site}"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[2][:9])
def test_an_issue_that_cannot_be_composed_is_held_and_tried_again(
    daily, clock, tmp_path, monkeypatch, fault
):
    file, text, why = fault
    monkeypatch.setattr(sandbox, "SECONDS", 0.3)
    broken = tmp_path / file
    broken.parent.mkdir()
    broken.write_text(text)
    newsroom.put_article(daily, "News", seen=clock.now() - timedelta(hours=9))

    (held,) = tick(daily, clock, with_press=press(tmp_path)).issues
    assert held.state is IssueState.HELD
    assert why in held.held_reason
    assert tick(daily, clock, with_press=press(tmp_path)).issues == ()

    broken.unlink()
    monkeypatch.undo()
    (ready,) = tick(daily, clock, with_press=press(tmp_path)).issues
    assert (ready.id, ready.state) == (held.id, IssueState.READY)


def test_an_issue_made_by_hand_waits_even_when_it_had_to_be_tried_again(
    daily, clock, tmp_path
):
    broken = tmp_path / "digest"
    broken.mkdir()
    (broken / "subject.txt").write_text("{{ no_such_thing }}")
    newsroom.put_article(daily, "News", seen=clock.now())
    clock.advance(minutes=1)
    compose.compose_now(daily, press(tmp_path), DAILY, clock=clock, send=False)
    (broken / "subject.txt").unlink()

    tick(daily, clock)

    assert only_issue(daily).held_reason == compose.BY_HAND


def test_a_draft_that_a_crash_left_with_its_content_is_taken_up(daily, clock):
    newsroom.put_article(daily, "News", seen=clock.now() - timedelta(hours=9))
    tick(daily, clock)
    daily.write(
        lambda tx: tx.execute(schema.issue.update().values(state=IssueState.DRAFT))
    )

    tick(daily, clock)

    assert only_issue(daily).state is IssueState.READY


def test_a_command_that_is_composing_is_left_alone_by_the_tick(daily, clock):
    newsroom.put_article(daily, "News", seen=clock.now())
    clock.advance(minutes=1)
    compose.compose_now(daily, PRESS, DAILY, clock=clock, send=True)
    daily.write(
        lambda tx: tx.execute(schema.issue.update().values(state=IssueState.DRAFT))
    )

    tick(daily, clock)
    assert only_issue(daily).state is IssueState.DRAFT
    clock.advance(minutes=5)
    tick(daily, clock)
    assert only_issue(daily).held_reason == compose.BY_HAND


def test_a_hand_made_issue_without_news_is_not_made(daily, clock):
    report = compose.compose_now(daily, PRESS, DAILY, clock=clock, send=True)

    assert report.issues == ()
    assert "nothing new" in report.lines()[0]
    assert settled(daily) == []


def test_a_story_goes_into_one_issue_only(daily, clock):
    newsroom.put_article(daily, "First", seen=clock.now() - timedelta(hours=9))
    tick(daily, clock)
    first = only_issue(daily)
    daily.write(
        lambda tx: tx.execute(
            newsletters.newsletter.update().values(mark=first.to_position)
        )
    )
    clock.advance(days=1)
    newsroom.put_article(daily, "Second", seen=clock.now() - timedelta(hours=9))

    report = tick(daily, clock)

    assert report.stories == {report.issues[0].id: 1}


def test_a_pause_settles_its_slots_and_ends_by_itself(daily, clock):
    until = clock.now() + timedelta(days=2)
    daily.write(
        lambda tx: newsletters.pause(
            tx, "daily", now=clock.now() - timedelta(hours=6), until=until
        )
    )
    newsroom.put_article(daily, "During the pause", seen=clock.now())
    clock.advance(days=3)
    at(clock, 8)
    newsroom.put_article(daily, "After", seen=clock.now() - timedelta(hours=2))

    report = tick(daily, clock)

    assert settled(daily) == [SlotOutcome.OPENED] + [SlotOutcome.PAUSED] * 3
    with daily.read() as tx:
        choice = Choice(from_position=report.issues[0].from_position)
        made = variants.one(tx, report.issues[0].id, choice, 1)
    assert "After" in made.text
    assert "During the pause" not in made.text


def test_one_newsletters_bad_template_leaves_the_others_alone(daily, clock, tmp_path):
    weekly = newsroom.newsletter(name="weekly", sections=("sports",))
    slots.register(daily, [DAILY, weekly], clock=clock)
    clock.advance(days=1)
    newsroom.put_article(daily, "News", seen=clock.now() - timedelta(hours=9))

    report = compose.tick(daily, PRESS, [weekly, DAILY], clock=clock)

    assert settled(daily, "weekly") == [SlotOutcome.EMPTY]
    assert report.issues[0].newsletter == "daily"


def test_what_there_was_no_room_for_is_said_and_remembered(daily, clock):
    for number in range(150):
        long = newsroom.content(f"Story {number}", section="news")
        long = replace(long, summary=f"Number {number} has much to tell. " * 30)
        newsroom.put_article(daily, f"{number}", seen=clock.now(), content=long)
    at(clock, 7)
    clock.advance(days=1)

    report = tick(daily, clock, replace(DAILY, max_articles=200))

    (issue,) = report.issues
    with daily.read() as tx:
        (made,) = variants.of(tx, issue.id)
    assert "summaries are shorter" in made.left_out
    assert f"{issue.id}: {made.left_out}" in report.lines()
