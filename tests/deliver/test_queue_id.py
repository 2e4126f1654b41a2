import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import queue_id


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("2.0.0 Ok: queued as 4XyZ9k0fTqz1", "4XyZ9k0fTqz1"),
        ("OK id=1rZx3A-0004fK-2B", "1rZx3A-0004fK-2B"),
        (
            "2.6.0 <a@b> [InternalId=12345678901, Hostname=x] Queued mail for delivery",
            "12345678901",
        ),
        (
            "Ok 0102018e2f7c1d2a-5f0f3c2e-1111-4b5a-9c1d-000000000000-000000",
            "0102018e2f7c1d2a-5f0f3c2e-1111-4b5a-9c1d-000000000000-000000",
        ),
        ("2.0.0 42BGb1Xk012345 Message accepted for delivery", "42BGb1Xk012345"),
        ("2.0.0 OK  1710000000 a1-20020a0b.12 - gsmtp", "a1-20020a0b.12"),
        ("ok 1710000000 qp 4711", "4711"),
        ("2.0.0 Ok", ""),
        ("", ""),
    ],
)
def test_a_server_names_what_it_took(reply, name):
    assert queue_id.find(reply) == name


@given(st.text(max_size=3000))
def test_whatever_a_server_says_is_no_error(reply):
    assert len(queue_id.find(reply)) <= 120
