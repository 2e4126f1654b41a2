from datetime import timedelta

from sqlalchemy import text

from dispatch.actions.delivery import relay_status
from dispatch.actions.operations.status_report import relay_json
from dispatch.deliver import route
from dispatch.model import NewsletterSettings, RelaySettings
from dispatch.store import pacing, relays
from support import ledger


def lines(store, *used, letters=()):
    used = used or (RelaySettings(),)
    with store.read() as tx:
        return relay_status.lines(
            tx, used, route.routes(used, letters), zone="Europe/Berlin"
        )


def said(store, *used, **more):
    return [words for line in lines(store, *used, **more) for words in line.sentences()]


def berlin(moment):
    """The clock of the tests stands at noon in winter."""
    return f"{moment + timedelta(hours=1):%H:%M}"


def test_a_relay_without_mail_is_not_spoken_of(store):
    assert said(store) == []


def test_before_the_first_message_nobody_knows_how_fast_it_is(store):
    ledger.sending_issue(store, 3)

    (words,) = said(store)
    assert words == (
        "Relay default: 0 of 3 accepted, 3 wait; there is no measure yet of how fast "
        "it is."
    )


def test_a_rate_is_named_as_what_it_is_bound_by(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 1200)
    (words,) = said(sqlite_store, RelaySettings(rate=("60/m",)))

    done = berlin(clock.now() + timedelta(minutes=20))
    assert words == (
        "Relay default: 0 of 1,200 accepted, 1,200 wait; done about "
        f"{done}, bound by the rate 60/m."
    )


def test_a_measured_latency_is_a_reason_too(sqlite_store):
    ledger.sending_issue(sqlite_store, 80)
    sqlite_store.write(lambda tx: relays.measured(tx, "default", 0.25))
    (line,) = lines(sqlite_store, RelaySettings(connections=4))

    assert line.estimate.bottleneck == "4 connections × 250 ms"
    assert line.estimate.per_second == 16


def test_what_was_put_off_says_until_when(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 3)
    sqlite_store.write(lambda tx: relays.measured(tx, "default", 0.01))
    later = clock.now() + timedelta(minutes=5)
    put_off(sqlite_store, later, "id < 3")
    (words,) = said(sqlite_store)
    assert words.endswith(f"done about {berlin(later)}, bound by what was put off.")

    put_off(sqlite_store, later, "true")
    (words,) = said(sqlite_store)
    assert words.endswith(f"3 wait; all of it is put off until {berlin(later)}.")


def put_off(store, until, which):
    micros = int(until.timestamp() * 1_000_000)
    store.write(
        lambda tx: tx.execute(
            text(f"UPDATE delivery SET not_before = {micros} WHERE {which}")
        )
    )


def test_a_refusing_relay_says_since_when_why_and_until_when(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 9, expires=timedelta(hours=15))
    began = clock.now()
    sqlite_store.write(lambda tx: relays.failed(tx, "default", "It says 454."))
    clock.advance(minutes=13)
    rest = sqlite_store.write(lambda tx: relays.failed(tx, "default", "It says 454."))
    (words,) = said(sqlite_store)

    gives_up = began + timedelta(hours=16)
    assert words == (
        f"Relay default refuses since {berlin(began)}. It says 454. 0 of 9 accepted, "
        f"9 wait; next try {berlin(rest.until)}; gives up {gives_up:%Y-%m-%d %H:%M}."
    )


def test_a_used_up_quota_and_quiet_hours_say_how_long_they_last(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 9)
    minute = int(clock.now().timestamp()) // 60
    sqlite_store.write(lambda tx: pacing.use(tx, "default", minute, 5))
    (full,) = said(sqlite_store, RelaySettings(rate=("5/h",)))
    hours = f"{berlin(clock.now())}-23:59"
    (still,) = said(sqlite_store, RelaySettings(quiet=hours))

    free = berlin(clock.now() + timedelta(minutes=61))
    assert f"it waits for the quota 5/h until {free}" in full
    assert "it is quiet until 23:59" in still


def test_a_domain_that_refuses_us_has_a_sentence_of_its_own(store):
    store.write(
        lambda tx: relays.failed(tx, "default", "550 5.7.1", domain="a.example")
    )
    (words,) = said(store)

    assert words.startswith("a.example refuses our mail through relay default since ")
    assert "(550 5.7.1)" in words
    assert words.endswith("Nobody was removed.")


def test_each_relay_counts_its_own_mail_and_a_stand_in_what_it_took_over(store):
    ledger.sending_issue(store, 2)
    weekly = ledger.sending_issue(store, 3, newsletter="weekly")
    used = (RelaySettings(), RelaySettings(name="ses", failover="default"))
    letters = [NewsletterSettings("weekly", "n@example.org", "", relay="ses")]
    apart = lines(store, *used, letters=letters)
    for _ in range(2):
        store.write(lambda tx: relays.failed(tx, "ses", "down"))
    together = lines(store, *used, letters=letters)

    assert [one.waiting for one in apart] == [2, 3]
    assert [one.waiting for one in together] == [5, 0]
    assert weekly in together[0].issues


def test_a_relay_whose_mail_a_stand_in_has_is_still_called_down(store):
    """Else nobody would learn of it before the stand-in fails, too."""
    issue = ledger.sending_issue(store, 2)
    used = (RelaySettings(failover="ses"), RelaySettings(name="ses"))
    for _ in range(2):
        rest = store.write(lambda tx: relays.failed(tx, "default", "It is closed."))
    first, second = lines(store, *used)

    since, until = berlin(rest.since), berlin(rest.until)
    (told,) = first.sentences()
    assert told == (
        f"Relay default refuses since {since}. It is closed. Relay ses has its mail; "
        f"next try {until}."
    )
    assert (first.well, second.well) == (False, True)
    assert relay_json(first)["stand_in"] == "ses"
    with store.read() as tx:
        both = relay_status.of_issue(
            tx, used, route.routes(used, ()), issue, zone="Europe/Berlin"
        )
    assert [one.name for one in both] == ["default", "ses"]


def test_a_paused_issue_waits_for_no_relay(store):
    issue = ledger.sending_issue(store, 2)
    store.write(
        lambda tx: tx.execute(
            text("UPDATE issue SET state = 'paused' WHERE id = :id"), {"id": issue}
        )
    )

    assert lines(store)[0].waiting == 0


def test_a_machine_is_told_the_same(store):
    ledger.sending_issue(store, 2)
    store.write(lambda tx: relays.failed(tx, "default", "It is closed."))
    told = relay_json(lines(store)[0])

    assert (told["waiting"], told["planned"], told["accepted"]) == (2, 2, 0)
    assert (told["error"], told["failures"]) == ("It is closed.", 1)
    assert told["next_try"].endswith("Z")
    assert told["words"] == lines(store)[0].sentences()
