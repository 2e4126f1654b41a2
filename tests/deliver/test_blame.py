import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import blame
from dispatch.model import BounceClass, Phase, Reply, Said

ENHANCED = st.from_regex(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True)


@given(st.from_regex(r"[45]\.7\.[0-9]{1,3}", fullmatch=True), st.text(max_size=80))
def test_policy_is_never_the_readers_fault(enhanced, text):
    verdict = blame.judge(Said(550, enhanced, text))

    assert verdict.kind in {BounceClass.SENDER, BounceClass.FULL}


@given(
    st.from_regex(r"4\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True), st.text(max_size=80)
)
def test_nobody_is_dead_for_now(enhanced, text):
    assert blame.judge(Said(450, enhanced, text)).kind is not BounceClass.DEAD


@given(st.integers(0, 999), st.just("") | ENHANCED, st.text(max_size=200))
def test_everything_has_a_verdict(code, enhanced, text):
    assert blame.judge(Said(code, enhanced, text)).weight in {1, 2}


def test_what_nobody_knows_is_slow():
    assert blame.judge(Said()).kind is BounceClass.FULL
    assert blame.judge(Said(554, "", "Nope.")).kind is BounceClass.FULL


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(550, "5.1.1 user unknown", "5.1.1", Phase.RCPT), "dead"),
        (Reply(550, "Nope.", "", Phase.RCPT), "dead"),
        (Reply(550, "5.0.0 Nope.", "5.0.0", Phase.RCPT), "full"),
        (Reply(550, "mailbox is full", "", Phase.RCPT), "full"),
        (Reply(552, "5.2.2 full", "5.2.2", Phase.RCPT), "full"),
        (Reply(550, "5.7.1 no", "5.7.1", Phase.RCPT), "sender"),
        (Reply(550, "5.1.1 listed at spamhaus", "5.1.1", Phase.RCPT), "sender"),
        (Reply(554, "5.6.0 malformed", "5.6.0", Phase.DOT), "message"),
        (Reply(554, "no", "", Phase.DOT), "message"),
        (Reply(451, "4.3.0 later", "4.3.0", Phase.RCPT), "full"),
        (Reply(451, "4.7.0 [TSS04] deferred", "4.7.0", Phase.RCPT), "sender"),
        (Reply(550, "no", "", Phase.MAIL), "sender"),
    ],
)
def test_a_refusal_while_we_talk_is_judged_by_its_phase_too(reply, kind):
    assert blame.judge_reply(reply).kind == kind
