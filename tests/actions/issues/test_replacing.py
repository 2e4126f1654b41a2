import contextlib
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.actions.delivery import unknown as doubts
from dispatch.actions.issues import correcting, replacing, resuming, steering
from dispatch.errors import UsageError
from dispatch.model import DeliveryState, IssueState, MailFormat, Outcome, Phase, Reply
from dispatch.store import claims, deliveries, issues, unknown
from support import issues as making, ledger, smtp
from support.composing import DAILY, press

HOLD = replace(DAILY, on_unknown="hold")


@pytest.fixture
def server():
    with smtp.serving() as running:
        yield running


@pytest.fixture
def issue(store, clock):
    """An issue under way to five readers."""
    made = making.ready(store, 5, "Bridge opens")
    making.plan(store, clock, HOLD)
    return made


def at_dot(store, *, until="dot"):
    """Bring one delivery to the dot; return its claim."""
    (claim,) = store.write(lambda tx: claims.claim(tx, worker="w", most=1)).claims
    store.write(lambda tx: deliveries.intend(tx, claim))
    return claim


def settle(store, claim, state, code=0):
    store.write(
        lambda tx: deliveries.settle(
            tx,
            claim,
            Reply(code, phase=Phase.DOT),
            Outcome(state, tx.now() if state is DeliveryState.DEFERRED else None),
            worker="w",
            relay="r",
        )
    )


def send_replaced(store, clock, issue):
    found = steering.find_issue(store, issue.id)
    return replacing.replace_issue(store, press(), [HOLD], found, clock=clock)


def subjects(server):
    return {mail.recipient: b"Bridge closes" in mail.data for mail in server.received}


def test_the_rest_gets_what_the_stories_say_now(store, clock, issue, server):
    settle(store, at_dot(store), DeliveryState.ACCEPTED, 250)
    making.reword(store, clock, "Bridge closes")

    report = send_replaced(store, clock, issue)
    making.send(store, clock, server)

    assert report.ok
    assert report.new == 4
    assert report.old.accepted == 1
    assert subjects(server) == {f"reader-{n}@example.net": True for n in range(1, 5)}
    assert ledger.state_of(store, issue.id) is IssueState.DONE
    assert ledger.books(store, issue.id).gap == 0


def test_what_the_server_put_off_after_the_dot_is_sent_anew(
    store, clock, issue, server
):
    settle(store, at_dot(store), DeliveryState.DEFERRED, 451)
    making.reword(store, clock, "Bridge closes")

    send_replaced(store, clock, issue)
    ledger.make_due(store)
    making.send(store, clock, server)

    assert set(subjects(server).values()) == {True}
    assert len(server.received) == 5


def test_what_a_worker_holds_is_fenced_off(store, clock, issue):
    (claim,) = store.write(lambda tx: claims.claim(tx, worker="w", most=1)).claims
    making.reword(store, clock, "Bridge closes")

    send_replaced(store, clock, issue)

    assert store.write(lambda tx: deliveries.intend(tx, claim)) == "fenced"


def test_nothing_goes_on_while_an_old_one_is_at_the_dot(store, clock, issue, server):
    claim = at_dot(store)
    making.reword(store, clock, "Bridge closes")

    report = send_replaced(store, clock, issue)
    assert not report.ok
    assert "1 old ones wait for the server's answer" in report.lines()[-1]
    with pytest.raises(UsageError, match="was replaced, and 1 of its old messages"):
        resuming.resume(
            store,
            press(),
            [HOLD],
            steering.find_issue(store, issue.id),
            clock=clock,
        )

    settle(store, claim, DeliveryState.DEFERRED, 451)
    found = steering.find_issue(store, issue.id)
    resuming.resume(store, press(), [HOLD], found, clock=clock)
    ledger.make_due(store)
    making.send(store, clock, server)

    assert set(subjects(server).values()) == {True}
    assert len(server.received) == 5


