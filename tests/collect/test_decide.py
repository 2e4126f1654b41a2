from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import decide, identity
from dispatch.collect.decide import Changed, Draft, New, Same, Terms
from dispatch.model import (
    Collected,
    Content,
    HeadlineSource,
    Hold,
    Image,
    PubStatus,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERMS = Terms("wire")
STORY = Collected(
    locator="1",
    stamp="s",
    content=Content(headline="Bridge closes", html="<p>The bridge closes today.</p>"),
    aliases=(),
    published_at=NOW - HOUR,
)


def new(story=STORY, terms=TERMS, **options):
    intent = decide.decide(story, None, terms, now=NOW, tag_id="tag:a", **options)
    assert isinstance(intent, New)
    return intent.article


def again(story, existing, terms=TERMS, *, now=NOW + HOUR):
    return decide.decide(story, existing, terms, now=now)


def rewritten(**fields):
    return replace(STORY, content=replace(STORY.content, **fields))


def test_a_new_story_takes_its_dates_and_its_id():
    article = new()

    assert (article.id, article.tag_id, article.source) == (0, "tag:a", "wire")
    assert (article.published_at, article.first_seen_at) == (NOW - HOUR, NOW)
    assert article.updated_at == article.published_at
    assert not article.baseline


def test_a_story_without_a_date_was_published_when_it_was_first_seen():
    assert new(replace(STORY, published_at=None)).published_at == NOW


def test_an_update_in_the_future_is_no_later_than_now():
    assert new(replace(STORY, updated_at=NOW + HOUR)).updated_at == NOW


def test_the_same_again_is_nothing():
    assert again(STORY, new()) == Same()


def test_other_dates_alone_are_nothing():
    moved = replace(STORY, published_at=NOW, updated_at=NOW + HOUR)

    assert again(moved, new()) == Same()


@pytest.mark.parametrize(
    "fields",
    [
        {"headline": "Bridge closed"},
        {"html": "<p>The bridge closes tomorrow.</p>"},
        {"deck": "For repairs"},
        {"bylines": ("Ann Lee",)},
        {"correction": "Correction: it was Monday."},
    ],
)
def test_other_words_are_a_change_that_readers_are_told_of(fields):
    intent = again(rewritten(**fields), new())

    assert isinstance(intent, Changed)
    assert intent.significant
    assert intent.article.updated_at == NOW + HOUR
    assert intent.article.published_at == NOW - HOUR


@pytest.mark.parametrize(
    "fields",
    [
        {"html": "<p>The <em>bridge</em> closes today.</p>"},
        {"image": Image(url="https://x.example/i.jpg")},
        {"tags": ("city",)},
        {"section": "city"},
        {"summary": "It closes."},
    ],
)
def test_a_change_in_details_is_no_update(fields):
    before = new()

    intent = again(rewritten(**fields), before)

    assert isinstance(intent, Changed)
    assert not intent.significant
    assert intent.article.updated_at == before.updated_at


def test_the_sources_own_date_of_the_update_counts():
    story = replace(rewritten(headline="Other"), updated_at=NOW + HOUR / 2)

    assert again(story, new()).article.updated_at == NOW + HOUR / 2


def test_what_an_editor_set_stays():
    before = new()
    edited = replace(
        before,
        content=replace(
            before.content,
            headline="Our headline",
            headline_source=HeadlineSource.EDITED,
        ),
        edited=frozenset({"headline", "embargo_until"}),
        embargo_until=NOW + 9 * HOUR,
    )

    assert again(STORY, edited) == Same()
    changed = again(rewritten(html="<p>Other words here.</p>"), edited).article
    assert changed.content.headline == "Our headline"
    assert changed.content.headline_source is HeadlineSource.EDITED
    assert changed.content.html == "<p>Other words here.</p>"
    assert changed.embargo_until == NOW + 9 * HOUR


def test_a_draft_is_no_article_yet():
    draft = replace(STORY, status=PubStatus.DRAFT)

    assert decide.decide(draft, None, TERMS, now=NOW) == Draft()


@pytest.mark.parametrize(
    ("status", "held"),
    [
        (PubStatus.USABLE, ""),
        (PubStatus.DRAFT, Hold.DRAFT),
        (PubStatus.WITHHELD, Hold.WITHHELD),
    ],
)
def test_a_story_follows_its_status_there_and_back(status, held):
    intent = again(replace(STORY, status=status), new())
    there = intent.article if isinstance(intent, Changed) else new()

    assert there.held == held
    back = again(STORY, there)
    assert (back.article if isinstance(back, Changed) else there).held == ""


def test_an_editors_own_hold_is_left_alone():
    held = replace(new(), held="The mayor disputes it")

    assert again(STORY, held) == Same()
    assert again(replace(STORY, status=PubStatus.DRAFT), held) == Same()


def test_a_canceled_story_is_withdrawn_and_comes_back_with_its_status():
    canceled = replace(STORY, status=PubStatus.CANCELED)

    gone = again(canceled, new()).article
    back = again(STORY, gone).article

    assert (gone.withdrawn_at, gone.withdrawn_reason) == (NOW + HOUR, decide.CANCELED)
    assert (back.withdrawn_at, back.withdrawn_reason) == (None, "")
    assert again(canceled, gone) == Same()


def test_what_an_editor_withdrew_stays_withdrawn():
    withdrawn = replace(new(), withdrawn_at=NOW, withdrawn_reason="libel")

    assert again(STORY, withdrawn) == Same()


def test_a_generated_headline_is_held_where_that_is_asked_for():
    story = rewritten(headline_source=HeadlineSource.GENERATED)

    assert new(story).held == ""
    assert new(story, Terms("wire", hold_generated=True)).held == Hold.HEADLINE


@pytest.mark.parametrize(
    ("change", "baseline"),
    [
        ({}, True),
        ({"embargo_until": NOW + HOUR}, False),
        ({"published_at": NOW + HOUR}, False),
        ({"status": PubStatus.WITHHELD}, False),
    ],
)
def test_what_readers_cannot_see_yet_is_never_baseline(change, baseline):
    assert new(replace(STORY, **change), baseline=True).baseline is baseline


def test_the_end_of_an_embargo_can_be_moved():
    held = new(replace(STORY, embargo_until=NOW + HOUR))

    assert again(STORY, held).article.embargo_until is None


def test_a_text_that_changes_by_itself_is_followed_24_times():
    terms = Terms("wire", bounded=True)
    article = new(terms=terms)
    for count in range(30):
        intent = again(rewritten(html=f"<p>Read {count} times.</p>"), article, terms)
        article = intent.article if isinstance(intent, Changed) else article

    assert article.revision == 1  # the store counts those
    assert article.content.html == "<p>Read 23 times.</p>"
    announced = replace(rewritten(html="<p>New.</p>"), updated_at=NOW + 2 * HOUR)
    intent = again(announced, article, terms, now=NOW + 3 * HOUR)
    assert intent.article.content.html == "<p>New.</p>"
    assert intent.article.unannounced == 0


def test_a_status_is_followed_even_then():
    terms = Terms("wire", bounded=True)
    article = replace(new(), unannounced=decide.MOST_UNANNOUNCED)
    story = replace(rewritten(html="<p>Other.</p>"), status=PubStatus.WITHHELD)

    changed = again(story, article, terms).article

    assert changed.held == Hold.WITHHELD
    assert changed.content == article.content


def test_the_source_that_takes_over_a_story_is_its_source():
    assert again(STORY, new(), Terms("desk")).article.source == "desk"


def test_a_hash_of_an_older_program_is_no_change():
    assert again(STORY, replace(new(), content_hash="old")) == Same()


MOMENTS = st.one_of(
    st.none(), st.integers(-99, 99).map(lambda hours: NOW + hours * HOUR)
)
STORIES = st.builds(
    lambda headline, html, published, updated, embargo, status: Collected(
        locator="1",
        stamp="s",
        content=Content(headline=headline, html=html),
        aliases=(identity.guid_alias("wire", "1"),),
        published_at=published,
        updated_at=updated,
        embargo_until=embargo,
        status=status,
    ),
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from(["<p>x</p>", "<p>y</p>", "<p> x </p>", "<p>X!</p>"]),
    MOMENTS,
    MOMENTS,
    MOMENTS,
    st.sampled_from(PubStatus),
)


@given(st.lists(STORIES, min_size=1, max_size=8), st.booleans())
def test_whatever_a_source_does_these_things_hold(stories, bounded):
    terms = Terms("wire", bounded=bounded)
    article, now = None, NOW
    for story in stories:
        now += HOUR
        before = article
        article = _carried_out(
            decide.decide(story, before, terms, now=now, tag_id="tag:a"), before
        )
        if before is None:
            continue
        assert article.published_at == before.published_at
        assert article.first_seen_at == before.first_seen_at
        assert article.tag_id == before.tag_id
        assert article.updated_at >= before.updated_at
        if article.unannounced < decide.MOST_UNANNOUNCED:
            assert decide.decide(story, article, terms, now=now + HOUR) == Same()


def _carried_out(intent, article):
    match intent:
        case New(fresh) | Changed(fresh, _):
            return fresh
        case _:
            return article
