import time

import pytest

from dispatch.errors import UnreachableError
from support.name_server import NameServer


@pytest.fixture
def zone():
    with NameServer() as running:
        yield running


def test_a_long_record_comes_back_in_one_piece(zone):
    text = "v=DKIM1; k=rsa; p=" + "A" * 392
    zone.txt("s1._domainkey.courier.news", text)

    assert zone.lookup.txt("s1._domainkey.courier.news") == (text,)


def test_a_name_that_is_not_there_and_one_without_such_records_have_none(zone):
    zone.txt("courier.news", "hello")

    assert zone.lookup.txt("nobody.courier.news") == ()
    assert zone.lookup.mx("courier.news") == ()


def test_mail_servers_come_in_their_order_and_the_null_one_is_empty(zone):
    zone["courier.news", "MX"] = ["20 b.courier.news.", "10 A.courier.news."]
    zone["silent.news", "MX"] = ["0 ."]

    assert zone.lookup.mx("courier.news") == ("a.courier.news", "b.courier.news")
    assert zone.lookup.mx("silent.news") == ("",)


def test_both_kinds_of_addresses_are_found(zone):
    zone["courier.news", "A"] = ["192.0.2.1"]
    zone["courier.news", "AAAA"] = ["2001:db8::1"]

    assert zone.lookup.addresses("courier.news") == ("192.0.2.1", "2001:db8::1")


def test_a_server_that_fails_or_is_silent_is_told_in_a_sentence_and_in_time(zone):
    zone.failing.add("broken.news")
    zone.silent.add("silent.news")
    started = time.monotonic()

    for name in ("broken.news", "silent.news"):
        with pytest.raises(UnreachableError, match=f"no usable answer about {name}"):
            zone.impatient(0.3).txt(name)

    assert time.monotonic() - started < 3


def test_questions_with_one_end_are_not_asked_after_it(zone):
    zone.txt("courier.news", "hello")
    late = zone.lookup.within(-1)

    with pytest.raises(UnreachableError):
        late.txt("courier.news")
    assert not zone.asked


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".news", "ä\u0000.news"])
def test_a_name_that_is_none_is_a_sentence(zone, name):
    with pytest.raises(UnreachableError):
        zone.lookup.txt(name)


def test_a_strangers_records_are_bounded_in_number_and_length(zone):
    zone.txt("many.news", *(f"record {number}" for number in range(80)))
    zone.txt("long.news", "x" * 9000)

    assert len(zone.lookup.txt("many.news")) == 50
    assert [len(one) for one in zone.lookup.txt("long.news")] == [4096]
    assert zone.asked["tcp"] == 2  # both are too long for one packet
