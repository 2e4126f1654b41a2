"""Who gets what when: cadences, languages and pauses through composing and planning."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from dispatch.actions.issues import slots, steering
from dispatch.model import Cadence, Choice, MailFormat, SlotOutcome
from dispatch.store import issues, newsletters, schema, subscribers, variants as stored
from support import newsroom
from support.composing import DAILY
from support.weeks import Weeks

SATURDAY = datetime(2026, 2, 28, 17, 0, tzinfo=UTC)  # noon in New York
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def weeks(store, clock):
    clock.moment = SATURDAY
    return Weeks(store, clock)


def days(mails):
    return [slot.astimezone(NEW_YORK).strftime("%a %d") for slot, _, _ in mails]


def tie(weeks, number):
    with weeks.store.read() as tx:
        return subscribers.subscription(tx, number)


def variants(weeks, day):
    with weeks.store.read() as tx:
        return stored.of(tx, f"daily-2026-{day}")


def a_story_a_day(weeks, count):
    for _day in range(count):
        weeks.story()
        weeks.slot()


def test_a_weekly_reader_gets_mondays_issue_with_all_since_the_last(weeks):
    weeks.reader("each")
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)

    a_story_a_day(weeks, 10)  # Sunday to Tuesday of the week after

    assert days(weeks.mails(ada)) == ["Sun 01", "Mon 02", "Mon 09"]
    assert [len(ids) for _, ids, _ in weeks.mails(ada)] == [1, 1, 7]
    assert tie(weeks, ada).covered_to == 9


def test_who_is_not_due_keeps_the_mark_and_gets_no_mail(weeks):
    each = weeks.reader("each")
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)
    a_story_a_day(weeks, 2)
    before = tie(weeks, ada)

    a_story_a_day(weeks, 3)

    after = tie(weeks, ada)
    assert (after.covered_to, after.covered_at) == (2, before.covered_at)
    assert tie(weeks, each).covered_to == 5
    assert len(weeks.mails(each)) == 5


def test_a_monday_that_was_missed_leaves_it_to_the_next_issue_of_that_week(weeks):
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)
    a_story_a_day(weeks, 2)
    weeks.slot(6)  # nothing new until Sunday
    weeks.story()
    weeks.sleep(days=2)  # over Monday's slot, until Tuesday at seven in the morning

    weeks.story()
    weeks.slot()

    assert days(weeks.mails(ada))[-1] == "Wed 11"
    assert weeks.stories_of(ada) == [1, 2, 3, 4]


def test_a_weekly_reader_is_served_even_when_nothing_more_comes(weeks):
    each = weeks.reader("each")
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)
    a_story_a_day(weeks, 4)
    weeks.slot(6)  # an empty week, Monday's slot in it

    assert days(weeks.mails(ada)) == ["Sun 01", "Mon 02", "Mon 09"]
    assert weeks.stories_of(ada) == [1, 2, 3, 4]
    assert len(weeks.mails(each)) == 4
    with weeks.store.read() as tx:
        state = newsletters.state(tx, "daily")
        found = {one.outcome for one in newsletters.slots(tx, "daily", 5)}
    assert state.mark == 4
    assert found == {SlotOutcome.OPENED, SlotOutcome.EMPTY}


def test_an_issue_for_a_few_asks_for_as_many_stories_as_any(store, clock):
    clock.moment = SATURDAY
    weeks = Weeks(store, clock, replace(DAILY, min_articles=2))
    each = weeks.reader("each")
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)
    for _day in range(3):
        weeks.story()
        weeks.story()
        weeks.slot()
    weeks.story()  # alone, it waits

    weeks.slot(6)

    assert weeks.stories_of(ada) == [1, 2, 3, 4, 5, 6]
    assert weeks.stories_of(each) == [1, 2, 3, 4, 5, 6]


def test_a_daily_reader_of_a_paper_with_two_issues_gets_the_first(store, clock):
    clock.moment = SATURDAY
    weeks = Weeks(store, clock, replace(DAILY, schedule="0 7,17 * * *"))
    ada = weeks.reader("ada", cadence=Cadence.DAILY)

    a_story_a_day(weeks, 5)  # from Saturday's second on

    assert days(weeks.mails(ada)) == ["Sat 28", "Sun 01", "Mon 02"]
    assert weeks.stories_of(ada) == [1, 2, 3, 4]


def test_a_monthly_reader_gets_the_first_issue_of_the_month(weeks):
    ada = weeks.reader("ada", cadence=Cadence.MONTHLY)
    weeks.story()
    weeks.slot()  # Sunday, the first of March
    weeks.story()
    weeks.slot(29)
    assert weeks.stories_of(ada) == [1]

    weeks.slot(3)

    assert days(weeks.mails(ada)) == ["Sun 01", "Wed 01"]
    assert weeks.stories_of(ada) == [1, 2]


def test_who_joins_in_the_middle_of_the_week_waits_for_monday(weeks):
    a_story_a_day(weeks, 4)
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)

    a_story_a_day(weeks, 6)

    assert days(weeks.mails(ada)) == ["Mon 09"]
    assert weeks.stories_of(ada) == [5, 6, 7, 8, 9]


def test_who_joins_before_mondays_issue_gets_it(weeks):
    a_story_a_day(weeks, 1)
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)

    a_story_a_day(weeks, 3)

    assert days(weeks.mails(ada)) == ["Mon 02"]


def test_less_mail_begins_with_the_next_week_and_more_brings_all_that_waited(weeks):
    ada = weeks.reader("ada")
    a_story_a_day(weeks, 3)  # Tuesday's, too
    weeks.wish(ada, cadence=Cadence.WEEKLY)
    a_story_a_day(weeks, 3)
    assert weeks.stories_of(ada) == [1, 2, 3]

    weeks.wish(ada, cadence=Cadence.EACH)
    a_story_a_day(weeks, 1)

    assert [len(ids) for _, ids, _ in weeks.mails(ada)] == [1, 1, 1, 4]


def test_a_pause_without_a_monday_costs_a_weekly_reader_nothing(weeks):
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)
    a_story_a_day(weeks, 3)
    weeks.pause(ada, days=2)

    a_story_a_day(weeks, 6)

    assert days(weeks.mails(ada)) == ["Sun 01", "Mon 02", "Mon 09"]
    assert weeks.stories_of(ada) == list(range(1, 10))


def test_a_pause_over_a_monday_is_no_backlog(weeks):
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)
    a_story_a_day(weeks, 3)
    weeks.pause(ada, days=8)

    a_story_a_day(weeks, 13)

    assert days(weeks.mails(ada)) == ["Sun 01", "Mon 02", "Mon 16"]
    assert weeks.stories_of(ada) == [1, 2, *range(10, 17)]


def test_a_newsletter_that_was_paused_fresh_gives_nobody_what_waited(weeks):
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)
    a_story_a_day(weeks, 4)
    weeks.store.write(
        lambda tx: newsletters.pause(tx, "daily", now=weeks.clock.now()) and None
    )
    weeks.story()
    weeks.slot(2)
    slots.resume(weeks.store, DAILY, fresh=True, clock=weeks.clock)

    a_story_a_day(weeks, 5)

    assert weeks.stories_of(ada) == [1, 2, 3, 4, 6, 7, 8]


def test_a_reader_whose_topics_had_nothing_on_monday_gets_tuesdays(weeks):
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY, topics=["arts"])
    a_story_a_day(weeks, 2)
    weeks.story(section="arts")
    weeks.slot()
    weeks.story(section="arts")
    weeks.slot()

    assert days(weeks.mails(ada)) == ["Tue 03"]
    assert weeks.stories_of(ada) == [3]


def test_a_cancelled_issue_costs_a_weekly_reader_no_week(store, clock):
    clock.moment = SATURDAY
    weeks = Weeks(store, clock, replace(DAILY, undo=timedelta(hours=1)))
    each, ada = weeks.reader("each"), weeks.reader("ada", cadence=Cadence.WEEKLY)
    a_story_a_day(weeks, 9)  # Monday's with a week of stories waits for an hour

    with store.read() as tx:
        monday = issues.by_id(tx, "daily-2026-03-09")
    steering.cancel_issue(store, monday, clock=clock)
    a_story_a_day(weeks, 1)

    assert days(weeks.mails(ada)) == ["Sun 01", "Mon 02", "Mon 09", "Tue 10"]
    assert [len(ids) for _, ids, _ in weeks.mails(ada)] == [1, 1, 7, 8]
    assert [len(ids) for _, ids, _ in weeks.mails(each)][-2:] == [1, 1]


def test_readers_with_the_same_choice_share_one_rendering(weeks):
    for number in range(4):
        weeks.reader(f"each-{number}")
        weeks.reader(f"weekly-{number}", cadence=Cadence.WEEKLY)
    weeks.reader("html", format=MailFormat.HTML)
    a_story_a_day(weeks, 9)

    text, weekly = MailFormat.TEXT, 2  # the week began behind Monday's issue
    assert {one.choice for one in variants(weeks, "03-09")} == {
        Choice(from_position=8),  # what the archive and the proof show, and html's
        Choice(format=text, from_position=8),
        Choice(format=text, from_position=weekly),
    }
    assert len(variants(weeks, "03-05")) == 2


def test_readers_get_the_languages_they_want(weeks):
    every = weeks.reader("every")
    french = weeks.reader("french", languages=["fr"])
    english = weeks.reader("english", languages=["en"])
    weeks.story()  # of the site's own language, English
    une = replace(newsroom.content("Une histoire", section="news"), language="fr-CA")
    weeks.story(content=une)
    weeks.slot()
    weeks.story()
    weeks.slot()

    assert weeks.stories_of(every) == [1, 2, 3]
    assert weeks.stories_of(french) == [2]
    assert weeks.stories_of(english) == [1, 3]


def test_nobody_gets_an_empty_mail(weeks):
    weeks.reader("opera", topics=["opera"], cadence=Cadence.WEEKLY)
    a_story_a_day(weeks, 3)

    with weeks.store.read() as tx:
        assert tx.execute(select(func.count(schema.delivery.c.id))).scalar_one() == 0
