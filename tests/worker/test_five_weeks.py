"""Five weeks of the daemon's cycle on a clock of our own, summer time begins in them.

Stories come from a folder every day; a reader's mails are what a calendar would say.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.model import Cadence, NewsletterSettings, SourceSettings
from dispatch.store import newsletters
from dispatch.worker.cycle import CycleThread
from support import web
from support.weeks import Weeks, quick

ROME = ZoneInfo("Europe/Rome")  # the clocks go forward on Sunday, the 29th of March
FRIDAY = datetime(2026, 3, 6, 11, 0, tzinfo=UTC)
DAYS = 36
STORY = (
    "Number {day} of the stories\nBy Ada Roe\n\nWhat happened on day {day} of March.\n"
)


@pytest.fixture
def paper(tmp_path, sqlite_store, clock):
    """A paper that reads a folder; one issue a day at half past two in the morning."""
    clock.moment = FRIDAY
    folder = tmp_path / "articles" / "news"
    folder.mkdir(parents=True)
    opened = web.make_app(tmp_path, sqlite_store, clock, timezone="Europe/Rome")
    letter = NewsletterSettings(
        name="daily",
        title="The Daily Quad",
        sender="The Quad <news@quad.example>",
        schedule="30 2 * * *",  # an hour that the 29th does not have
        timezone="Europe/Rome",
    )
    source = SourceSettings(
        name="newsroom",
        kind="folder",
        path=folder.parent,
        first_contact="mail",
        settle=timedelta(0),
    )
    settings = replace(opened.settings, source=(source,), newsletter=(letter,))
    app = replace(opened, settings=settings, press=quick(tmp_path))
    return app, folder


def by_day(mails):
    return [slot.astimezone(ROME).strftime("%a %d %b") for slot, _, _ in mails]


def test_readers_get_their_mails_by_the_calendar(paper, clock):
    app, folder = paper
    cycle = CycleThread(app, planned=lambda: None, gap=0)
    weeks = Weeks(app.store, clock, *app.settings.newsletter, with_press=app.press)
    ties = {one: weeks.reader(one, cadence=one) for one in Cadence}
    morning = FRIDAY.astimezone(ROME).replace(hour=6, minute=0, tzinfo=None)
    for day in range(DAYS):
        noon = (morning + timedelta(days=day, hours=6)).replace(tzinfo=ROME)
        (folder / f"story-{day}.txt").write_text(STORY.format(day=day))
        for moment in (
            noon,
            noon + timedelta(hours=16),
        ):  # when it came; after the slot
            clock.moment = moment.astimezone(UTC)
            cycle.once(quiet=True)

    sent = {one: weeks.mails(tie) for one, tie in ties.items()}
    stories = {one: weeks.stories_of(tie) for one, tie in ties.items()}
    assert len(sent[Cadence.EACH]) == DAYS
    assert sent[Cadence.DAILY] == sent[Cadence.EACH]
    assert by_day(sent[Cadence.WEEKLY]) == [
        "Sat 07 Mar",  # the first there was
        "Mon 09 Mar",
        "Mon 16 Mar",
        "Mon 23 Mar",
        "Mon 30 Mar",
        "Mon 06 Apr",
    ]
    assert by_day(sent[Cadence.MONTHLY]) == ["Sat 07 Mar", "Wed 01 Apr"]
    assert "Sun 29 Mar" in by_day(sent[Cadence.EACH])
    everything = stories[Cadence.EACH]
    assert len(set(everything)) == len(everything) == DAYS
    for one in (Cadence.WEEKLY, Cadence.MONTHLY):
        more = sum(left for *_, left in sent[one])
        until = len(
            [slot for slot, *_ in sent[Cadence.EACH] if slot <= sent[one][-1][0]]
        )
        assert len(set(stories[one])) == len(stories[one])
        assert len(stories[one]) + more == until
    with app.store.read() as tx:
        assert newsletters.state(tx, "daily").mark == DAYS
