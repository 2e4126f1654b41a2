"""What a story that goes, or comes back, does to issues: before, during, after."""

import pytest

from dispatch.model import DeliveryState, IssueState, Outcome
from dispatch.store import audience, deliveries, mailings, variants
from support import ledger
from support.newsday import READERS, Newsday

BRIDGE, FERRY = "Bridge closes for repairs", "Ferry doubles its trips"


@pytest.fixture
def paper(store, clock):
    return Newsday(store, clock)


@pytest.fixture
def two(paper):
    """Two stories; the second leads."""
    return paper.story(BRIDGE), paper.story(FERRY)


def test_a_story_withdrawn_before_the_slot_is_in_no_issue(paper, two):
    paper.act("withdraw", two[0])

    paper.morning()
    got = paper.send_all()

    assert set(got) == set(READERS)
    assert all(FERRY in text and BRIDGE not in text for text in got.values())


@pytest.mark.parametrize("how", ["withdraw", "hold"])
def test_a_ready_issue_is_composed_anew(paper, two, how):
    assert paper.morning().state is IssueState.READY

    followed = paper.act(how, two[1]).followed

    issue = paper.issue()
    assert followed == (f"Issue {issue.id} is composed anew.",)
    assert (issue.state, issue.revision) == (IssueState.DRAFT, 2)
    assert paper.tick().state is IssueState.READY
    assert FERRY not in paper.issue().subject
    got = paper.send_all()
    assert set(got) == set(READERS)
    assert all(BRIDGE in text and FERRY not in text for text in got.values())
    assert paper.issue().state is IssueState.DONE


def test_an_issue_that_lost_its_last_story_is_held(paper):
    one = paper.story(BRIDGE)
    paper.morning()

    paper.act("withdraw", one)

    issue = paper.tick()
    assert issue.state is IssueState.HELD
    assert issue.held_reason == "none of its stories can be shown any more"


def test_a_story_that_is_back_before_its_issue_leaves_is_in_it(paper, two):
    paper.morning()
    paper.act("withdraw", two[0])
    paper.tick()

    paper.act("restore", two[0])
    paper.tick()
    got = paper.send_all()

    assert paper.issue().revision == 3
    assert all(BRIDGE in text and FERRY in text for text in got.values())


def test_an_issue_that_was_half_planned_goes_to_everybody_without_the_story(paper, two):
    _plan_one(paper, paper.morning())  # and then the planner was killed
    assert paper.books().planned == 1

    paper.act("withdraw", two[0])
    assert paper.tick().state is IssueState.READY
    got = paper.send_all()

    assert set(got) == set(READERS)
    assert all(FERRY in text and BRIDGE not in text for text in got.values())
    assert paper.issue().state is IssueState.DONE
    assert paper.books().planned == 3


def test_a_planner_with_the_old_message_can_plan_nobody(paper, two):
    issue = paper.morning()
    paper.act("withdraw", two[0])
    paper.tick()

    _plan_one(paper, issue)

    assert paper.books().planned == 0


def _plan_one(paper, issue):
    """Plan one reader with the first revision's message."""
    store = paper.store
    with store.read() as tx:
        made = variants.of(tx, issue.id)[0]
    mailing = store.write(
        lambda tx: mailings.open_issue_mailing(
            tx, issue, sender=ledger.SENDER, on_unknown="resend_once"
        )
    )
    chosen = {made.choice: made.body}
    store.write(
        lambda tx: audience.plan_chunk(tx, issue, mailing, chosen, most=1) and None
    )


