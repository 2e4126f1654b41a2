from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import eligible, pick, subject
from dispatch.model import Choice, HeadlineSource, Image, Selection
from support.composing import SLOT, article, day, newsletter

GENERATED = HeadlineSource.GENERATED
PICTURE = Image(url="https://courier.example/p.jpg")


def ids(picked):
    return [one.id for one in picked.articles]


def test_the_lead_has_a_real_headline_and_a_picture():
    made_up = article(4, headline_source=GENERATED, image=PICTURE)
    stories = [article(1), article(2, image=PICTURE), article(3), made_up]

    assert pick.pick(stories, Choice(), limit=9).lead.id == 2


def test_without_pictures_a_long_story_leads_before_a_newer_brief():
    stories = [article(1, html="<p>word</p>" * 300), article(2)]

    assert pick.pick(stories, Choice(), limit=9).lead.id == 1


def test_sections_come_as_configured_then_by_their_newest_story_those_of_none_last():
    sections = ["town", "arts", "sports", "", "arts", "news"]
    stories = [article(n, section=name) for n, name in enumerate(sections, 1)]

    picked = pick.pick(stories, Choice(), sections=("sports", "town"), limit=9)

    assert picked.lead.id == 6
    assert [group.section for group in picked.groups] == ["sports", "town", "arts", ""]
    assert ids(picked) == [6, 3, 1, 5, 2, 4]


def test_too_many_stories_leave_the_newest_and_count_the_rest():
    picked = pick.pick([article(n) for n in range(1, 8)], Choice(), limit=3)

    assert sorted(ids(picked)) == [5, 6, 7]
    assert picked.more == 4


def test_topics_choose_sections_and_none_of_them_leaves_nothing():
    stories = [article(1, section="town"), article(2, section="arts")]

    assert ids(pick.pick(stories, Choice(topics=("arts",)), limit=9)) == [2]
    assert pick.pick(stories, Choice(topics=("sports",)), limit=9) is None
    assert pick.pick([], Choice(), limit=9) is None


@given(st.permutations(day()), st.integers(1, 10))
def test_the_order_depends_on_the_stories_alone(stories, limit):
    picked = pick.pick(stories, Choice(), limit=limit)

    assert picked == pick.pick(day(), Choice(), limit=limit)
    assert len(picked.articles) + picked.more == 8
    assert len(set(ids(picked))) == len(picked.articles)


def test_the_subject_is_the_lead_and_the_title():
    stories = [article(1, headline="Snow closes the pass"), article(2)]

    assert subject.line("The Daily", stories) == "Snow closes the pass — The Daily"


def test_a_long_headline_stands_alone_and_within_seventy():
    short_of_room = article(1, headline="x" * 30 + " " + "y" * 34)
    endless = article(1, headline="word " * 40)

    assert subject.line("The Daily", [short_of_room]) == short_of_room.content.headline
    assert len(subject.line("The Daily", [endless])) <= 70


def test_a_generated_headline_is_no_subject_while_another_story_has_a_real_one():
    made_up = article(1, headline="The club said on", headline_source=GENERATED)
    real = article(2, headline="Club opens boathouse")

    assert subject.line("D", [made_up, real]) == "Club opens boathouse — D"
    assert subject.line("D", [made_up]) == "The club said on — D"


@pytest.mark.parametrize("headline", ["", "\u202e\u200b", "\r\n"])
def test_a_headline_of_nothing_visible_leaves_the_title(headline):
    assert subject.line("The Daily", [article(1, headline=headline)]) == "The Daily"


def test_a_subject_cannot_turn_text_around_or_break_a_line():
    line = subject.line("D", [article(1, headline="good\u202elive\u2066 \r\nBcc: x")])

    assert line == "goodlive Bcc: x — D"


RULE = eligible.Rule(
    Selection(("town",)),
    since=SLOT - timedelta(hours=30),
    published_from=SLOT - timedelta(days=2),
    slot=SLOT,
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"baseline": True}, "first visited"),
        ({"held": "draft"}, "held: draft"),
        ({"withdrawn_at": SLOT}, "withdrawn"),
        ({"merged_into": 7}, "article 7"),
        ({"embargo_until": SLOT + timedelta(minutes=1)}, "embargo"),
        ({"embargo_until": SLOT}, ""),
        ({"published_at": SLOT + timedelta(minutes=1)}, "later"),
        ({"first_seen_at": RULE.since, "published_at": RULE.published_from}, ""),
        ({"first_seen_at": RULE.since, "published_at": SLOT - timedelta(9)}, "older"),
    ],
)
def test_why_an_article_is_not_in_an_issue_is_said_in_words(changes, reason):
    said = eligible.why_not(changed(article(1, section="town"), **changes), RULE)

    assert bool(said) == bool(reason)
    assert reason in said


def test_an_article_of_another_section_is_not_eligible():
    stories = [article(1, section="arts"), article(2, section="town")]

    assert eligible.choose(stories, RULE) == (stories[1],)
    assert "'arts'" in eligible.why_not(stories[0], RULE)


def test_the_rule_looks_back_from_when_the_newsletter_was_first_seen():
    rule = eligible.rule(newsletter(lookback=timedelta(days=3)), SLOT, SLOT)

    assert rule.published_from == SLOT - timedelta(days=3)


def changed(one, **changes):
    return replace(one, **changes)
