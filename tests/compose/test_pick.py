from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import eligible, pick, subject
from dispatch.model import (
    Choice,
    HeadlineSource,
    Image,
    SectionSettings,
    Selection,
)
from support.composing import SLOT, article, day, newsletter

GENERATED = HeadlineSource.GENERATED
PICTURE = Image(url="https://courier.example/p.jpg")


def ids(picked):
    return [one.id for one in picked.articles]


def picking(stories, choice=Choice(), *, limit=9, **plan):  # noqa: B008 - frozen
    return pick.pick(stories, choice, pick.Plan(limit, **plan))


def test_the_lead_has_a_real_headline_and_a_picture():
    made_up = article(4, headline_source=GENERATED, image=PICTURE)
    stories = [article(1), article(2, image=PICTURE), article(3), made_up]

    assert picking(stories, limit=9).lead.id == 2


def test_without_pictures_a_long_story_leads_before_a_newer_brief():
    stories = [article(1, html="<p>word</p>" * 300), article(2)]

    assert picking(stories, limit=9).lead.id == 1


def test_sections_come_as_configured_then_by_their_newest_story_those_of_none_last():
    sections = ["town", "arts", "sports", "", "arts", "news"]
    stories = [article(n, section=name) for n, name in enumerate(sections, 1)]

    picked = picking(stories, sections=("sports", "town"), limit=9)

    assert picked.lead.id == 6
    assert [group.section for group in picked.groups] == ["sports", "town", "arts", ""]
    assert ids(picked) == [6, 3, 1, 5, 2, 4]


def test_too_many_stories_leave_the_newest_and_count_the_rest():
    picked = picking([article(n) for n in range(1, 8)], limit=3)

    assert sorted(ids(picked)) == [5, 6, 7]
    assert picked.more == 4


def test_topics_choose_sections_and_none_of_them_leaves_nothing():
    stories = [article(1, section="town"), article(2, section="arts")]

    assert ids(picking(stories, Choice(topics=("arts",)), limit=9)) == [2]
    assert picking(stories, Choice(topics=("sports",)), limit=9) is None
    assert picking([], limit=9) is None


def paper(*sections):
    return [article(n, section=name) for n, name in enumerate(sections, 1)]


def test_sections_with_rules_come_in_their_order():
    rules = [SectionSettings("sports"), SectionSettings("town")]

    picked = picking(paper("town", "arts", "sports", "news"), rules=rules)

    assert picked.lead.id == 4
    assert [group.section for group in picked.groups] == ["sports", "town", "arts"]


def test_what_a_section_has_no_room_for_is_a_headline_at_the_end():
    rules = [SectionSettings("sports", limit=2)]

    picked = picking(paper("sports", "sports", "sports", "town", "sports"), rules=rules)

    assert picked.lead.id == 5  # counts as one of the two
    assert ids(picked) == [5, 3, 4, 2, 1]
    assert [one.id for one in picked.also] == [2, 1]
    assert picked.shows == ("excerpt", "excerpt", "excerpt", "headline", "headline")


def test_headlines_give_way_to_stories_when_the_mail_is_full():
    rules = [SectionSettings("sports", limit=1)]

    picked = picking(paper("town", "sports", "sports", "town"), rules=rules, limit=3)

    assert [one.id for one in picked.also] == []
    assert sorted(ids(picked)) == [1, 3, 4]
    assert picked.more == 1


def test_a_section_without_room_is_headlines_alone():
    rules = [SectionSettings("sports", limit=0)]

    picked = picking(paper("sports", "town", "sports"), rules=rules)

    assert (picked.lead.id, [one.id for one in picked.also]) == (2, [3, 1])
    alone = picking(paper("sports", "sports"), rules=rules)
    assert (alone.lead.id, [one.id for one in alone.also]) == (2, [1])


def test_each_section_says_how_much_of_a_story_is_shown():
    rules = [
        SectionSettings("letters", show="full"),
        SectionSettings("sports", show="headline"),
    ]

    picked = picking(paper("letters", "letters", "town", "sports"), rules=rules)

    assert picked.lead.id == 3  # a headline alone leads nothing
    assert [group.show for group in picked.groups] == ["full", "headline"]
    only = picking(paper("sports", "sports"), rules=rules)
    assert (only.lead.id, only.lead_show) == (2, "headline")


def test_what_editors_put_first_has_room_in_its_section():
    rules = [SectionSettings("sports", limit=1)]

    picked = picking(paper("sports", "town", "sports"), rules=rules, first=(1,))

    assert picked.lead.id == 1
    assert [one.id for one in picked.also] == [3]


def test_what_another_newsletter_gave_is_left_out():
    choice = Choice(without=(1, 3))

    assert ids(picking(paper("town", "town", "town"), choice)) == [2]
    assert picking(paper("town"), choice) is None


rules_of_sections = st.lists(
    st.builds(
        SectionSettings,
        st.sampled_from(["arts", "campus", "sports", "town"]),
        st.none() | st.integers(0, 3),
        st.sampled_from(["full", "excerpt", "headline"]),
    ),
    unique_by=lambda rule: rule.name,
)


@given(rules_of_sections, st.integers(1, 10), st.lists(st.integers(1, 8), max_size=3))
def test_whatever_the_rules_every_story_is_shown_once_or_counted(rules, limit, first):
    picked = picking(day(), rules=rules, limit=limit, first=tuple(first))

    assert len(set(ids(picked))) == len(ids(picked)) <= limit
    assert len(ids(picked)) + picked.more == 8
    assert len(picked.shows) == len(ids(picked))
    for rule in rules:
        shown = [*(one.id for group in picked.groups for one in group.articles)]
        theirs = [one for one in day() if one.content.section == rule.name]
        in_section = [one for one in theirs if one.id in {*shown, picked.lead.id}]
        own = rule.limit if rule.limit is not None else 8
        assert len([one for one in in_section if one.id not in first]) <= max(own, 1)


@given(st.permutations(day()), st.integers(1, 10))
def test_the_order_depends_on_the_stories_alone(stories, limit):
    picked = picking(stories, limit=limit)

    assert picked == picking(day(), limit=limit)
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