def test_a_story_withdrawn_in_the_middle_of_sending_pauses_the_issue(paper, two):
    paper.morning()
    paper.plan()
    early = paper.send(1)

    followed = paper.act("withdraw", two[0]).followed

    issue = paper.issue()
    assert issue.state is IssueState.PAUSED
    assert f"story {two[0].id} was withdrawn" in issue.held_reason
    assert "dispatch issue resume" in followed[0]
    assert paper.send() == {}

    assert paper.resume().state is IssueState.SENDING
    late = paper.send()

    assert BRIDGE in next(iter(early.values()))
    assert set(early) | set(late) == set(READERS)
    assert len(late) == 2
    assert all(FERRY in text and BRIDGE not in text for text in late.values())
    books = paper.books()
    assert (books.planned, books.accepted, books.gap) == (3, 3, 0)


def test_a_claim_on_its_way_with_the_old_message_is_fenced_off(paper, two):
    paper.morning()
    paper.plan()
    (claimed,) = paper.claim(1)

    paper.act("withdraw", two[0])
    paper.resume()

    assert paper.finish(claimed) is None
    got = paper.send()
    assert set(got) == set(READERS)
    assert all(BRIDGE not in text for text in got.values())


def test_what_was_at_the_dot_keeps_its_message(paper, two):
    paper.morning()
    paper.plan()
    (claimed,) = paper.claim(1)
    paper.store.write(lambda tx: deliveries.intend(tx, claimed))
    paper.settle(claimed, Outcome(DeliveryState.DEFERRED, paper.clock.now()))

    paper.act("withdraw", two[0])
    paper.resume()
    ledger.make_due(paper.store)

    got = paper.send()
    assert set(got) == set(READERS)
    assert BRIDGE in got.pop(claimed.recipient)
    assert all(BRIDGE not in text for text in got.values())


def test_whoever_has_nothing_left_to_read_is_skipped(paper):
    one = paper.story(BRIDGE)
    paper.morning()
    paper.plan()
    paper.send(1)
    paper.act("withdraw", one)

    paper.resume()

    books = paper.books()
    assert paper.send() == {}
    assert (books.accepted, books.skipped, books.open, books.gap) == (1, 2, 0, 0)
    assert {row.reason for row in ledger.rows(paper.store)} == {"", "withdrawn"}


def test_a_story_that_goes_when_everybody_has_it_pauses_nothing(paper, two):
    paper.morning()
    paper.plan()
    paper.send()

    assert paper.act("withdraw", two[0]).followed == ()
    assert paper.issue().state is IssueState.SENDING


def test_a_paused_issue_goes_on_without_what_went_meanwhile(paper, two):
    paper.morning()
    paper.plan()
    paper.pause()
    paper.act("withdraw", two[0])
    paper.act("hold", two[1])
    paper.act("restore", two[1])

    paper.resume()

    got = paper.send()
    assert set(got) == set(READERS)
    assert all(FERRY in text and BRIDGE not in text for text in got.values())


def test_a_restored_story_is_not_mailed_twice(paper, two):
    paper.morning()
    paper.send_all()
    paper.act("withdraw", two[0])
    paper.act("restore", two[0])
    paper.story()

    paper.morning()
    got = paper.send_all()

    assert set(got) == set(READERS)
    assert all(BRIDGE not in text for text in got.values())


def test_a_story_that_missed_its_issue_comes_with_the_next(paper, two):
    paper.morning()
    paper.act("hold", two[0])
    paper.tick()
    paper.send_all()

    followed = paper.act("restore", two[0]).followed
    paper.morning()
    got = paper.send_all()

    assert "the next one carries it" in followed[0]
    assert set(got) == set(READERS)
    assert all(BRIDGE in text and FERRY not in text for text in got.values())


def test_a_story_that_goes_while_its_issue_is_composed_is_not_in_it(
    paper, two, monkeypatch
):
    made = []
    whole = paper.press.templates.render

    def render(kind, context):
        if not made:
            made.append(kind)
            paper.act("withdraw", two[0])
        return whole(kind, context)

    monkeypatch.setattr(paper.press.templates, "render", render)
    paper.morning()
    got = paper.send_all()

    assert all(FERRY in text and BRIDGE not in text for text in got.values())
    assert paper.issue().revision == 1