def test_who_is_in_doubt_is_listed_and_never_sent_the_old_version(
    store, clock, issue, server
):
    settle(store, at_dot(store), DeliveryState.UNKNOWN)
    making.reword(store, clock, "Bridge closes")
    report = send_replaced(store, clock, issue)
    ledger.end_leases(store)
    making.send(store, clock, server)

    assert report.old.in_doubt == 1
    assert len(server.received) == 4
    with store.read() as tx:
        (doubt,) = unknown.listed(tx, issue=issue.id)
    assert doubt.superseded
    told = doubts.resend(store, issue=issue.id)
    assert not told.ok
    assert (told.decided, told.superseded) == (0, 1)
    assert "a version that was replaced" in told.lines()[-1]
    assert store.write(unknown.resend_once) == 0

    doubts.close(store, issue=issue.id)
    assert ledger.state_of(store, issue.id) is IssueState.DONE


def test_one_that_was_being_sent_once_more_is_in_doubt_again(
    store, clock, issue, server
):
    claim = at_dot(store)
    settle(store, claim, DeliveryState.UNKNOWN)
    ledger.end_leases(store)
    doubts.resend(store, issue=issue.id)
    making.reword(store, clock, "Bridge closes")

    report = send_replaced(store, clock, issue)
    making.send(store, clock, server)

    assert report.old.in_doubt == 1
    assert len(server.received) == 4
    assert ledger.books(store, issue.id).unknown == 1


def test_a_doubt_about_the_new_version_may_be_sent_once_more(store, clock, issue):
    making.reword(store, clock, "Bridge closes")
    send_replaced(store, clock, issue)
    settle(store, at_dot(store), DeliveryState.UNKNOWN)
    ledger.end_leases(store)

    assert doubts.resend(store, issue=issue.id).decided == 1


def test_a_refusal_that_comes_late_does_not_bring_the_old_version_back(
    store, clock, issue, server
):
    """Its worker was given up for lost, the issue went on, and then it answers."""
    claim = at_dot(store)
    making.reword(store, clock, "Bridge closes")
    send_replaced(store, clock, issue)
    ledger.end_leases(store)
    making.recover_now(store)
    found = steering.find_issue(store, issue.id)
    resuming.resume(store, press(), [HOLD], found, clock=clock)

    settle(store, claim, DeliveryState.DEFERRED, 451)
    ledger.make_due(store)
    making.send(store, clock, server)

    assert set(subjects(server).values()) == {True}
    assert len(server.received) == 4
    assert ledger.books(store, issue.id).unknown == 1


@pytest.mark.parametrize(
    ("state", "instead"),
    [
        (IssueState.HELD, "has not been planned"),
        (IssueState.CANCELLED, "nothing of it leaves any more"),
    ],
)
def test_what_is_not_under_way_cannot_be_replaced(store, clock, state, instead):
    made = making.ready(store, 1)
    store.write(
        lambda tx: issues.change_state(
            tx, made.id, IssueState.READY, state, now=clock.now()
        )
    )

    with pytest.raises(UsageError, match=instead):
        send_replaced(store, clock, made)


def test_an_issue_that_is_done_is_corrected_instead(store, clock, issue, server):
    making.send(store, clock, server)

    with pytest.raises(UsageError, match=f"issue correct {issue.id} --to accepted"):
        send_replaced(store, clock, issue)


def test_an_issue_in_its_undo_window_is_replaced_whole(store, clock, server):
    made = making.ready(store, 3, "Bridge opens")
    making.plan(store, clock, replace(HOLD, undo=timedelta(minutes=5)))
    making.reword(store, clock, "Bridge closes")

    send_replaced(store, clock, made)
    making.send(store, clock, server)

    assert list(subjects(server).values()) == [True] * 3


