import zipfile

import pytest
from sqlalchemy import func, select

from dispatch.actions.audience import importing, subscribing
from dispatch.actions.audience.import_report import Fate
from dispatch.errors import UsageError
from dispatch.model import SubscriptionState, SuppressionReason
from dispatch.store import schema, subscribers, subscriptions, suppressions
from support.audience import DAILY, NOW, TOKENS, hash_of, subscribed
from support.outbox import outbox, press

R = SuppressionReason
S = SubscriptionState

MAILCHIMP = (
    "Email Address,First Name,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP\n"
    "ada@example.org,Ada,2019-05-14 13:03:29,192.0.2.1,2019-05-14 13:05:00,192.0.2.2\n"
)


@pytest.fixture
def load(store, clock, tmp_path):
    def act(content, name="people.csv", confirmed=True, **more):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return importing.import_file(
            store,
            press(),
            TOKENS,
            DAILY,
            path,
            confirmed=confirmed,
            clock=clock,
            **more,
        )

    return act


def counts(report):
    return {str(fate): count for fate, count in report.counts.items() if count}


def standing(store, address="ada@example.org"):
    with store.read() as tx:
        return subscribers.standing_of(tx, address, "daily")


def state(store, address="ada@example.org"):
    found = standing(store, address)
    return found and found.subscription.state


def suppress(store, reason, address="ada@example.org"):
    store.write(lambda tx: suppressions.add(tx, hash_of(address), reason, now=NOW))


def reason(store, address="ada@example.org"):
    with store.read() as tx:
        return suppressions.reason(tx, hash_of(address))


def everything(store):
    """Every row there is, to see that nothing changed."""
    tables = (
        *(schema.subscriber, schema.subscription, schema.subscription_event),
        *(schema.suppression, schema.mailing, schema.delivery),
    )
    with store.read() as tx:
        return [tx.execute(select(table)).all() for table in tables]


def test_confirmed_people_are_subscribed_with_their_evidence(store, load):
    report = load(MAILCHIMP, consent="Mailchimp's double opt-in.")

    assert report.ok
    assert counts(report) == {"new": 1}
    found = standing(store)
    consent = found.subscription.consent
    assert found.subscriber.name == "Ada"
    assert found.subscription.state is S.ACTIVE
    assert (consent.source, consent.text) == ("import", "Mailchimp's double opt-in.")
    assert (consent.ip, f"{consent.at:%Y-%m-%d %H:%M}") == (
        "192.0.2.2",
        "2019-05-14 13:05",
    )
    assert outbox(store) == []
    with store.read() as tx:
        [event] = subscriptions.history(tx, found.subscription.id)
    assert (event.event, event.detail) == ("add", "import of people.csv, line 2")


def test_people_who_have_not_confirmed_are_asked(store, load):
    report = load(MAILCHIMP, confirmed=False)

    assert counts(report) == {"asked": 1}
    assert state(store) is S.PENDING
    [mail] = outbox(store)
    assert (mail.kind, mail.recipient) == ("confirm", "ada@example.org")


def test_a_name_in_a_list_never_reaches_the_confirmation(store, load):
    load("email,name\nada@example.org,<b>Win a prize</b>\n", confirmed=False)

    [mail] = outbox(store)
    assert b"prize" not in mail.message
    assert standing(store).subscriber.name == "<b>Win a prize</b>"


@pytest.mark.parametrize("confirmed", [True, False])
def test_importing_twice_changes_nothing(store, load, confirmed):
    content = MAILCHIMP + "eve@example.org,Eve,,,,\n"
    load(content, confirmed=confirmed)
    before = everything(store)

    report = load(content, confirmed=confirmed)

    assert counts(report) == {"already": 2}
    assert everything(store) == before


@pytest.mark.parametrize("confirmed", [True, False])
def test_nobody_who_left_is_revived(store, load, confirmed):
    store.write(lambda tx: subscribed(tx, state="unsubscribed"))

    report = load(MAILCHIMP, confirmed=confirmed)

    assert counts(report) == {"left": 1}
    assert state(store) is S.UNSUBSCRIBED
    assert outbox(store) == []


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("why", R)
def test_no_suppressed_address_is_imported(store, load, why, confirmed):
    suppress(store, why)

    report = load(MAILCHIMP, confirmed=confirmed)

    assert counts(report) == {"suppressed": 1}
    assert standing(store) is None
    assert outbox(store) == []
    assert reason(store) is why


