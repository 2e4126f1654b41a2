import threading

import pytest

from dispatch.actions.bounces import bounce_alerts
from dispatch.actions.delivery import deliver as delivering
from dispatch.actions.operations import alerts
from dispatch.deliver import session
from dispatch.model import Settings
from support import bounced, ledger, smtp
from support.audience import TOKENS, subscribed

ADA, EVE = "ada@example.net", "eve@example.com"


def crowd(count, domain="gmail.example"):
    return [f"reader-{n}@{domain}" for n in range(count)]


def told(store, clock):
    with store.read() as tx:
        return [one.message for one in bounce_alerts.find(tx, now=clock.now())]


def test_a_dead_address_is_suspended_after_two_issues(store, clock):
    bounced.readers(store, ADA, EVE)
    first = bounced.issue(store, clock)
    bounced.come_back(store, clock, first, ADA)
    assert bounced.decide(store, clock).suspended == 0
    assert bounced.state(store, ADA) == "active"

    second = bounced.issue(store, clock)
    bounced.come_back(store, clock, second, ADA)
    report = bounced.decide(store, clock)

    assert report.suspended == 1
    assert report.lines() == ["1 reader was suspended: mail to them comes back."]
    assert bounced.state(store, ADA) == "suspended"
    assert bounced.state(store, EVE) == "active"
    assert {one.fate for one in bounced.listed(store)} == {"counted", "suspended"}


def test_all_subscriptions_of_a_dead_address_are_suspended(store, clock):
    bounced.readers(store, ADA)
    store.write(lambda tx: subscribed(tx, ADA, "weekly"))
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, ADA, said="550 5.1.2 no such domain")
    bounced.decide(store, clock)

    assert bounced.state(store, ADA) == "suspended"
    assert bounced.state(store, ADA, "weekly") == "suspended"


def test_nothing_is_decided_in_the_first_hour(store, clock):
    bounced.readers(store, ADA)
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, ADA, said="550 5.1.2 no such domain")

    assert bounced.decide(store, clock, hours=0.5).decided == 0
    assert bounced.decide(store, clock, hours=1).decided == 1
    assert bounced.decide(store, clock).decided == 0


def test_two_reports_about_one_issue_count_for_one(store, clock):
    bounced.readers(store, ADA)
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, ADA)
    bounced.come_back(store, clock, issue, ADA, said="552 5.2.2 full")
    bounced.decide(store, clock)

    assert bounced.state(store, ADA) == "active"


def test_success_resets(store, clock):
    bounced.readers(store, ADA)
    bounced.come_back(store, clock, bounced.issue(store, clock), ADA)
    bounced.issue(store, clock)
    bounced.issue(store, clock, days=2)
    bounced.come_back(store, clock, bounced.issue(store, clock), ADA)
    bounced.decide(store, clock)

    assert bounced.state(store, ADA) == "active"


def test_when_much_of_a_domain_bounces_nobody_is_touched(store, clock):
    names = crowd(40)
    bounced.readers(store, *names, ADA)
    for _ in range(2):
        issue = bounced.issue(store, clock)
        bounced.come_back(store, clock, issue, *names[:6], ADA)
        report = bounced.decide(store, clock)

    assert {bounced.state(store, name) for name in names} == {"active"}
    assert bounced.state(store, ADA) == "suspended"  # another domain
    assert report.held == 6
    (first, second) = told(store, clock)
    assert first.startswith(f"6 of 40 at gmail.example refused {issue[:6]}")
    assert "user unknown" in first
    assert "nobody was removed" in first
    assert "dispatch bounce apply --domain gmail.example" in second


def test_a_twentieth_of_a_domain_is_no_crowd(store, clock):
    names = crowd(100)
    bounced.readers(store, *names)
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, *names[:5], said="550 5.1.2 gone")
    bounced.decide(store, clock)

    assert bounced.state(store, names[0]) == "suspended"
    assert told(store, clock) == []


