from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from dispatch.collect import redirects
from dispatch.collect.redirects import NO_TRAIL, Trail
from dispatch.model import Hop

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OLD = "http://old.example/feed"
NEW = "https://new.example/rss"


def moved(*hops, trail=NO_TRAIL, base=OLD, asked="", now=NOW):
    return redirects.moved(base, asked or base, hops, trail, now=now)


def test_a_permanent_redirect_is_adopted_after_seven_days_of_the_same_answer():
    first = moved(Hop(301, NEW))
    later = moved(Hop(301, NEW), trail=first.trail, now=NOW + 6 * DAY)
    at_last = moved(Hop(308, NEW), trail=later.trail, now=NOW + 7 * DAY)

    assert (first.adopt, later.adopt, at_last.adopt) == ("", "", NEW)
    assert later.trail == Trail(NEW, NOW)


def test_another_target_starts_anew():
    trail = Trail("https://third.example/", NOW - 30 * DAY)

    assert moved(Hop(301, NEW), trail=trail).trail == Trail(NEW, NOW)


def test_one_temporary_hop_makes_all_of_it_temporary():
    trail = Trail(NEW, NOW - 30 * DAY)

    for hops in (
        (Hop(302, NEW),),
        (Hop(307, NEW),),
        (Hop(301, "http://x.example/"), Hop(302, NEW)),
        (Hop(303, "http://x.example/"), Hop(301, NEW)),
    ):
        assert moved(*hops, trail=trail) == redirects.Move()


def test_an_answer_without_redirect_forgets_the_trail():
    assert moved(trail=Trail(NEW, NOW)) == redirects.Move()


def test_https_for_http_needs_no_days():
    assert moved(Hop(301, "https://old.example/feed")).adopt == (
        "https://old.example/feed"
    )
    for target in (
        "https://old.example/other",
        "https://www.old.example/feed",
        "https://old.example/feed?x=1",
    ):
        assert moved(Hop(301, target)).adopt == ""
    back = moved(Hop(301, OLD), base="https://old.example/feed")
    assert back.adopt == ""
    assert moved(Hop(302, "https://old.example/feed")).adopt == ""


def test_a_longer_request_moves_the_base_when_the_rest_is_kept():
    base, trail = "http://old.example", Trail("https://new.example", NOW - 8 * DAY)
    rest = "/wp-json/wp/v2/posts?page=1"

    kept = moved(
        Hop(301, f"https://new.example{rest}"),
        base=base,
        asked=base + rest,
        trail=trail,
    )
    lost = moved(
        Hop(301, "https://new.example/"), base=base, asked=base + rest, trail=trail
    )

    assert kept.adopt == "https://new.example"
    assert lost == redirects.Move()


def test_a_lost_address_leads_along_the_trail_and_an_adopted_one_back():
    assert redirects.elsewhere(OLD, OLD, Trail(NEW, NOW)) == NEW
    assert redirects.elsewhere(OLD, OLD, NO_TRAIL) == ""
    assert redirects.elsewhere(OLD, NEW, NO_TRAIL) == OLD


@given(
    st.lists(
        st.tuples(
            st.sampled_from([301, 308, 302, 303, 307, None]),
            st.sampled_from([NEW, "https://other.example/"]),
            st.integers(0, 5),
        ),
        max_size=20,
    )
)
def test_nothing_is_adopted_but_seven_days_of_one_permanent_answer(answers):
    trail, now, same_since, last = NO_TRAIL, NOW, None, ""
    for status, target, days in answers:
        now += days * DAY
        hops = (Hop(status, target),) if status else ()
        permanent = status in {301, 308}
        if not permanent or target != last:
            same_since = now if permanent else None
        last = target if permanent else ""
        move = moved(*hops, trail=trail, now=now)
        if move.adopt:
            assert now - same_since >= 7 * DAY
            assert move.adopt == target
            return
        trail = move.trail
