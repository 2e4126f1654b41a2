"""What editors' acts come to, one after the other."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import edits, pick
from dispatch.model import Choice, Edit, EditKind as K
from support.composing import article

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STORIES = [article(number) for number in range(1, 7)]


def did(kind, *articles, words=""):
    return Edit("daily", kind, "ada", NOW, articles, words)


def shown(*done, limit=25, **content):
    """The numbers of the stories in the order of the issue."""
    wanted = edits.fold(done)
    staying = edits.apply(STORIES, wanted)
    found = pick.pick(staying, Choice(), pick.Plan(limit, first=wanted.first))
    return [one.id for one in found.articles] if found else []


def test_untouched_the_newest_leads():
    assert shown() == [6, 5, 4, 3, 2, 1]


def test_a_pinned_story_leads_whatever_its_age():
    assert shown(did(K.PIN, 2)) == [2, 6, 5, 4, 3, 1]


def test_the_last_pin_leads_and_the_one_before_follows():
    assert shown(did(K.PIN, 2), did(K.PIN, 1))[:2] == [1, 2]


def test_an_order_comes_first_and_forgets_earlier_ones():
    assert shown(did(K.ORDER, 3, 1), did(K.ORDER, 2, 5))[:3] == [2, 5, 6]


def test_what_editors_put_first_is_never_cut_for_its_age():
    assert shown(did(K.ORDER, 1, 2), limit=2) == [1, 2]


def test_a_section_comes_where_its_first_ordered_story_stands():
    stories = [article(1, section="town"), article(2), article(3, section="arts")]
    plan = pick.Plan(9, sections=("arts", "town"), first=(2, 1))
    found = pick.pick(stories, Choice(), plan)

    assert found.lead.id == 2
    assert [group.section for group in found.groups] == ["town", "arts"]


def test_a_dropped_story_is_out_and_goes_into_the_next_issue():
    done = [did(K.DROP, 6)]

    assert 6 not in shown(*done)
    assert edits.fold(done).postponed == {6}


def test_a_story_dropped_for_good_does_not_go_into_the_next_issue():
    wanted = edits.fold([did(K.DISCARD, 6)])

    assert (wanted.dropped, wanted.postponed) == ({6}, frozenset())


def test_a_pin_brings_a_dropped_story_back_as_the_lead():
    assert shown(did(K.DROP, 2), did(K.PIN, 2))[0] == 2


def test_undo_takes_back_the_last_edit_and_then_the_one_before():
    done = [did(K.SUBJECT, words="Mine"), did(K.DROP, 1), did(K.UNDO), did(K.UNDO)]

    assert edits.fold(done[:3]) == edits.Edited(subject="Mine")
    assert edits.fold(done) == edits.UNTOUCHED
    assert edits.fold([*done, did(K.UNDO)]) == edits.UNTOUCHED


def test_holding_and_approving_are_no_edits_of_the_content():
    assert edits.fold([did(K.HOLD), did(K.APPROVE), did(K.SEND)]) == edits.UNTOUCHED


@pytest.mark.parametrize("text", ["A\r\nBcc: x@example.org", "A\nBcc:\tx@example.org"])
def test_a_subject_is_one_line(text):
    assert edits.subject(text) == "A Bcc: x@example.org"


def test_a_subject_of_5000_characters_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"at most 150 .* this one has 5,000\."):
        edits.subject("x" * 5000)


def test_a_note_keeps_its_paragraphs():
    assert edits.note(" One\r\n\r\n two \x07\u202e") == "One\n\ntwo"


NUMBERS = st.integers(min_value=1, max_value=6)
DONE = st.lists(
    st.builds(
        lambda kind, articles: did(kind, *articles, words="w"),
        st.sampled_from(sorted(K)),
        st.lists(NUMBERS, max_size=3, unique=True),
    ),
    max_size=12,
)


@given(DONE)
def test_every_story_is_shown_once_or_dropped(done):
    wanted = edits.fold(done)
    numbers = shown(*done)

    assert len(numbers) == len(set(numbers))
    assert set(numbers) | wanted.dropped == set(range(1, 7))
    assert not set(numbers) & wanted.dropped
    assert wanted.discarded <= wanted.dropped


@given(DONE, st.lists(NUMBERS, min_size=1, max_size=3))
def test_what_is_restored_is_neither_first_nor_dropped(done, numbers):
    wanted = edits.fold([*done, did(K.RESTORE, *numbers)])

    assert not set(numbers) & (wanted.dropped | set(wanted.first))


@given(DONE, st.sampled_from([K.PIN, K.DROP, K.SUBJECT]), NUMBERS)
def test_undo_leaves_no_trace_of_an_edit(done, kind, number):
    edit = did(kind, number, words="x")

    assert edits.fold([*done, edit, did(K.UNDO)]) == edits.fold(done)