def test_two_operators_replace_it_one_after_the_other(store, clock, issue, server):
    making.reword(store, clock, "Bridge closes")
    seen = steering.find_issue(store, issue.id)

    def operate():
        with contextlib.suppress(UsageError):  # whoever comes second is told so
            replacing.replace_issue(store, press(), [HOLD], seen, clock=clock)

    threads = [threading.Thread(target=operate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = steering.find_issue(store, issue.id)
    if found.state is IssueState.PAUSED:
        resuming.resume(store, press(), [HOLD], found, clock=clock)
    making.send(store, clock, server)

    assert list(subjects(server).values()) == [True] * 5


def correct(store, clock, issue, *, to="accepted", note="It is closed."):
    erratum = correcting.prepare(
        store,
        press(),
        [HOLD],
        steering.find_issue(store, issue.id),
        to=to,
        note=note,
        clock=clock,
    )
    return erratum, correcting.queue(store, erratum)


def test_a_correction_goes_to_those_who_got_the_issue(store, clock, issue, server):
    settle(store, at_dot(store), DeliveryState.ACCEPTED, 250)
    steering.cancel_issue(store, steering.find_issue(store, issue.id), clock=clock)

    erratum, report = correct(store, clock, issue)
    making.send(store, clock, server)

    assert erratum.audience().startswith("1 reader of ")
    assert report.lines() == [
        f"The correction to {issue.id} is on its way to 1 reader."
    ]
    (mail,) = server.received
    assert mail.recipient == "reader-0@example.net"
    assert b"Subject: Correction: " in mail.data
    assert b"It is closed." in mail.data
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail.data
    books = ledger.books(store, issue.id)
    assert (books.planned, books.gap) == (5, 0)


def test_the_same_correction_reaches_nobody_twice(store, clock, issue, server):
    making.send(store, clock, server)
    correct(store, clock, issue)

    _, again = correct(store, clock, issue)
    making.send(store, clock, server)

    assert again.queued == 0
    assert len(server.received) == 10


def test_it_tells_what_was_corrected_in_the_stories(store, clock, issue, server):
    making.send(store, clock, server)
    clock.advance(minutes=1)
    making.reword(store, clock, "Bridge closes")
    server.received.clear()

    correct(store, clock, issue, note="")
    making.send(store, clock, server)

    assert len(server.received) == 5
    assert b"An earlier version was headlined" in server.received[0].data


def test_without_a_note_and_a_correction_there_is_nothing_to_tell(
    store, clock, issue, server
):
    making.send(store, clock, server)

    with pytest.raises(UsageError, match="nothing to tell"):
        correct(store, clock, issue, note=" ")


def test_who_got_the_right_version_is_not_told_of_the_wrong_one(
    store, clock, issue, server
):
    settle(store, at_dot(store), DeliveryState.ACCEPTED, 250)
    settle(store, at_dot(store), DeliveryState.UNKNOWN)
    making.reword(store, clock, "Bridge closes")
    send_replaced(store, clock, issue)
    making.send(store, clock, server)

    assert correct(store, clock, issue)[1].queued == 1
    assert correct(store, clock, issue, to="all")[1].queued == 1


def test_who_has_left_since_is_not_told(store, clock, issue, server):
    making.send(store, clock, server)
    store.write(lambda tx: ledger.set_state(tx, "reader-1@example.net", "unsubscribed"))
    server.received.clear()

    erratum, _ = correct(store, clock, issue)
    store.write(lambda tx: ledger.set_state(tx, "reader-2@example.net", "unsubscribed"))
    making.send(store, clock, server)

    assert erratum.readers == 4
    assert [m.recipient[7] for m in server.received] == ["0", "3", "4"]


def test_who_wants_plain_text_gets_it(store, clock, issue):
    erratum, _ = correct(store, clock, issue)

    assert b"text/html" in erratum.forms[MailFormat.HTML].data
    assert b"text/html" not in erratum.forms[MailFormat.TEXT].data


def test_an_issue_that_nobody_has_cannot_be_corrected(store, clock):
    made = making.ready(store, 1)

    with pytest.raises(UsageError, match="is ready: nobody has it"):
        correct(store, clock, made)


def test_a_note_has_its_bounds(store, clock, issue):
    with pytest.raises(UsageError, match="longer than 4,000 characters"):
        correct(store, clock, issue, note="x" * 5_000)
