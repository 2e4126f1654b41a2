"""Editors change the next issue: before it exists, and until it is planned."""

from dataclasses import replace

import pytest

from dispatch.actions.issues import (
    approving,
    compose,
    issue_editing,
    issue_history,
    steering,
)
from dispatch.actions.issues.issue_editing import Wish
from dispatch.actions.operations import why_story
from dispatch.errors import UsageError
from dispatch.model import EditKind as K, IssueState, Settings, SlotOutcome
from dispatch.store import entries, issues, newsletters
from support.newsday import LETTER, Newsday

STRICT = replace(LETTER, approval="required")


@pytest.fixture
def daily(sqlite_store, clock):
    return Newsday(sqlite_store, clock)


@pytest.fixture
def anywhere(store, clock):
    """The same, on each database: for what is about the store."""
    return Newsday(store, clock)


@pytest.fixture
def strict(sqlite_store, clock):
    return Newsday(sqlite_store, clock, STRICT)


def edit(day, *wishes, by="ada", reference="next"):
    found = issue_editing.target(day.store, [day.letter], reference)
    return issue_editing.edit(
        day.store, day.press, found, wishes, by=by, clock=day.clock
    )


def approve(day, **named):
    return approving.approve(
        day.store, day.press, [day.letter], day.issue(), clock=day.clock, **named
    )


def shown(day):
    with day.store.read() as tx:
        found = issue_history.contents(tx, day.issue())
    return [one.id for one in found.shown]


def test_edits_of_the_next_issue_wait_for_its_slot(daily):
    old, dropped, newest = daily.story("Old"), daily.story("No"), daily.story("Newest")
    report = edit(
        daily,
        Wish(K.PIN, (old.id,)),
        Wish(K.DROP, (dropped.id,)),
        Wish(K.SUBJECT, words="What we say"),
        Wish(K.NOTE, words="A word from the desk."),
    )
    assert report.lines() == ["Written down for the next issue of daily."]

    issue = daily.morning()
    assert (issue.state, issue.subject) == (IssueState.READY, "What we say")
    assert shown(daily) == [old.id, newest.id]
    mails = daily.send_all()
    assert len(mails) == 3
    assert all("A word from the desk." in words for words in mails.values())
    assert not any("No" in words.split() for words in mails.values())


def test_a_dropped_story_is_in_the_next_issue_once(anywhere):
    kept, dropped = anywhere.story("Kept"), anywhere.story("Dropped")
    edit(anywhere, Wish(K.DROP, (dropped.id,)))
    anywhere.morning()
    assert shown(anywhere) == [kept.id]
    anywhere.send_all()

    anywhere.story("Tomorrow")
    anywhere.morning()
    assert dropped.id in shown(anywhere)
    mails = anywhere.send_all()
    assert all("Dropped" in words and "Kept" not in words for words in mails.values())

    anywhere.story("Later")
    anywhere.morning()
    assert dropped.id not in shown(anywhere)


def test_a_story_dropped_for_good_is_in_no_later_issue(anywhere):
    gone = anywhere.story("Gone")
    anywhere.story("Kept")
    edit(anywhere, Wish(K.DISCARD, (gone.id,)))
    anywhere.morning()
    anywhere.send_all()
    anywhere.story("Tomorrow")
    anywhere.morning()

    assert gone.id not in shown(anywhere)
    with anywhere.store.read() as tx:
        issue = anywhere.issue()
        everything = entries.stories(tx, "daily", 0, issue.to_position, by=issue.slot)
    assert gone.id not in {one.id for one in everything}


def test_a_drop_for_good_can_be_taken_back_while_the_issue_is_there(anywhere):
    gone, _kept = anywhere.story("Gone"), anywhere.story("Kept")
    anywhere.morning()
    edit(anywhere, Wish(K.DISCARD, (gone.id,)))
    assert gone.id not in shown(anywhere)

    edit(anywhere, Wish(K.RESTORE, (gone.id,)))
    assert gone.id in shown(anywhere)


