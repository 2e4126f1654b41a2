import pytest
from hypothesis import given, strategies as st

from dispatch.errors import ConfigError
from dispatch.web import security


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy of ours: ignored
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # 1.2.3.4 is a claim
        ("127.0.0.1", "198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("127.0.0.1", "rubbish", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:127.0.0.1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_visitor_is_the_last_address_that_no_trusted_proxy_has(
    peer, forwarded, expected
):
    visitors = security.Visitors(("127.0.0.1", "10.0.0.0/8"))

    assert visitors.address(peer, forwarded) == expected


def test_without_trusted_proxies_the_header_means_nothing():
    assert security.Visitors(()).address("127.0.0.1", "6.6.6.6") == "127.0.0.1"


def test_a_trusted_proxy_that_is_no_address_is_named():
    with pytest.raises(ConfigError, match=r"web\.trusted_proxies: 'nginx'"):
        security.Visitors(("nginx",))


@given(st.text(max_size=40), st.text(max_size=80))
def test_whatever_a_header_says_there_is_an_answer(peer, forwarded):
    visitors = security.Visitors(("0.0.0.0/0", "::/0"))

    assert isinstance(visitors.address(peer, forwarded), str)


class Timer:
    now = 0.0

    def __call__(self):
        return self.now


def test_an_allowance_is_used_up_and_comes_back_with_time():
    timer = Timer()
    allowance = security.Allowance(burst=2, per_second=0.5, timer=timer)

    assert [allowance.take("a"), allowance.take("a"), allowance.take("a")] == [0, 0, 2]
    timer.now += 2
    assert allowance.take("a") == 0
    assert allowance.take("a") > 0


def test_one_visitor_does_not_use_up_another_ones_allowance():
    allowance = security.Allowance(burst=1, per_second=0.1, timer=Timer())

    assert allowance.take("198.51.100.1") == 0
    assert allowance.take("198.51.100.2") == 0


def test_ipv6_visitors_share_an_allowance_by_network():
    allowance = security.Allowance(burst=1, per_second=0.1, timer=Timer())

    assert allowance.take("2001:db8::1") == 0
    assert allowance.take("2001:db8::2") > 0
    assert allowance.take("2001:db8:0:1::1") == 0


def test_forgotten_visitors_keep_memory_bounded():
    allowance = security.Allowance(burst=1, per_second=0.1, timer=Timer())

    for number in range(security.MOST_CLIENTS + 50):
        allowance.take(f"visitor {number}")

    assert len(allowance._levels) == security.MOST_CLIENTS
