"""WebSub arithmetic: signatures, leases, whom a hub can reach."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import hub
from dispatch.model import Push

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def push(**values):
    return Push(
        "wire", "https://hub.example/", "https://a.example/rss", "t", "s", **values
    )


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signature_is_checked_by_the_method_it_names(method):
    digest = hmac.new(b"secret", b"news", method).hexdigest()

    assert hub.is_signed(f"{method}={digest}", "secret", b"news")
    assert hub.is_signed(f"{method.upper()}={digest.upper()}", "secret", b"news")
    assert not hub.is_signed(f"{method}={digest}", "other", b"news")
    assert not hub.is_signed(f"{method}={digest}", "secret", b"other news")
    assert not hub.is_signed(f"{method}={digest[:-1]}", "secret", b"news")


@given(header=st.text(max_size=80))
def test_anything_else_is_no_signature(header):
    assert not hub.is_signed(header, "secret", b"news")


def test_weaker_methods_are_not_known():
    digest = hashlib.md5(b"news", usedforsecurity=False).hexdigest()

    assert not hub.is_signed(f"md5={digest}", "secret", b"news")
    assert not hub.is_signed("=", "secret", b"news")


@pytest.mark.parametrize(
    ("said", "length"),
    [
        ("86400", timedelta(days=1)),
        ("", timedelta(days=10)),
        ("-5", timedelta(days=10)),
        ("0", timedelta(minutes=5)),
        ("99999999999", timedelta(days=90)),
        ("9" * 400, timedelta(days=10)),
        ("٣", timedelta(days=10)),
    ],
)
def test_a_lease_is_what_the_hub_says_within_reason(said, length):
    assert hub.lease(said) == length


def test_a_lease_is_renewed_at_four_fifths():
    assert hub.renew_at(NOW, timedelta(days=10)) == NOW + timedelta(days=8)


def test_a_hub_that_refuses_is_asked_later_each_time_and_at_least_daily():
    waits = [hub.retry_at(NOW, count) - NOW for count in (1, 2, 3, 99)]

    assert waits == [timedelta(hours=one) for one in (1, 2, 4, 24)]


def test_a_hub_is_relied_on_for_a_day_after_a_push():
    one = push(lease_until=NOW + timedelta(days=5), pushed_at=NOW)

    assert hub.relied_on(one, NOW + timedelta(hours=23))
    assert not hub.relied_on(one, NOW + timedelta(hours=25))


def test_a_secret_is_in_no_text():
    assert "secret" not in repr(push()).replace("secret=", "")
    assert "token" not in repr(push())