def test_a_stranger_and_an_import_together_revive_nobody(store, clock, load):
    """Left, typed into the form by somebody else, then imported once more."""
    store.write(lambda tx: subscribed(tx, state="unsubscribed"))
    subscribing.sign_up(
        store,
        press(),
        TOKENS,
        DAILY,
        address="ada@example.org",
        ip="192.0.2.66",
        clock=clock,
    )

    report = load(MAILCHIMP)

    assert counts(report) == {"already": 1}
    assert state(store) is S.PENDING


@pytest.mark.parametrize(
    ("as_", "why", "end"),
    [
        ("unsubscribed", R.UNSUBSCRIBED, S.UNSUBSCRIBED),
        ("bounced", R.BOUNCED, S.SUSPENDED),
    ],
)
def test_an_opt_out_ends_the_subscription_and_suppresses(store, load, as_, why, end):
    load(MAILCHIMP)

    report = load(MAILCHIMP + "new@example.org,,,,,\n", as_=as_)

    assert counts(report) == {"opted_out": 2}
    assert state(store) is end
    assert reason(store) is why
    assert reason(store, "new@example.org") is why
    assert standing(store, "new@example.org") is None
    before = everything(store)
    again = load(MAILCHIMP + "new@example.org,,,,,\n", as_=as_)
    assert counts(again) == {"known_opt_out": 2}
    assert everything(store) == before


def confirm_here(store, clock):
    subscribing.sign_up(
        store,
        press(),
        TOKENS,
        DAILY,
        address="ada@example.org",
        ip="192.0.2.1",
        clock=clock,
    )
    token = TOKENS.make("confirm", standing(store).subscription.id)
    subscribing.confirm(
        store, press(), TOKENS, [DAILY], token, clock=clock, ip="192.0.2.1"
    )


@pytest.mark.parametrize(
    ("left", "fate"),
    [
        ("", "kept"),
        ("2026-03-01 00:00:00", "kept"),
        ("2026-03-03 00:00:00", "opted_out"),
    ],
)
def test_whoever_confirmed_here_after_leaving_there_stays(
    store, clock, load, left, fate
):
    confirm_here(store, clock)

    report = load(
        f"Email Address,UNSUB_TIME\nada@example.org,{left}\n", as_="unsubscribed"
    )

    assert counts(report) == {fate: 1}
    assert (state(store) is S.ACTIVE) == (fate == "kept")
    assert (reason(store) is None) == (fate == "kept")


def test_a_complaint_counts_even_against_a_confirmation_here(store, clock, load):
    confirm_here(store, clock)

    report = load("email,status\nada@example.org,complained\n")

    assert counts(report) == {"opted_out": 1}
    assert reason(store) is R.COMPLAINT
    assert state(store) is S.UNSUBSCRIBED


def mailchimp_zip(path):
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("subscribed_members_export_1.csv", MAILCHIMP)
        made.writestr(
            "unsubscribed_members_export_1.csv",
            "Email Address,UNSUB_TIME\nbob@example.org,2021-06-07 08:09:10\nnobody\n",
        )
        made.writestr(
            "cleaned_members_export_1.csv",
            "Email Address,CLEAN_TIME\neve@example.org,2021-06-07 08:09:10\n",
        )


