import pytest
from hypothesis import given, settings, strategies as st

from dispatch.collect import likeness
from dispatch.collect.likeness import Verdict
from dispatch.model import Content

BRIDGE = [
    "The old harbour bridge will close on Monday for the first time in thirty years.",
    "Engineers found rust in four of its pillars, the city said in a letter.",
    "Buses will take the northern road until the summer.",
    "The ferry doubles its trips in the morning, and cyclists may use the rail bridge.",
    "Shop owners on the quay fear for their trade and have asked the mayor for help.",
    "Ann Lee, who runs the bakery at its foot, said she would open earlier.",
    "The council will hear the plan once more before the work begins in earnest.",
    "A second report, on the smaller bridge upstream, is expected later this year.",
]


def story(*sentences, headline="Harbour bridge closes for repairs"):
    html = "".join(f"<p>{one}</p>" for one in sentences)
    return likeness.text(Content(headline=headline, html=html))


def verdict(one, two, boilerplate=()):
    return likeness.compare(one, two, boilerplate).verdict


def test_a_copy_edited_story_under_another_headline_is_the_same():
    edited = list(BRIDGE)
    edited[1] = "Four pillars are rusty, the city wrote to residents last week."
    edited[2] = "Buses will be taking the northern road until the summer."
    other = story(*edited, headline="Rust shuts the old bridge")

    found = likeness.compare(story(*BRIDGE), other)

    assert found.verdict is Verdict.SAME
    assert 0.8 <= found.overlap < 1


def test_paragraphs_that_were_joined_do_not_matter():
    assert verdict(story(*BRIDGE), story(" ".join(BRIDGE))) is Verdict.SAME


def test_a_story_of_which_a_third_is_new_is_a_question():
    new = [
        "Nobody expected the report to be this bad, people close to the mayor say.",
        "A temporary bridge would cost more than the repair, experts believe.",
        "Pupils from the far side will have to get up much earlier from now on.",
    ]

    assert verdict(story(*BRIDGE), story(*BRIDGE[:5], *new)) is Verdict.MAYBE


def test_other_stories_are_other_stories():
    assert verdict(story(*BRIDGE), story(*MEETING)) is Verdict.OTHER


def test_short_texts_are_never_taken_for_each_other():
    assert verdict(story(*BRIDGE[:2]), story(*BRIDGE[:2])) is Verdict.OTHER


MEETING = (
    "The meeting is open to the public and will be streamed on the city's own channel.",
    "Residents who want to speak sign up at the door or by telephone before noon.",
    "Written comments are read into the record when they arrive in good time.",
    "Interpreters and ramps are there for everybody who asks the clerk beforehand.",
    "The agenda and all papers can be read at the library and on the city's pages.",
)
LOG = (
    "The police log is taken from reports and does not say that anybody is guilty.",
    "Whoever has seen something may call the desk; callers need not give a name.",
    "Names of people under age are never printed, whatever a court decides later.",
)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            story(
                "The planning board meets on March 3 at 7 p.m. in room 201.",
                *MEETING,
                headline="Planning board meets March 3",
            ),
            story(
                "The planning board meets on March 4 at 7 p.m. in room 201.",
                *MEETING,
                headline="Planning board meets March 4",
            ),
        ),
        (
            story(
                "A bicycle was stolen in Elm Street at 4 p.m. on Monday.",
                "A man of 34 was arrested in Oak Street after a fight.",
                *LOG,
                headline="Police log",
            ),
            story(
                "A window was broken at the school at 6 a.m. on Tuesday.",
                "A driver of 51 hit a lamp in Main Street and left.",
                *LOG,
                headline="Police log",
            ),
        ),
        (
            story(
                "Sunny, with a high near 71 and a west wind of 5 to 10 miles an hour.",
                *LOG,
                *MEETING,
                headline="Weather for Monday",
            ),
            story(
                "Sunny, with a high near 64 and a west wind of 8 to 12 miles an hour.",
                *LOG,
                *MEETING,
                headline="Weather for Tuesday",
            ),
        ),
        (
            story("Soup with bread, and apples after it.", *MEETING, headline="Menu"),
            story("Fish with rice, and pears after it.", *MEETING, headline="Menu"),
        ),
        (
            story(
                "Concerts: the choir in the church, the brass band in the park.",
                "Films: a western and two comedies at the old picture house.",
                *MEETING,
                headline="What to do this weekend, March 7 and 8",
            ),
            story(
                "Concerts: the school orchestra in the hall, jazz at the mill.",
                "Films: a thriller and a film for children at the picture house.",
                *MEETING,
                headline="What to do this weekend, March 9 and 10",
            ),
        ),
    ],
    ids=["meeting notice", "police log", "weather", "menu", "calendar"],
)
def test_what_repeats_itself_around_other_days_and_numbers_is_never_merged(one, two):
    assert verdict(one, two) is not Verdict.SAME
    assert not likeness.agree(one, two)


def test_what_everybody_writes_does_not_count():
    one = story("A bicycle was stolen in a street by the river.", *LOG, *MEETING)
    two = story("A window was broken at a school up the hill.", *LOG, *MEETING)
    third = story("A dog was found by the mill.", *LOG, *MEETING, headline="Dog")
    common = likeness.common([two, third])

    assert verdict(one, two, common) is Verdict.OTHER


def test_a_teaser_agrees_with_the_whole_story():
    whole = story(*BRIDGE)
    teaser = story(" ".join(" ".join(BRIDGE).split()[:55]))

    assert likeness.agree(whole, teaser)
    assert likeness.agree(teaser, whole)
    assert not likeness.agree(story(*BRIDGE[4:]), teaser)


def test_like_texts_have_a_trace_in_common():
    edited = [*BRIDGE[:3], "Something else is here.", *BRIDGE[4:]]

    assert set(likeness.traces(story(*BRIDGE))) & set(likeness.traces(story(*edited)))
    assert likeness.traces(story("Too short.")) == ()


def test_a_text_without_spaces_is_measured_by_its_characters():
    text = "".join(
        chr(0x4E00 + n) + ("\u3002" if n % 25 == 24 else "") for n in range(300)
    )

    assert verdict(story(text), story(text + "\u4e8c\u4e09\u3002")) is Verdict.SAME


@settings(max_examples=30)
@given(st.text(max_size=400), st.text(max_size=400))
def test_any_two_texts_can_be_compared(one, two):
    here, there = story(one), story(two)
    found = likeness.compare(here, there)

    assert 0 <= found.overlap <= 1
    assert found.overlap == pytest.approx(likeness.compare(there, here).overlap, abs=1)
    likeness.agree(here, there)
