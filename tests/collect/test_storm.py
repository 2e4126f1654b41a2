"""What a visit's strangers are, judged from values alone."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.collect import storm
from dispatch.collect.storm import Found, Judgement, Scene
from dispatch.model import Article, Collected, Content

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LAST = NOW - timedelta(hours=1)


def content(word):
    text = " ".join(f"{word}{letter * 3}" for letter in "abcdefghijklmnop")
    return Content(headline=f"All about {word}", html=f"<p>{text}.</p>")


def article(number, word):
    day = NOW - timedelta(days=number)
    return Article(number, f"tag:{number}", "wire", content(word), day, day, day, "h")


def stranger(word, published, locator=""):
    return Collected(locator or word, "s", content(word), (), published_at=published)


WORDS = ["elm", "oak", "ash", "yew", "fir", "box", "bay", "fig"]
SHOWN = [article(number, word) for number, word in enumerate(WORDS, 1)]


def renamed(count):
    """The first stories of the source, under other names."""
    return [
        Found(stranger(word, one.published_at), None)
        for word, one in zip(WORDS[:count], SHOWN, strict=False)
    ]


def as_ever(count):
    """The last stories of the source, as they were."""
    return [
        Found(stranger(word, one.published_at), one, by_id=True)
        for word, one in list(zip(WORDS, SHOWN, strict=True))[len(WORDS) - count :]
    ]


def other(count, published):
    """Stories that nobody has seen."""
    return [
        Found(stranger("other" + letter * 3, published), None)
        for letter in "klmnopqr"[:count]
    ]


def judged(found, **options):
    still = {one.article.id for one in found if one.article and one.by_id}
    told = {"total": len(found), "expected": SHOWN, "still": frozenset(still)}
    return storm.judge(
        Scene(found=found, last_success=LAST, now=NOW, **{**told, **options})
    )


def test_stories_under_other_names_are_paired_and_nothing_waits():
    found = judged(renamed(8))

    assert found.pairs == {word: number for number, word in enumerate(WORDS, 1)}
    assert not found.storm


def test_what_cannot_be_paired_and_should_be_known_waits():
    found = judged([*renamed(5), *other(3, NOW - timedelta(days=9))])

    assert len(found.pairs) == 5
    assert found.why == "8 of 8 changed id; 5 paired; 3 new."


def test_news_that_comes_with_a_storm_whose_dates_are_kept_need_not_wait():
    found = judged([*renamed(6), *other(2, NOW)])

    assert len(found.pairs) == 6
    assert not found.storm


@pytest.mark.parametrize("gone", [4, 0])
def test_half_of_the_stories_or_less_under_other_names_is_no_storm(gone):
    assert judged([*renamed(gone), *as_ever(8 - gone)]) == Judgement()


def test_fewer_than_five_are_no_storm():
    few = {"expected": SHOWN[:4]}

    assert judged(renamed(4), **few) == Judgement()


def test_news_after_a_long_silence_is_no_storm():
    assert judged(other(8, NOW)) == Judgement()


def test_more_of_the_archive_is_no_storm():
    old = other(8, NOW - timedelta(days=90))

    assert judged([*as_ever(8), *old]) == Judgement()


def test_stories_without_a_date_wait_only_if_the_last_visit_was_lately():
    undated = other(8, None)

    assert judged(undated).storm
    long_ago = Scene(undated, 8, SHOWN, frozenset(), NOW - timedelta(days=2), NOW)
    assert storm.judge(long_ago) == Judgement()


def test_no_story_is_paired_with_two():
    twice = [Found(stranger("elm", NOW, locator=name), None) for name in ("a", "b")]

    found = judged([*twice, *renamed(8)[1:]])

    assert sorted(found.pairs.values()) == list(range(1, 9))
    assert "a" in found.pairs
    assert "b" not in found.pairs