@pytest.mark.parametrize("dry_run", [False, True])
def test_mailchimps_archive_is_imported_whole(store, load, tmp_path, dry_run):
    mailchimp_zip(tmp_path / "export.zip")

    report = load(None, "export.zip", dry_run=dry_run)

    assert counts(report) == {"new": 1, "opted_out": 2, "refused": 1}
    assert report.lines()[-2:] == [
        "export.zip, daily: 1 new; 2 opted out, recorded; 1 refused.",
        (
            "export.zip/unsubscribed_members_export_1.csv, line 3: "
            "an address needs an @, as in name@example.org."
        ),
    ]
    if not dry_run:
        assert state(store) is S.ACTIVE
        assert reason(store, "bob@example.org") is R.UNSUBSCRIBED
        assert reason(store, "eve@example.org") is R.BOUNCED


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_dry_run_foresees_what_happens_and_changes_nothing(store, load, confirmed):
    suppress(store, R.BOUNCED, "eve@example.org")
    store.write(lambda tx: subscribed(tx, "bob@example.org", state="unsubscribed"))
    content = (
        "email,status\n"
        "ada@example.org,\nADA@example.org,\neve@example.org,\nbob@example.org,\n"
        "out@example.org,unsubscribed\nout@example.org,unsubscribed\nbad,\n"
        "last@example.org,unconfirmed\nout@example.org,\n"
        "late@example.org,\nlate@example.org,unsubscribed\nlate@example.org,\n"
    )
    before = everything(store)

    foreseen = load(content, confirmed=confirmed, dry_run=True)
    assert everything(store) == before
    happened = load(content, confirmed=confirmed)

    assert counts(foreseen) == counts(happened)
    assert foreseen.refused == happened.refused
    assert foreseen.lines()[0] == "Nothing was changed: this was a dry run."
    assert sum(foreseen.counts.values()) == 12


def test_a_long_list_goes_in_chunks_and_tells_how_far_it_is(store, load):
    content = "email\n" + "".join(f"reader{n}@example.org\n" for n in range(250))
    steps = []

    report = load(content, progress=lambda done, total: steps.append((done, total)))

    assert counts(report) == {"new": 250}
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1] == (len(content), len(content))
    with store.read() as tx:
        assert subscribers.active_count(tx, "daily") == 250


def test_a_reader_who_had_enough_confirmations_today_is_left_for_tomorrow(
    store, clock, load
):
    for name in ("one", "two", "three"):
        other = type(DAILY)(name=name, sender=DAILY.sender, schedule=DAILY.schedule)
        subscribing.sign_up(
            store,
            press(),
            TOKENS,
            other,
            address="ada@example.org",
            ip="",
            clock=clock,
        )

    report = load(MAILCHIMP, confirmed=False)

    assert counts(report) == {"enough": 1}
    assert len(outbox(store)) == 3


def test_a_report_names_rows_and_no_addresses(load):
    report = load(
        "email\nada@example.org\nwrong@\nworse@one@two.example\n" + "x" * 300 + "\n"
    )

    said = "\n".join(report.lines())
    assert "people.csv, line 3: " in said
    assert "@one" not in said
    assert "ada@" not in said
    assert report.to_json()["new"] == 1
    assert report.to_json()["refused"] == 3
    assert len(report.to_json()["refused_rows"]) == 3


def test_a_file_of_refused_rows_alone_is_a_failure(load):
    assert not load("email\nnobody\n").ok
    assert load("email\n").ok
    assert load("email\nnobody\nada@example.org\n").ok


def test_the_list_of_refused_rows_has_an_end(sqlite_store, clock, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "nobody\n" * 10_005)

    report = importing.import_file(
        sqlite_store, press(), TOKENS, DAILY, path, confirmed=True, clock=clock
    )

    assert report.counts[Fate.REFUSED] == 10_005
    assert len(report.refused) == 10_000
    assert report.lines()[-1] == "… and 5 more rows were refused."


def test_a_file_that_is_not_there_is_named(load, tmp_path):
    with pytest.raises(UsageError, match=r"missing\.csv: cannot be read"):
        load(None, "missing.csv")


def test_a_folder_is_no_list(load, tmp_path):
    (tmp_path / "folder").mkdir()

    with pytest.raises(UsageError, match="folder: cannot be read"):
        load(None, "folder")


def test_an_unknown_kind_of_people_is_refused(load):
    with pytest.raises(UsageError, match="active, unsubscribed, bounced"):
        load("email\n", as_="friends")


def test_no_subscriber_row_is_made_for_an_opt_out(store, load):
    load("email\nada@example.org\n", as_="unsubscribed")

    with store.read() as tx:
        table = schema.subscriber
        assert tx.execute(select(func.count()).select_from(table)).scalar_one() == 0
