import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import spf

DOMAIN = "courier.news"


def judged(*records, zone=None, **more):
    """What is said of the records, where `zone` has those of other names."""
    asked = []

    def ask(name):
        asked.append(name)
        return (zone or {}).get(name, ())

    found = spf.judge(DOMAIN, records, ask, **more)
    assert len(asked) <= spf.MOST_LOOKUPS + 1
    return found


def test_one_record_that_ends_in_all_is_in_order():
    zone = {"amazonses.com": ["v=spf1 ip4:192.0.2.0/24 -all"]}
    found = judged(
        "some-site-verification=1",
        "v=spf1 mx include:amazonses.com ~all",
        zone=zone,
        includes=["amazonses.com"],
    )

    assert (found.state, found.paste) == ("ok", "")
    assert found.says == "one record, 2 of 10 lookups, ends in ~all."


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"includes": ["amazonses.com"]}, '"v=spf1 include:amazonses.com -all"'),
        ({"here": True}, '"v=spf1 ip4:ADDRESS-OF-THIS-MACHINE -all"'),
        ({}, '"v=spf1 include:NAME-FROM-THE-PROVIDER -all"'),
    ],
)
def test_a_missing_record_is_a_line_to_paste(more, line):
    found = judged("v=spf10 -all", **more)

    assert found.state == "fail"
    assert found.paste == f"courier.news. IN TXT {line}"


def test_two_records_are_as_good_as_none():
    assert judged("v=spf1 -all", "V=SPF1 mx -all").state == "fail"


@pytest.mark.parametrize(
    ("record", "state", "says"),
    [
        ("v=spf1 +all", "fail", "everybody may send"),
        ("v=spf1 all", "fail", "everybody may send"),
        ("v=spf1 mx ?all", "warn", "nobody else"),
        ("v=spf1 mx", "warn", "nobody else"),
        ("v=spf1 ipv4:192.0.2.1 -all", "fail", "'ipv4:192.0.2.1' is no part of SPF"),
        ("v=spf1 include: -all", "fail", "'include:' is no part of SPF"),
        ("v=spf1 -all ipv4:192.0.2.1", "fail", "'ipv4:192.0.2.1' is no part"),
        ("v=spf1 ip4:ADDRESS-OF-THIS-MACHINE -all", "fail", "is no part of SPF"),
        ("v=spf1 ip6:192.0.2.1 -all", "fail", "is no part of SPF"),
        ("v=spf1 ip4:192.0.2.1/24 ip6:2001:db8::/32 -all", "ok", "0 of 10"),
        ("v=spf1 -all mx redirect=gone.news", "ok", "0 of 10 lookups, ends in -all"),
        ("v=spf1 include:gone.news -all", "fail", "gone.news, which has no SPF record"),
        ("v=spf1 include:%{d}.x.news -all", "ok", "1 of 10"),
        ("v=spf1 redirect=other.news", "ok", "ends in -all"),
        ("v=spf1 redirect=%{d}.x.news", "ok", "how it ends hangs on the mail"),
        ("v=spf1 include:open.news redirect=open.news", "fail", "everybody may send"),
        ("v=spf1 redirect=open.news", "fail", "everybody may send"),
        ("v=spf1 include:courier.news -all", "fail", "includes itself"),
        ("v=spf1 include:round.news -all", "fail", "includes itself"),
    ],
)
def test_what_receivers_would_do_with_a_record_is_said(record, state, says):
    zone = {
        "other.news": ["v=spf1 mx -all"],
        "open.news": ["v=spf1 +all"],
        "round.news": ["v=spf1 include:about.news -all"],
        "about.news": ["v=spf1 include:round.news -all"],
    }
    found = judged(record, zone=zone)

    assert (found.state, says in found.says) == (state, True), found


def test_lookups_count_with_all_that_is_included_also_twice():
    zone = {"four.news": ["v=spf1 a mx exists:x.news ptr -all"]}
    once = judged("v=spf1 include:four.news -all", zone=zone)
    thrice = judged("v=spf1" + " include:four.news" * 3 + " -all", zone=zone)

    assert "5 of 10 lookups" in once.says
    assert thrice.state == "fail"
    assert "more than 10 lookups" in thrice.says


def test_a_relay_that_is_missing_is_added_to_the_record_to_paste():
    found = judged("v=spf1 mx -all", includes=["amazonses.com"])

    assert found.state == "warn"
    assert found.paste == (
        'courier.news. IN TXT "v=spf1 include:amazonses.com mx -all"'
    )


def test_each_relay_in_use_is_named():
    zone = {"amazonses.com": ["v=spf1 -all"]}
    both = ["amazonses.com", "mailgun.org"]

    missing = judged(includes=both, here=True)
    half = judged("v=spf1 include:amazonses.com -all", zone=zone, includes=both)

    wanted = "include:amazonses.com include:mailgun.org ip4:ADDRESS-OF-THIS-MACHINE"
    assert missing.paste == f'courier.news. IN TXT "v=spf1 {wanted} -all"'
    assert "include:mailgun.org is not in it" in half.says
    assert "include:mailgun.org include:amazonses.com -all" in half.paste


def test_what_a_macro_hides_is_not_said_to_be_missing():
    record = "v=spf1 include:%{ir}.%{d}.flattened.news -all"

    assert judged(record, includes=["amazonses.com"]).state == "ok"


def test_nothing_strange_is_printed_to_be_pasted():
    found = judged('v=spf1 mx -all "\x1b[31m', includes=["amazonses.com"])

    assert found.paste == ""


TERMS = st.sampled_from(
    ["mx", "a", "ptr", "-all", "redirect=a.news", "include:a.news", "exists:%{i}", "x"]
)


@given(
    records=st.lists(
        st.lists(TERMS, max_size=30).map(lambda those: " ".join(["v=spf1", *those]))
        | st.text(max_size=300),
        max_size=3,
    ),
    includes=st.sampled_from([[], ["amazonses.com"]]),
)
def test_whatever_the_records_are_the_walk_ends_and_says_one_line(records, includes):
    zone = {"a.news": [*records[:1]]}
    found = judged(*records, zone=zone, includes=includes)

    assert found.state in ("ok", "warn", "fail")
    for line in found.lines():
        assert len(line) < 10_000
        assert line.isprintable()


@given(st.text(max_size=60))
def test_a_name_that_nobody_could_ask_for_is_never_repeated(name):
    found = judged(f"v=spf1 include:{name} redirect={name}")

    assert all(line.isprintable() for line in found.lines())
