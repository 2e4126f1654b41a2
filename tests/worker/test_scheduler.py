import threading
from datetime import UTC, datetime, timedelta

from dispatch.model import NewsletterSettings
from dispatch.worker.scheduler import Scheduler, SlotTrigger


def newsletter(schedule, **more):
    return NewsletterSettings(
        name="daily",
        sender="Daily <daily@courier.example>",
        schedule=schedule,
        timezone="Europe/Berlin",
        **more,
    )


def test_a_slot_just_after_midnight_survives_the_spring_clock_change():
    trigger = SlotTrigger("15 0 * * *", "Europe/Berlin")
    moment = datetime(2026, 3, 28, 12, tzinfo=UTC)
    fired = []
    for _ in range(3):
        moment = trigger.get_next_fire_time(moment, moment)
        fired.append(moment.astimezone(UTC))

    assert fired == [
        datetime(2026, 3, 28, 23, 15, tzinfo=UTC),
        datetime(2026, 3, 29, 22, 15, tzinfo=UTC),
        datetime(2026, 3, 30, 22, 15, tzinfo=UTC),
    ]


def test_a_slot_in_the_repeated_hour_of_autumn_fires_once():
    trigger = SlotTrigger("30 2 * * *", "Europe/Berlin")
    moment = datetime(2026, 10, 24, 12, tzinfo=UTC)
    first = trigger.get_next_fire_time(None, moment)
    second = trigger.get_next_fire_time(first, moment)

    assert (second - first).total_seconds() >= 23 * 3600


def test_the_sources_are_asked_five_minutes_before_a_slot_too():
    early = SlotTrigger("0 7 * * *", "Europe/Berlin", before=timedelta(minutes=5))
    fired = []
    moment = None
    for _ in range(2):
        now = moment or datetime(2026, 3, 28, 5, 56, tzinfo=UTC)
        moment = early.get_next_fire_time(moment, now)
        fired.append(moment.astimezone(UTC))

    assert fired == [
        datetime(2026, 3, 29, 4, 55, tzinfo=UTC),
        datetime(2026, 3, 30, 4, 55, tzinfo=UTC),
    ]


def test_each_newsletter_wakes_us_before_its_slot_and_at_it():
    scheduler = Scheduler(slot=threading.Event().set, tick=threading.Event().set)
    scheduler.start([newsletter("0 7 * * *")])
    jobs = {job.id: job.next_run_time for job in scheduler._jobs.get_jobs()}
    scheduler.stop()

    before, slot = jobs["newsletter:daily:before"], jobs["newsletter:daily"]
    assert (slot - before) % timedelta(days=1) == timedelta(minutes=5)


def test_editors_proofs_wake_us_too():
    letter = newsletter("0 7 * * *", proof_to=("ada@courier.example",))
    scheduler = Scheduler(slot=threading.Event().set, tick=threading.Event().set)
    scheduler.start([letter])
    jobs = {job.id: job.next_run_time for job in scheduler._jobs.get_jobs()}
    scheduler.stop()

    day, slot = timedelta(days=1), jobs["newsletter:daily"]
    early = [jobs[f"newsletter:daily:{name}"] for name in ("proof", "before-proof")]
    assert [(slot - one) % day for one in early] == [
        timedelta(minutes=30),
        timedelta(minutes=35),
    ]


def test_jobs_follow_the_config_on_reload():
    scheduler = Scheduler(slot=threading.Event().set, tick=threading.Event().set)
    scheduler.start([newsletter("0 7 * * *")])
    scheduler.plan([])
    left = [job.id for job in scheduler._jobs.get_jobs()]
    scheduler.stop()

    assert left == ["tick"]
