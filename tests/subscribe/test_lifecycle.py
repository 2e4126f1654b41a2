import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dispatch.model import SubscriptionState
from dispatch.subscribe import lifecycle
from dispatch.subscribe.lifecycle import Event

S = SubscriptionState
BY_OTHERS = set(Event) - {Event.SIGN_UP, Event.CONFIRM}


class SubscriptionLife(RuleBasedStateMachine):
    """Any events in any order, beside a model that knows only about consent."""

    def __init__(self):
        super().__init__()
        self.state = None
        self.left = False  # the reader said no, and has not said yes again

    @rule(event=st.sampled_from(Event))
    def something_happens(self, event):
        end = lifecycle.after(self.state, event)
        if end is None:
            return
        if event is Event.CONFIRM:
            self.left = False
        if event in {Event.UNSUBSCRIBE, Event.OPT_OUT, Event.ERASE}:
            self.left = True
        self.state = end

    @invariant()
    def nobody_who_left_gets_mail_before_they_confirm_again(self):
        assert not (self.left and self.state in {S.ACTIVE, S.PAUSED})

    @invariant()
    def whoever_is_subscribed_can_always_leave(self):
        if self.state not in {None, S.UNSUBSCRIBED}:
            assert lifecycle.after(self.state, Event.UNSUBSCRIBE) is S.UNSUBSCRIBED


TestSubscriptionLife = SubscriptionLife.TestCase


@pytest.mark.parametrize("event", sorted(BY_OTHERS))
def test_nobody_but_the_reader_leads_out_of_unsubscribed(event):
    assert lifecycle.after(S.UNSUBSCRIBED, event) in {None, S.UNSUBSCRIBED}


@pytest.mark.parametrize("state", S)
def test_leaving_twice_changes_nothing(state):
    gone = lifecycle.after(state, Event.UNSUBSCRIBE) or state

    assert gone is S.UNSUBSCRIBED
    assert lifecycle.after(gone, Event.UNSUBSCRIBE) is None


def test_confirming_works_for_who_was_asked_at_first_or_once_more():
    starts = {state for state in S if lifecycle.after(state, Event.CONFIRM) is not None}

    assert starts == {S.PENDING, S.SUSPENDED}


def test_every_state_can_be_reached():
    assert set(lifecycle.TABLE.values()) == set(S)


def test_every_event_is_explained():
    assert set(lifecycle.MEANING) == set(Event)


def test_the_table_can_be_read_in_the_docs():
    lines = lifecycle.as_markdown().splitlines()

    assert len(lines) == 2 + len(Event)
    assert lines[0].startswith("| event | means | (new) | pending | active |")
    assert (
        "| `confirm` | the reader presses the button in the mail that asks them"
        " |  | active |  |  |  | active |" in lines
    )
