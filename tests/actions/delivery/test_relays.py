"""Several relays, their rates and what their answers mean for the rest of a round."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

from dispatch.actions.delivery import (
    deliver as delivering,
    deliver_all,
    deliver_report,
    pacing,
    rounds,
)
from dispatch.deliver import folder, route, session
from dispatch.model import (
    DeliveryState,
    IssueState,
    NewsletterSettings,
    RelaySettings,
)
from dispatch.store import issues, mailings, open_store, pacing as paces, relays
from support import ledger, smtp
from support.audience import subscribed

STATE = DeliveryState


def run(store, server, clock, *, relay=None, **more):
    relay = relay or server.relay()
    given = {"stop": threading.Event(), "insist": True}
    return delivering.deliver(
        store,
        lambda: session.connect(relay, helo="news.example.org"),
        ledger.TOKENS,
        relay,
        clock=clock,
        **{**given, **more},
    )


def run_all(store, clock, servers, *, letters=(), **more):
    """One round through several relays: {name: (server, changes)}."""
    used = [server.relay(name=name, **changes) for name, (server, changes) in servers]

    def channel(relay):
        return rounds.Channel(
            relay, lambda: session.connect(relay, helo="news.example.org")
        )

    return deliver_all.deliver_all(
        store,
        [channel(relay) for relay in used],
        ledger.TOKENS,
        routes=route.routes(used, letters),
        zone="UTC",
        clock=clock,
        stop=threading.Event(),
        **more,
    )


def letter(name, relay=""):
    return NewsletterSettings(name, "news@example.org", "0 7 * * *", relay=relay)


def readers_of(store, domains, newsletter="daily"):
    """Make an issue for one reader at each of `domains`; return its id."""

    def unit(tx):
        issue = ledger.ready_issue(tx, newsletter=newsletter)
        for number, domain in enumerate(domains):
            subscribed(tx, f"reader-{number}@{domain}", newsletter)
        mailing = mailings.open_issue_mailing(
            tx, issue, sender=ledger.SENDER, on_unknown="hold"
        )
        ledger.everybody(tx, issue, mailing)
        mailings.start_sending(tx, issue.id)
        return issue.id

    return store.write(unit)


def state_of(store, relay="default", domain=""):
    with store.read() as tx:
        return relays.state(tx, relay, domain)


# -- Rates ---------------------------------------------------------------------------


def test_a_quota_ends_the_round_and_says_when_it_goes_on(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 5)
    with smtp.serving() as server:
        relay = server.relay(rate=("3/h",))
        report = run(sqlite_store, server, clock, relay=relay)
        again = run(sqlite_store, server, clock, relay=relay)
        asked = server.connections
        clock.advance(minutes=62)
        later = run(sqlite_store, server, clock, relay=relay)

    assert (report.accepted, again.accepted, later.accepted) == (3, 0, 2)
    assert report.ok
    assert asked == 1  # while nothing may go, nobody is asked
    assert "3/h" in again.to_json()["waits_for"]
    assert any("3/h" in line for line in again.lines())


def test_what_was_used_of_a_rate_is_shared_by_all_who_deliver(store, clock):
    ledger.sending_issue(store, 9)
    with smtp.serving() as server:
        relay = server.relay(rate=("4/h",))
        counts = []
        threads = [
            threading.Thread(
                target=lambda name: counts.append(
                    run(
                        store, server, clock, relay=relay, worker=name, beside="ab"
                    ).accepted
                ),
                args=(name,),
            )
            for name in "ab"
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sum(counts) == 4
    assert len(server.received) == 4


def test_what_was_claimed_and_not_sent_is_given_back_to_the_rate(store, clock):
    ledger.sending_issue(store, 3)
    with smtp.serving() as server:
        run(store, server, clock, relay=server.relay(rate=("100/h",)))
    with store.read() as tx:
        used = paces.used(tx, "default", since=0)

    assert sum(used.values()) == 3


def test_a_stop_ends_the_wait_for_a_rate(store, clock):
    ledger.sending_issue(store, 3)
    stop = threading.Event()
    with smtp.serving(watch=lambda stage, _: stage == "DOT" and stop.set()) as server:
        began = time.monotonic()
        report = run(
            store, server, clock, relay=server.relay(rate=("15/m",)), stop=stop
        )

    assert report.accepted == 1
    assert time.monotonic() - began < 3


def test_a_relay_is_warmed_up(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 9, expires=timedelta(days=3))
    today = clock.now().date().isoformat()
    with smtp.serving() as server:
        relay = server.relay(
            rate=("1000/d",),
            warm_up=timedelta(days=10),
            warm_up_start=today,
            warm_up_first=2,
        )
        first = run(sqlite_store, server, clock, relay=relay)
        clock.advance(days=1, minutes=2)
        second = run(sqlite_store, server, clock, relay=relay)

    assert (first.accepted, second.accepted) == (2, 4)


def test_quiet_hours_keep_issues_and_not_what_somebody_waits_for(sqlite_store, clock):
    issue = ledger.sending_issue(sqlite_store, 2)
    sqlite_store.write(lambda tx: ledger.single_mail(tx, "k"))
    now = clock.now()
    hours = f"{now:%H:%M}-{now + timedelta(hours=1):%H:%M}"
    with smtp.serving() as server:
        relay = server.relay(quiet=hours)
        report = run(sqlite_store, server, clock, relay=relay)
        assert ledger.books(sqlite_store, issue).accepted == 0
        clock.advance(hours=1)
        later = run(sqlite_store, server, clock, relay=relay)

    assert (report.accepted, later.accepted) == (1, 2)


def test_a_ramp_and_its_quiet_hours_go_on_where_a_restart_cut_them(sqlite_url, clock):
    """Each round by a process of its own: what was used is in the database alone."""
    with open_store(sqlite_url, clock=clock) as store:
        ledger.sending_issue(store, 9, expires=timedelta(days=3))
    now = clock.now()
    night = f"{now + timedelta(hours=10):%H:%M}-{now + timedelta(hours=18):%H:%M}"
    accepted = []
    with smtp.serving() as server:
        relay = server.relay(
            rate=("1000/d",),
            warm_up=timedelta(days=10),
            warm_up_start=now.date().isoformat(),
            warm_up_first=2,
            quiet=night,
        )
        for hours in (0, 1, 10, 14):  # used up, then quiet, then the next day
            clock.advance(hours=hours)
            with open_store(sqlite_url, clock=clock) as store:
                report = run(store, server, clock, relay=relay)
            accepted.append(report.accepted)

    assert accepted == [2, 0, 0, 4]


# -- Domains -------------------------------------------------------------------------


def test_a_domains_pace_puts_off_its_own_mail_alone(sqlite_store, clock):
    readers_of(sqlite_store, ["slow.example"] * 6 + ["quick.example"] * 3)
    with smtp.serving() as server:
        relay = server.relay(domain_rates=("slow.example 1/s",))
        first = run(sqlite_store, server, clock, relay=relay)
        rows = ledger.rows(sqlite_store, "recipient, state, not_before")
        clock.advance(seconds=3)
        second = run(sqlite_store, server, clock, relay=relay)
        clock.advance(seconds=3)
        third = run(sqlite_store, server, clock, relay=relay)

    assert first.accepted == 5  # three at once, and two seconds' worth of the slow one
    waiting = [row.not_before for row in rows if row.state == "pending"]
    assert len(set(waiting)) == 4  # an appointment each
    assert first.accepted + second.accepted + third.accepted == 9


def test_a_domain_that_refuses_us_waits_and_the_others_mail_goes_on(store, clock):
    domains = ["angry.example"] * 8 + ["fine.example"] * 4
    issue = readers_of(store, domains)

    def scripted(server):
        real = server.answer

        def answer(stage):
            if stage != "RCPT":
                return real(stage)
            angry = "angry" in server.commands[-1]
            return "550 5.7.1 Blocked for policy" if angry else real(stage)

        server.answer = answer

    with smtp.serving(extensions=()) as server:
        scripted(server)
        report = run(store, server, clock)

    books = ledger.books(store, issue)
    assert report.ok
    assert (books.accepted, books.rejected, books.gap) == (4, 0, 0)
    assert books.deferred + books.pending == 8
    state = state_of(store, domain="angry.example")
    assert state.rest.why == "550 5.7.1"
    asked = [c for c in server.commands if c.startswith("RCPT") and "angry" in c]
    assert 5 <= len(asked) <= 8
    assert state_of(store).rest is None


def test_a_domain_that_takes_mail_again_is_trusted_again(sqlite_store, clock):
    readers_of(sqlite_store, ["angry.example"] * 6)
    say = {"RCPT": ["550 5.7.1 Blocked"] * 6 + ["250 Ok"]}
    with smtp.serving(say=say) as server:
        run(sqlite_store, server, clock)
        assert state_of(sqlite_store, domain="angry.example").rest is not None
        clock.advance(hours=2)
        report = run(sqlite_store, server, clock)

    assert report.accepted == 6
    assert state_of(sqlite_store, domain="angry.example").rest is None


# -- Too fast ------------------------------------------------------------------------


def test_a_throttling_relay_is_sent_to_more_slowly_and_costs_nobody_a_try(
    sqlite_store, clock
):
    ledger.sending_issue(sqlite_store, 3)
    say = {"MAIL": ["250 Ok", "454 4.7.0 Throttling failure", "250 Ok"]}
    with smtp.serving(say=say) as server:
        report = run(sqlite_store, server, clock)
        state = state_of(sqlite_store)
        clock.advance(seconds=61)
        later = run(sqlite_store, server, clock)

    assert (report.accepted, later.accepted) == (2, 1)
    assert {row.tries for row in ledger.rows(sqlite_store)} == {1}
    assert 0 < state.ceiling < state.ceiling_was


def test_a_ceiling_is_kept_to_and_forgotten_after_quiet_time(sqlite_store, clock):
    sqlite_store.write(lambda tx: relays.slow(tx, "default", ceiling=1.0, was=2.0))
    ledger.sending_issue(sqlite_store, 9)
    limits = pacing.Limits("default")

    assert sqlite_store.write(lambda tx: pacing.take(tx, limits, 20)).count == 2
    empty = sqlite_store.write(lambda tx: pacing.take(tx, limits, 20))
    assert (empty.count, empty.why) == (0, "1/s, since it said “too fast”")
    clock.advance(minutes=10)
    assert sqlite_store.write(lambda tx: pacing.take(tx, limits, 20)).count == 20


def test_a_relay_that_puts_everything_off_rests(store, clock):
    issue = ledger.sending_issue(store, 30)
    with smtp.serving(say={"MAIL": "451 4.7.1 Not now"}) as server:
        report = run(store, server, clock)

    books = ledger.books(store, issue)
    assert "puts every message off: 451 4.7.1" in report.relay_error
    assert (books.pending, books.deferred) == (30, 0)
    assert len([c for c in server.commands if c.startswith("MAIL")]) <= 11
    assert state_of(store).rest.failures == 1


def test_a_relay_that_works_again_is_known_to_while_the_round_still_runs(store, clock):
    store.write(lambda tx: relays.failed(tx, "default", "it was down"))
    ledger.sending_issue(store, 6)
    seen = []

    def watch(stage, _server):
        if stage == "MAIL":
            seen.append(state_of(store).rest is None)

    with smtp.serving(watch=watch) as server:
        run(store, server, clock)

    assert seen[0] is False
    assert seen[-1] is True


# -- A message that nobody takes -----------------------------------------------------


def test_an_issue_whose_messages_are_refused_is_paused_with_the_reason(store, clock):
    issue = ledger.sending_issue(store, 20)
    with smtp.serving(say={"DOT": "554 5.6.0 Bad message"}) as server:
        run(store, server, clock)

    with store.read() as tx:
        found = issues.by_id(tx, issue)
    books = ledger.books(store, issue)
    assert found.state is IssueState.PAUSED
    assert "5.6.0" in found.held_reason
    assert 3 <= books.rejected <= 5
    assert books.gap == 0


# -- A folder ------------------------------------------------------------------------


def test_a_dry_run_keeps_the_same_books(store, clock, tmp_path):
    issue = ledger.sending_issue(store, 3)
    relay = RelaySettings(protocol="folder", folder=tmp_path / "mail", connections=2)
    report = delivering.deliver(
        store,
        lambda: folder.connect(relay),
        ledger.TOKENS,
        relay,
        clock=clock,
        stop=threading.Event(),
    )

    names = {f"{ledger.TOKENS.bounce(row.id)}.eml" for row in ledger.rows(store)}
    assert report.accepted == 3
    assert ledger.books(store, issue).accepted == 3
    assert {file.name for file in relay.folder.iterdir()} == names


# -- Several relays ------------------------------------------------------------------


def test_each_newsletter_goes_through_its_relay(store, clock):
    ledger.sending_issue(store, 3)
    ledger.sending_issue(store, 2, newsletter="weekly")
    with smtp.serving() as one, smtp.serving() as other:
        report = run_all(
            store,
            clock,
            [("default", (one, {})), ("ses", (other, {}))],
            letters=[letter("daily"), letter("weekly", "ses")],
        )

    assert report.accepted == 5
    assert (len(one.received), len(other.received)) == (3, 2)


def test_a_limit_holds_over_all_relays(store, clock):
    ledger.sending_issue(store, 3)
    ledger.sending_issue(store, 3, newsletter="weekly")
    with smtp.serving() as one, smtp.serving() as other:
        report = run_all(
            store,
            clock,
            [("default", (one, {})), ("ses", (other, {}))],
            letters=[letter("weekly", "ses")],
            limit=4,
        )

    assert report.accepted == 4


def test_relays_of_one_process_do_not_take_each_other_for_dead(store, clock):
    """Each recovers what dead workers left; the other is not one of them."""
    ledger.sending_issue(store, 30)
    ledger.sending_issue(store, 30, newsletter="weekly")
    with smtp.serving() as one, smtp.serving() as other:
        run_all(
            store,
            clock,
            [("default", (one, {})), ("ses", (other, {}))],
            letters=[letter("weekly", "ses")],
            alone=True,
        )

    assert sorted(one.recipients + other.recipients) == sorted(
        [f"reader-{n}@example.net" for n in range(30)] * 2
    )
    assert {row.fence for row in ledger.rows(store)} == {1}


def test_a_stand_in_takes_the_mail_of_a_relay_that_is_down(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 3)
    with smtp.serving() as gone:
        pass
    with smtp.serving() as other:
        servers = [("default", (gone, {"failover": "ses"})), ("ses", (other, {}))]
        first = run_all(sqlite_store, clock, servers)
        clock.advance(seconds=16)
        second = run_all(sqlite_store, clock, servers)
        third = run_all(sqlite_store, clock, servers)

    assert not first.ok
    assert (first.accepted, third.accepted + second.accepted) == (0, 3)
    assert len(other.received) == 3


def test_a_relay_that_is_back_has_its_mail_again(sqlite_store, clock):
    for _ in range(2):
        sqlite_store.write(lambda tx: relays.failed(tx, "default", "down"))
    ledger.sending_issue(sqlite_store, 2)
    with smtp.serving() as one, smtp.serving() as other:
        servers = [("default", (one, {"failover": "ses"})), ("ses", (other, {}))]
        clock.advance(minutes=20)
        run_all(sqlite_store, clock, servers)

    assert (len(one.received), len(other.received)) == (2, 0)


def test_reports_of_several_relays_become_one(clock):
    plain = deliver_report.DeliverReport(clock.now())
    first = replace(plain, relay_error="One is down.", waiting=3)
    second = replace(plain, failure="The database is full.", waiting=3)
    both = deliver_all.together([first, second])

    assert (both.relay_error, both.failure) == ("One is down.", "The database is full.")
    assert both.waiting == 3
    assert deliver_all.together([first]) is first