def test_an_issue_that_was_ready_is_composed_anew(daily):
    first, second = daily.story("First"), daily.story("Second")
    before = daily.morning()
    report = edit(daily, Wish(K.PIN, (first.id,)))

    after = daily.issue()
    assert (after.state, after.revision) == (IssueState.READY, before.revision + 1)
    assert "First" in after.subject
    assert shown(daily) == [first.id, second.id]
    assert "composed with 2 stories" in report.lines()[0]


def test_what_was_approved_is_held_again_when_it_was_changed(strict):
    strict.story("First")
    second = strict.story("Second")
    strict.morning()
    approve(strict)
    assert strict.issue().state is IssueState.READY

    edit(strict, Wish(K.DROP, (second.id,)))
    assert strict.issue().state is IssueState.HELD
    assert strict.issue().held_reason == "waits for approval"


def test_an_approval_before_the_issue_exists_lets_it_go_at_its_slot(strict):
    strict.story()
    edit(strict, Wish(K.APPROVE))

    assert strict.morning().state is IssueState.READY


def test_nobody_approves_what_they_have_not_seen(strict):
    story = strict.story("One")
    strict.story("Two")
    seen = strict.morning()
    edit(strict, Wish(K.DROP, (story.id,)), by="ben")

    with pytest.raises(UsageError, match="changed meanwhile"):
        approving.approve(
            strict.store, strict.press, [STRICT], seen, clock=strict.clock
        )
    assert strict.issue().state is IssueState.HELD


def test_a_hold_stands_whatever_becomes_of_the_content(daily):
    story = daily.story("One")
    daily.story("Two")
    daily.morning()
    edit(daily, Wish(K.HOLD))
    edit(daily, Wish(K.DROP, (story.id,)))
    daily.tick()

    assert daily.issue().state is IssueState.HELD
    assert daily.issue().held_reason == "an editor holds it"
    approve(daily)
    assert daily.issue().state is IssueState.READY


def test_the_next_issue_can_be_held_before_it_exists(daily):
    daily.story()
    edit(daily, Wish(K.HOLD))

    assert daily.morning().held_reason == "an editor holds it"


def test_a_skipped_slot_is_settled_with_the_reason_and_its_stories_go_on(anywhere):
    story = anywhere.story("Waits")
    edit(anywhere, Wish(K.SKIP, words="holidays"))
    assert anywhere.morning() is None
    with anywhere.store.read() as tx:
        (slot,) = newsletters.slots(tx, "daily", 5)
    assert slot.outcome is SlotOutcome.SKIPPED
    assert slot.reason == "an editor skipped it: holidays"

    assert anywhere.morning().state is IssueState.READY
    assert shown(anywhere) == [story.id]


def test_skipping_an_issue_that_is_there_rolls_its_stories_into_the_next(daily):
    story = daily.story("Waits")
    first = daily.morning()
    edit(daily, Wish(K.SKIP))
    with daily.store.read() as tx:
        assert issues.by_id(tx, first.id).state is IssueState.CANCELLED

    assert daily.morning().id != first.id
    assert shown(daily) == [story.id]


def test_an_issue_without_stories_is_held_and_says_what_would_do(daily):
    story = daily.story()
    daily.morning()
    edit(daily, Wish(K.DROP, (story.id,)))

    assert daily.issue().state is IssueState.HELD
    assert "dropped all of its stories: put one back" in daily.issue().held_reason
    edit(daily, Wish(K.UNDO))
    assert daily.issue().state is IssueState.READY


def test_two_editors_at_once_both_have_their_way(daily):
    one, two, three = (daily.story(f"Number {n}") for n in (1, 2, 3))
    daily.morning()
    found = issue_editing.target(daily.store, [daily.letter], "next")  # both saw this
    for by, story in (("ada", one), ("ben", two)):
        wish = Wish(K.DROP, (story.id,))
        issue_editing.edit(
            daily.store, daily.press, found, [wish], by=by, clock=daily.clock
        )

    assert shown(daily) == [three.id]
    with daily.store.read() as tx:
        done = issue_history.contents(tx, daily.issue()).done
    assert [(edit.by, said) for edit, said in done] == [
        ("ada", "dropped “Number 1”"),
        ("ben", "dropped “Number 2”"),
    ]