def test_who_refused_us_and_what_to_mend_is_said_in_words(store, clock):
    names = crowd(12)
    bounced.readers(store, *names)
    issue = bounced.issue(store, clock)
    said = "550 5.7.26 Your email <reader-1@gmail.example> is unauthenticated"
    bounced.come_back(store, clock, issue, *names[:10], said=said)
    bounced.decide(store, clock)

    (alert,) = told(store, clock)
    assert alert.startswith(f"10 of 12 at gmail.example refused {issue}, 5.7.26: “550")
    assert "nobody was removed. Fix: check the DNS records of SPF, DKIM" in alert
    assert "reader-1" not in alert
    assert {bounced.state(store, name) for name in names} == {"active"}


@pytest.mark.parametrize(
    ("code", "count", "alerts"), [("5.7.1", 2, 0), ("5.7.1", 3, 1), ("5.7.515", 1, 1)]
)
def test_one_readers_filter_is_not_worth_a_mail_but_authentication_is(
    store, clock, code, count, alerts
):
    names = crowd(20)
    bounced.readers(store, *names)
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, *names[:count], said=f"550 {code} no")

    assert len(told(store, clock)) == alerts


def test_many_complaints_are_told(store, clock):
    names = crowd(9)
    bounced.readers(store, *names)
    issue = bounced.issue(store, clock)
    for name in names[:3]:
        bounced.take(store, clock, bounced.complaint(store, issue, name))

    (alert,) = told(store, clock)
    assert f"3 of 9 readers called {issue} unwanted" in alert


def test_operators_are_told_with_all_other_alerts(store, clock):
    names = crowd(12)
    bounced.readers(store, *names)
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, *names, said="550 5.7.1 policy")
    with store.read() as tx:
        found = alerts.find(tx, Settings(), relays=(), now=clock.now())

    assert f"refused:{issue}:gmail.example:5.7.1" in {one.key for one in found}


def deliver(store, server, clock):
    relay = server.relay()
    return delivering.deliver(
        store,
        lambda: session.connect(relay, helo="news.example.org"),
        TOKENS,
        relay,
        clock=clock,
        stop=threading.Event(),
        insist=True,
    )


@pytest.mark.parametrize(
    ("say", "kind", "fate"),
    [
        ({"RCPT": "550 5.1.1 user unknown"}, "dead", ""),
        ({"RCPT": "550 5.7.1 refused by policy"}, "sender", "noted"),
        ({"DOT": "554 5.6.0 malformed"}, "message", "noted"),
    ],
)
def test_a_refusal_while_we_talk_counts_by_the_same_rules(
    store, clock, say, kind, fate
):
    ledger.sending_issue(store, 2)
    with smtp.serving(say=say) as server:
        deliver(store, server, clock)

    found = bounced.listed(store)
    assert [(one.kind, one.fate, one.via) for one in found] == [
        (kind, fate, "smtp")
    ] * 2


def test_an_issue_that_is_refused_as_malformed_stops_while_it_is_being_sent(
    store, clock
):
    issue = ledger.sending_issue(store, 8)
    with smtp.serving(say={"DOT": "554 5.6.0 malformed"}) as server:
        deliver(store, server, clock)

    found = bounced.issue_state(store, issue)
    assert found.state == "paused"
    assert "refused 3 copies as too large or malformed (5.6.0)" in found.held_reason
    assert ledger.books(store, issue).rejected == 3
    assert ledger.books(store, issue).pending == 5


def test_a_refusal_of_the_whole_relay_is_nobodys_bounce(store, clock):
    ledger.sending_issue(store, 2)
    with smtp.serving(say={"MAIL": "550 5.7.1 go away"}) as server:
        deliver(store, server, clock)

    assert bounced.listed(store) == ()


def test_a_greylisted_mail_that_arrives_later_was_no_bounce(store, clock):
    ledger.sending_issue(store, 1)
    with smtp.serving(say={"RCPT": ["450 4.7.1 greylisted", "250 ok"]}) as server:
        deliver(store, server, clock)

    assert bounced.listed(store) == ()
