"""A copy that expired was never read: its stories come with the reader's next issue."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.model import Cadence, DeliveryState, Outcome, Phase, Reply
from dispatch.store import claims, deliveries, subscribers, unknown
from support.composing import DAILY
from support.weeks import Weeks, quick


@pytest.fixture
def weeks(store, clock, tmp_path):
    return Weeks(store, clock, with_press=quick(tmp_path))


def covered_to(weeks, number):
    with weeks.store.read() as tx:
        return subscribers.subscription(tx, number).covered_to


def settle(weeks, tie, ended):
    """Let what a reader was sent end so."""
    statement = text(
        f"UPDATE delivery SET {ended} WHERE subscription = :tie AND state = 'pending'"
    )
    weeks.store.write(lambda tx: tx.execute(statement, {"tie": tie}).rowcount)


def let_expire(weeks):
    """Let a relay be down until the time of all that waits is over."""
    weeks.sleep(hours=21)
    return weeks.store.write(unknown.expire)


def test_what_a_reader_never_got_is_in_their_next_issue(weeks):
    ada, ben = weeks.reader("ada"), weeks.reader("ben")
    first = weeks.story()
    weeks.slot()
    settle(weeks, ben, "state = 'accepted'")

    assert let_expire(weeks) == 1
    second = weeks.story()
    weeks.slot()

    assert [set(ids) for _, ids, _ in weeks.mails(ada)] == [{first}, {first, second}]
    assert [set(ids) for _, ids, _ in weeks.mails(ben)] == [{first}, {second}]


def test_days_without_a_relay_lose_nobody_a_story(weeks):
    ada = weeks.reader("ada")
    told = []
    for _day in range(3):
        told.append(weeks.story())
        weeks.slot()
        let_expire(weeks)
    told.append(weeks.story())

    weeks.slot()

    assert set(weeks.mails(ada)[-1][1]) == set(told)


def test_an_issue_is_made_for_them_though_nothing_is_new(weeks):
    ada, ben = weeks.reader("ada"), weeks.reader("ben")
    first = weeks.story()
    weeks.slot()
    settle(weeks, ben, "state = 'accepted'")
    let_expire(weeks)

    weeks.slot()

    assert [ids for _, ids, _ in weeks.mails(ada)] == [[first], [first]]
    assert len(weeks.mails(ben)) == 1


def test_who_has_mail_once_a_week_is_due_again_at_once(weeks):
    ada = weeks.reader("ada", cadence=Cadence.WEEKLY)
    first = weeks.story()
    weeks.slot()
    let_expire(weeks)

    weeks.slot()

    assert [ids for _, ids, _ in weeks.mails(ada)] == [[first], [first]]


def test_a_copy_that_may_have_come_the_first_time_is_not_given_back(weeks):
    ada = weeks.reader("ada")
    weeks.story()
    weeks.slot()
    settle(weeks, ada, "state = 'deferred', resends = 1")

    assert let_expire(weeks) == 1

    assert covered_to(weeks, ada) == 1


def test_a_copy_that_expires_after_the_next_issue_gives_nothing_back(weeks):
    ada = weeks.reader("ada")
    weeks.story()
    weeks.slot()
    weeks.story()
    weeks.slot()

    assert let_expire(weeks) >= 1

    assert covered_to(weeks, ada) == 1  # the second alone: the first is over


def test_one_that_expires_at_its_claim_is_given_back_too(weeks):
    ada = weeks.reader("ada")
    weeks.story()
    weeks.slot()
    assert covered_to(weeks, ada) == 1
    weeks.sleep(hours=21)

    batch = weeks.store.write(lambda tx: claims.claim(tx, worker="w", most=10))

    assert batch.expired == 1
    assert covered_to(weeks, ada) == 0


def test_one_whose_next_try_would_be_too_late_is_given_back_too(store, clock, tmp_path):
    lasting = replace(DAILY, expires=timedelta(days=36500))
    weeks = Weeks(store, clock, lasting, with_press=quick(tmp_path))
    ada = weeks.reader("ada")
    weeks.story()
    weeks.slot()
    late, outcome = (
        Reply(451, "later", "4.7.1", Phase.RCPT),
        Outcome(DeliveryState.EXPIRED),
    )

    def unit(tx):
        (claim,) = claims.claim(tx, worker="w", most=10).claims
        return deliveries.settle(tx, claim, late, outcome, worker="w", relay="r")

    assert store.write(unit)
    assert covered_to(weeks, ada) == 0