def test_an_edit_survives_a_crash_before_the_issue_is_composed_anew(daily, monkeypatch):
    story = daily.story("Dropped")
    daily.story("Kept")
    daily.morning()
    with monkeypatch.context() as crash:
        crash.setattr(compose, "compose_issue", _killed)
        with pytest.raises(KeyboardInterrupt):
            edit(daily, Wish(K.DROP, (story.id,)))
    assert daily.issue().state is IssueState.DRAFT
    daily.plan()
    assert daily.issue().planned is None  # what is not composed does not leave

    daily.tick()
    assert daily.issue().state is IssueState.READY
    assert story.id not in shown(daily)


def test_an_approval_survives_a_crash_before_the_issue_is_let_go(strict, monkeypatch):
    strict.story()
    strict.morning()
    with monkeypatch.context() as crash:
        crash.setattr(compose, "compose_issue", _killed)
        with pytest.raises(KeyboardInterrupt):
            approve(strict)

    assert strict.tick().state is IssueState.READY


def _killed(*_args, **_named):
    raise KeyboardInterrupt


@pytest.mark.parametrize("kind", [K.DROP, K.SKIP, K.HOLD])
def test_after_planning_it_is_too_late_and_the_answer_says_what_would_do(daily, kind):
    story = daily.story()
    daily.morning()
    daily.plan()
    wish = Wish(kind, (story.id,) if kind is K.DROP else ())

    with pytest.raises(UsageError, match=r"too late .*dispatch issue pause"):
        edit(daily, wish, reference="last")
    with daily.store.read() as tx:
        assert issue_history.contents(tx, daily.issue()).done == ()


def test_after_sending_the_answer_speaks_of_corrections(daily):
    daily.story()
    daily.morning()
    daily.send_all()

    with pytest.raises(UsageError, match=r"has been sent.*correction"):
        edit(daily, Wish(K.HOLD), reference="last")


def test_a_story_that_is_not_in_the_issue_is_named(daily):
    daily.story("In it")
    daily.morning()
    other = daily.story("Tomorrow")
    found = issue_editing.target(daily.store, [daily.letter], "next")

    with pytest.raises(UsageError, match=f"Story {other.id} is not in {found.name}"):
        edit(daily, Wish(K.DROP, (other.id,)))
    with pytest.raises(UsageError, match="no story 'Tomorrow' in daily"):
        issue_editing.story(daily.store, found, "Tomorrow")
    assert issue_editing.story(daily.store, found, "in it").content.headline == "In it"


def test_why_says_that_an_editor_dropped_a_story(daily):
    later, never = daily.story("Later"), daily.story("Never")
    daily.story("Kept")
    issue = daily.morning()
    edit(daily, Wish(K.DROP, (later.id,)), Wish(K.DISCARD, (never.id,)))

    out = f"Not in daily: an editor dropped it from issue {issue.id}, which is ready."
    assert out in why(daily, later)
    assert out in why(daily, never)
    daily.send_all()
    assert "In daily: waits for the next issue." in why(daily, later)


def why(day, story):
    settings = Settings(newsletter=(LETTER,))
    return why_story.story(day.store, day.now(story), settings, day.clock).lines()


def test_there_is_nothing_to_take_back(daily):
    daily.story()
    daily.morning()

    with pytest.raises(UsageError, match="nothing to take back"):
        edit(daily, Wish(K.UNDO))


def test_without_an_issue_one_of_several_newsletters_must_be_named(daily):
    weekly = replace(LETTER, name="weekly")

    with pytest.raises(UsageError, match="--newsletter NAME, one of: daily, weekly"):
        issue_editing.target(daily.store, [LETTER, weekly], "next")
    named = issue_editing.target(daily.store, [LETTER, weekly], "next", "weekly")
    assert (named.newsletter, named.issue) == (weekly, None)


def test_next_is_the_issue_that_can_still_be_edited(daily):
    daily.story()
    sent = daily.morning()
    daily.send_all()
    daily.story()
    waiting = daily.morning()

    assert steering.find_issue(daily.store, sent.id).state is IssueState.DONE
    found = issue_editing.target(daily.store, [daily.letter], "next")
    assert found.issue == waiting
