from datetime import UTC, datetime, timedelta

import pytest

from dispatch.collect import limits
from dispatch.model import Response

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def answer(status, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, named, b"", "https://x.example/")


@pytest.mark.parametrize(
    ("given", "wait"),
    [
        (answer(429), 15 * MINUTE),
        (answer(429, retry_after="120"), 2 * MINUTE),
        (answer(503, retry_after="Mon, 02 Mar 2026 12:30:00 GMT"), 30 * MINUTE),
        (answer(403, retry_after="60"), MINUTE),
        (answer(403, x_ratelimit_remaining="0"), 15 * MINUTE),
    ],
)
def test_a_server_says_that_it_wants_quiet(given, wait):
    limit = limits.asked_for(given, now=NOW)

    assert limit.until(NOW, strikes=0) == NOW + wait
    assert str(given.status) in limit.why


@pytest.mark.parametrize(
    "given",
    [
        answer(200, retry_after="60"),
        answer(200, x_ratelimit_remaining="0"),
        answer(503),
        answer(403),
        answer(403, x_ratelimit_remaining="12"),
        answer(404),
    ],
)
def test_other_answers_ask_for_nothing(given):
    assert limits.asked_for(given, now=NOW) is None


def test_without_a_word_the_wait_doubles_up_to_a_day():
    limit = limits.asked_for(answer(429), now=NOW)

    waits = [limit.until(NOW, strikes=n) - NOW for n in (0, 1, 2, 50)]

    assert waits == [15 * MINUTE, 30 * MINUTE, 60 * MINUTE, timedelta(days=1)]


def test_a_sudden_403_of_a_source_that_was_well_may_be_a_limit():
    plain = answer(403)

    assert limits.suspected(plain, well_since=NOW - timedelta(hours=2), now=NOW)
    assert not limits.suspected(plain, well_since=NOW - timedelta(days=2), now=NOW)
    assert not limits.suspected(plain, well_since=None, now=NOW)
    assert not limits.suspected(answer(404), well_since=NOW, now=NOW)
