from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from dispatch.compose import room, story, variant
from dispatch.model import Choice, Image, MailFormat
from support.composing import ISSUE, SLOT, article, newsletter, press

LETTERS = "abc é שלום نص 漢字 😀 & < =\u2028"
TEXTS = st.text(st.sampled_from(LETTERS), min_size=1).flatmap(
    lambda word: st.integers(1, 60).map(lambda times: f"{word} " * times)
)


def size(left, sizes):
    """Return what a mail of stories of these sizes comes to in a room."""
    shown = sizes[: left.stories]
    told = [
        50 + (min(one, left.summary) if n <= left.summaries else 0)
        for n, one in enumerate(shown, 1)
    ]
    pictures = 30 * min(len(shown), left.pictures)
    return sum(told) + pictures + (500 * len(shown) if left.whole else 0)


@given(
    sizes=st.lists(st.integers(0, 1000), min_size=1, max_size=60),
    limit=st.integers(300, 40_000),
)
def test_as_much_is_kept_as_there_is_room_for(sizes, limit):
    def fits(left):
        return size(left, sizes) <= limit

    _made, left = room.fit(lambda one: one, fits, len(sizes))

    assert fits(left) or (left.summaries, left.stories) == (1, 1)
    if left.stories < len(sizes):
        assert not fits(replace(left, stories=left.stories + 1))
    elif left.summaries < len(sizes):
        assert not fits(replace(left, summaries=left.summaries + 1))
    elif left != room.ALL:
        assert not fits(room.MILD[room.MILD.index(left) - 1])


@settings(max_examples=8)
@given(
    texts=st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), min_size=1, max_size=200),
    design=st.sampled_from(["briefing", "front-page"]),
    form=st.sampled_from(list(MailFormat)),
)
def test_whatever_the_stories_are_the_mail_is_not_cut_off(texts, design, form):
    stories = [
        article(
            n,
            hours=n % 40,
            headline=headline,
            summary=summary,
            section=f"section {n % 5}",
            image=Image(url=f"https://courier.example/{n}.jpg") if pictured else None,
        )
        for n, (headline, summary, pictured) in enumerate(texts, 1)
    ]

    made = variant.make(
        press(),
        newsletter=newsletter(design=design, max_articles=200),
        issue=ISSUE,
        choice=Choice(format=form),
        articles=stories,
        now=SLOT,
    )

    html = made.frozen.data.rpartition(b"Content-Type: text/html")[2]
    assert len(made.variant.html.encode()) <= variant.CLIPPED_AT
    assert len(html) <= variant.CLIPPED_AT or form is MailFormat.TEXT
    assert len(made.variant.articles) + made.variant.more == len(stories)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (room.ALL, ""),
        (room.EXCERPTS, "full texts became summaries"),
        (room.SHORT, "summaries are shorter"),
        (room.ONE_PICTURE, "only the lead story has its picture"),
        (replace(room.HEADLINES, summaries=8), "12 have no summary"),
        (replace(room.HEADLINES, stories=20), "37 are only on the web"),
    ],
)
def test_what_was_left_out_is_told(left, said):
    told = room.left_out(left, shown=20, more=37)

    assert told.endswith(f"{said}." if said else "")
    assert bool(told) == bool(said)


@pytest.mark.parametrize(
    ("text", "limit", "summary"),
    [
        ("One sentence. Another one.", 40, "One sentence. Another one."),
        ("It closed at noon today. Nobody knows why.", 30, "It closed at noon today."),
        (
            "It closed. Nobody who was asked on Tuesday",
            30,
            "It closed. Nobody who was…",
        ),
        (
            "It closed at noon on Monday, and nobody knew",
            40,
            "It closed at noon on Monday…",
        ),
        (
            "It closed, said one of those who had waited",
            40,
            "It closed, said one of those who had…",
        ),
        ("x" * 99, 10, "x" * 9 + "…"),
    ],
)
def test_a_summary_ends_where_a_thought_does(text, limit, summary):
    assert story.summary(text, limit) == summary
