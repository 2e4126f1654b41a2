import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import dmarc, dns_text


def test_names_are_asked_for_from_the_domain_up():
    assert dmarc.names("news.courier.example") == (
        "news.courier.example",
        "courier.example",
        "example",
    )


def test_a_long_name_costs_eight_questions_at_the_most():
    found = dmarc.names("a.b.c.d.e.f.g.h.i.j.mail.example.com")

    assert found[0] == "a.b.c.d.e.f.g.h.i.j.mail.example.com"
    assert found[1] == "g.h.i.j.mail.example.com"
    assert len(found) == 8


def test_a_missing_record_is_a_line_to_paste():
    found = dmarc.judge("courier.news", {"courier.news": ["v=spf1 -all"]})

    assert found.state == "fail"
    assert found.paste == '_dmarc.courier.news. IN TXT "v=DMARC1; p=none"'


@pytest.mark.parametrize(
    ("found", "state", "says"),
    [
        ({"daily.courier.news": ["v=DMARC1; p=none"]}, "ok", "p=none, which only"),
        ({"daily.courier.news": ["V = DMARC1 ;p=Reject;"]}, "ok", "p=reject."),
        ({"daily.courier.news": ["v=dmarc1; p=none"]}, "fail", "there is no record"),
        ({"daily.courier.news": ["v=DMARC1"]}, "fail", "has no p="),
        ({"daily.courier.news": ["v=DMARC1; p=maybe"]}, "fail", "has no p="),
        ({"daily.courier.news": ["v=DMARC1; p=none"] * 2}, "fail", "has 2 records"),
        (
            {"courier.news": ["v=DMARC1; p=reject; sp=none"]},
            "ok",
            "p=none, which only watches by the record of courier.news",
        ),
        (
            {
                "courier.news": ["v=DMARC1; p=reject"],
                "news": ["v=DMARC1; p=none; psd=y"],
            },
            "ok",
            "p=reject by the record of courier.news",
        ),
        ({"news": ["v=DMARC1; p=reject; psd=y"]}, "ok", "by the record of news"),
    ],
)
def test_the_record_that_counts_is_found_and_read(found, state, says):
    said = dmarc.judge("daily.courier.news", found)

    assert (said.state, says in said.says) == (state, True), said


RECORDS = st.lists(
    st.text(max_size=200) | st.text("v=DMARC1;p sny", max_size=60), max_size=3
)


@given(own=RECORDS, above=RECORDS)
def test_whatever_is_published_is_judged_in_one_printable_line(own, above):
    said = dmarc.judge("daily.news", {"daily.news": own, "news": above})

    assert said.state in ("ok", "fail")
    assert all(line.isprintable() for line in said.lines())


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.just("x y"), min_size=1
    )
)
def test_tags_come_back_as_they_were_written(tags):
    text = "; ".join(f"{name}={value}" for name, value in tags.items())

    assert dns_text.tags(text) == tags
    assert dns_text.tags(f"{text};") == tags


@pytest.mark.parametrize("text", ["a", "a=1; a=2", "=1", "a=1;;b=2"])
def test_what_is_no_list_of_tags_is_none(text):
    assert dns_text.tags(text) is None
