from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from dispatch.deliver import eta, pace, quiet
from dispatch.deliver.eta import Load, Quota

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def estimate(waiting, **more):
    return eta.estimate(Load(waiting, **more), now=NOON)


def after(found):
    return found.done_at - NOON


def test_nothing_to_wait_for_is_done_now():
    assert estimate(0).done_at == NOON


def test_without_a_measure_or_a_rate_nothing_is_promised():
    assert estimate(9_000).done_at is None


def test_the_slowest_of_all_is_the_bottleneck():
    paces = (("the rate 14/s", 14.0), ("its ceiling", 7.0))
    found = estimate(7_000, connections=8, latency=0.1, paces=paces)

    assert found.bottleneck == "its ceiling"
    assert after(found) == timedelta(seconds=1000)


def test_connections_and_their_latency_are_a_speed():
    found = estimate(1_600, connections=8, latency=0.5)

    assert found.bottleneck == "8 connections × 500 ms"
    assert after(found) == timedelta(seconds=100)


def test_a_relay_that_rests_starts_later():
    found = estimate(10, latency=1.0, starts_at=NOON + timedelta(hours=1))

    assert after(found) == timedelta(hours=1, seconds=10)


def test_what_is_over_a_quota_takes_as_many_windows():
    quota = Quota(pace.parse("1000/d"), left=500, free_at=NOON + timedelta(hours=2))
    found = estimate(2_000, latency=0.1, quotas=(quota,))

    assert found.bottleneck == "the quota 1000/d"
    assert after(found) == timedelta(days=1, hours=2)
    assert estimate(500, latency=0.1, quotas=(quota,)).bottleneck.endswith("100 ms")


def test_a_domains_queue_may_last_longer_than_all_the_rest():
    queues = (("slow.example", NOON + timedelta(hours=3)),)
    found = estimate(10, latency=0.1, queues=queues)

    assert found.bottleneck == "the pace of slow.example"
    assert after(found) == timedelta(hours=3)


def test_quiet_hours_are_slept_through():
    hours = quiet.parse("13:00-14:00")
    found = estimate(7200, paces=(("the rate 1/s", 1.0),), hours=hours)

    assert after(found) == timedelta(hours=3)


@given(
    st.integers(1, 10**6),
    st.floats(0.01, 1_000),
    st.sampled_from(["", "22:00-06:00", "11:00-13:00"]),
)
def test_more_mail_never_ends_sooner_and_nothing_ends_while_it_is_quiet(
    waiting, speed, text
):
    hours = quiet.parse(text)
    paces = (("x", speed),)
    less = estimate(waiting, paces=paces, hours=hours)
    more = estimate(waiting + 1, paces=paces, hours=hours)

    assert NOON <= less.done_at <= more.done_at
    before = less.done_at - timedelta(microseconds=1)
    if hours and before >= NOON:
        assert quiet.until(hours, "UTC", now=before) is None


def test_what_was_put_off_is_out_no_sooner_than_it_is_tried_again():
    last = NOON + timedelta(minutes=30)
    found = estimate(30, connections=8, latency=0.01, last_at=last)

    assert (found.done_at, found.bottleneck) == (last, "what was put off")
    early = estimate(9_000, connections=1, latency=1.0, last_at=last)
    assert early.bottleneck == "1 connection × 1000 ms"
    queued = estimate(9, latency=0.01, last_at=last, queues=[("gmail.com", last)])
    assert queued.bottleneck == "the pace of gmail.com"
