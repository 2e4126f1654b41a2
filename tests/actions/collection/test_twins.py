"""One story from two sources, edited on the way; stories that go and come back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.actions.collection import missing, twins
from dispatch.actions.collection.editing import Hand
from dispatch.errors import UsageError
from dispatch.model import Hold
from dispatch.store import also_in, articles, entries, newsletters, questions, repeats
from support.collecting import Desk, entry, long_text, rss
from support.http_server import Server
from support.wordpress import Site


def sentence(word):
    """Ten words that no other word gives, without numbers: those tell days apart."""
    return " ".join(f"{word}{letter * 3}" for letter in "abcdefghij") + "."


SENTENCES = [sentence(word) for word in "klmnopqrst"]


@pytest.fixture
def desk(store, clock, tmp_path):
    clock.moment = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    folder = tmp_path / "stories"
    folder.mkdir()
    with Server() as server:
        yield Desk(store, clock, folder, server)


def put(
    desk, changed=0, name="bridge.txt", headline="Harbour bridge closes for repairs"
):
    text = SENTENCES[changed:]
    new = [sentence("new" + "uvwxyz"[n]) for n in range(changed)]
    return desk.put(
        desk.folder / name, f"{headline}\n\n{' '.join([*text, *new])}\n", age=60
    )


def serve(desk, changed=0, title="Rust shuts the old bridge", **options):
    new = [sentence("new" + "uvwxyz"[n]) for n in range(changed)]
    text = " ".join([*SENTENCES[: len(SENTENCES) - changed], *new])
    desk.server["/rss"] = rss(
        entry("w1", title, text, link="https://wp.example/rust", **options)
    )


def standing(desk):
    with desk.store.read() as tx:
        return questions.standing(tx)


def by_id(desk, number):
    with desk.store.read() as tx:
        return articles.by_id(tx, number)


def test_a_copy_edited_story_from_another_source_is_the_same(desk):
    put(desk)
    serve(desk, changed=1)

    desk.visit(desk.newsroom, desk.wire())

    (story,) = desk.stored()
    assert story.source == "newsroom"
    with desk.store.read() as tx:
        (place,) = also_in.of(tx, story.id)
    assert (place.source, place.url) == ("wire", "https://wp.example/rust")


@pytest.mark.parametrize(("days", "stories"), [(2, 1), (4, 2)])
def test_only_within_three_days_is_a_copy_edited_story_the_same(desk, days, stories):
    put(desk)
    desk.visit(desk.newsroom)
    desk.clock.advance(days=days)
    serve(desk, changed=1)

    desk.visit(desk.newsroom, desk.wire())

    assert len(desk.stored()) == stories
    assert standing(desk) == ()


@pytest.mark.parametrize(("changed", "merged"), [(1, True), (3, False)])
def test_a_file_and_its_copy_edited_wordpress_post_are_one_story(desk, changed, merged):
    site = Site(desk.server, desk.clock).install()
    new = [sentence("new" + "uvwxyz"[n]) for n in range(changed)]
    put(desk)
    site.publish(1, "Rust shuts it", " ".join([*SENTENCES[: 10 - changed], *new]))
    courier = desk.wire(name="courier", kind="wordpress", url=desk.server.url("/"))

    desk.visit(desk.newsroom, replace(courier, priority=20))

    shown = [one for one in desk.stored() if not one.held]
    assert len(shown) == 1
    assert len(standing(desk)) == (0 if merged else 1)
    with desk.store.read() as tx:
        elsewhere = [one.source for one in also_in.of(tx, shown[0].id)]
    assert (shown[0].source, elsewhere) == (
        ("courier", ["newsroom"]) if merged else ("newsroom", [])
    )


def test_the_source_of_higher_priority_takes_the_story_over(desk):
    put(desk)
    desk.visit(desk.newsroom, desk.wire())
    (before,) = desk.stored()
    serve(desk, changed=1)

    desk.visit(desk.newsroom, desk.wire(priority=20))

    (after,) = desk.stored()
    assert after.source == "wire"
    assert after.content.headline == "Rust shuts the old bridge"
    assert (after.tag_id, after.published_at) == (before.tag_id, before.published_at)
    with desk.store.read() as tx:
        assert [one.source for one in also_in.of(tx, after.id)] == ["newsroom"]

    put(desk, headline="The folder says something else now")
    desk.visit(desk.newsroom, desk.wire(priority=20))
    assert desk.stored() == (after,)


def test_a_story_that_is_only_half_the_same_is_held_and_asked_about(desk):
    put(desk)
    serve(desk, changed=3)

    desk.visit(desk.newsroom, desk.wire())

    first, second = sorted(desk.stored(), key=lambda one: one.id)
    assert (first.held, second.held) == ("", Hold.TWIN)
    (asked,) = standing(desk)
    assert (asked.kind, asked.article, asked.other) == ("twin", second.id, first.id)
    assert "64% of both texts" in asked.detail

    serve(desk, changed=3, title="Rust shuts the bridge again")
    desk.visit(desk.newsroom, desk.wire())
    assert by_id(desk, second.id).held == Hold.TWIN


def test_two_stories_that_were_told_apart_stay_apart(desk):
    put(desk)
    serve(desk, changed=3)
    desk.visit(desk.newsroom, desk.wire())
    (asked,) = standing(desk)

    report = twins.separate(
        desk.store, asked.article, asked.other, by="ann", clock=desk.clock
    )
    serve(desk, changed=3, title="Rust shuts the bridge again")
    desk.visit(desk.newsroom, desk.wire())

    assert report.lines()[1] == f"Story {asked.article} is published."
    assert by_id(desk, asked.article).held == ""
    assert len(desk.stored()) == 2
    assert standing(desk) == ()


def test_two_stories_that_are_one_become_one(desk):
    put(desk)
    serve(desk, changed=3)
    desk.visit(desk.newsroom, desk.wire())
    (asked,) = standing(desk)

    twins.merge(desk.store, asked.article, asked.other, by="ann", clock=desk.clock)
    serve(desk, changed=4)
    desk.visit(desk.newsroom, desk.wire())

    assert by_id(desk, asked.article).merged_into == asked.other
    assert by_id(desk, asked.other).source == "newsroom"
    assert standing(desk) == ()
    with desk.store.read() as tx:
        assert [one.source for one in also_in.of(tx, asked.other)] == ["wire"]
    with pytest.raises(UsageError, match="already"):
        twins.merge(desk.store, asked.article, asked.other, by="ann", clock=desk.clock)


@pytest.fixture
def waiting(desk):
    """A story that is held, since it may be another."""
    put(desk)
    serve(desk, changed=3)
    desk.visit(desk.newsroom, desk.wire())
    (asked,) = standing(desk)
    return by_id(desk, asked.article)


def test_an_editor_who_restores_a_story_has_told_it_apart(desk, waiting):
    desk.act("hold", waiting, "the lawyers read it")
    desk.act("restore", waiting)

    assert by_id(desk, waiting.id).held == ""
    assert standing(desk) == ()


def test_what_is_asked_about_another_story_is_not_answered_with_this_one(desk, waiting):
    first = next(one for one in desk.stored() if one.id != waiting.id)

    desk.act("hold", first)
    desk.act("restore", first)

    (asked,) = standing(desk)
    assert asked.article == waiting.id
    assert by_id(desk, waiting.id).held == Hold.TWIN


@pytest.fixture
def headless(desk):
    """A file without a headline, held for that, which may be another story as well."""
    serve(desk)
    new = [sentence("new" + letter) for letter in "uvw"]
    desk.put(desk.folder / "b.txt", " ".join([*SENTENCES[:7], *new]) + "\n", age=60)
    newsroom = replace(desk.newsroom, generated_headlines="hold")
    desk.visit(desk.wire(), newsroom)
    (asked,) = standing(desk)
    assert by_id(desk, asked.article).held == Hold.HEADLINE
    return newsroom, by_id(desk, asked.article)


def test_an_editors_headline_does_not_publish_what_is_asked_about(desk, headless):
    _, story = headless

    desk.edit(story, headline="Rust shuts the old bridge")

    assert by_id(desk, story.id).held == Hold.TWIN


def test_its_sources_headline_does_not_publish_what_is_asked_about(desk, headless):
    newsroom, story = headless
    file = desk.folder / "b.txt"

    desk.put(file, f"Rust shuts the bridge\n\n{file.read_text('utf-8')}", age=30)
    desk.visit(desk.wire(), newsroom)

    assert by_id(desk, story.id).content.headline == "Rust shuts the bridge"
    assert by_id(desk, story.id).held == Hold.TWIN


def test_what_nobody_asked_cannot_be_answered(desk):
    with pytest.raises(UsageError, match="Nobody asked"):
        twins.separate(desk.store, 1, 2, by="ann", clock=desk.clock)
    with pytest.raises(UsageError, match="no story"):
        twins.merge(desk.store, 1, 2, by="ann", clock=desk.clock)


def test_a_file_that_is_edited_and_renamed_at_once_keeps_its_story(desk):
    put(desk)
    desk.visit(desk.newsroom)
    (before,) = desk.stored()
    (desk.folder / "bridge.txt").unlink()
    put(desk, changed=1, name="final.txt", headline="Bridge to close on Monday")

    desk.visit(desk.newsroom)

    (after,) = desk.stored()
    assert after.id == before.id
    assert after.content.headline == "Bridge to close on Monday"


def many(desk, count):
    for number in range(count):
        text = f"Story of day {number}\n\n{long_text(f'word{number}x')}.\n"
        desk.put(desk.folder / f"{number}.txt", text, age=60)
    desk.put(desk.folder / "stays.txt", f"It stays\n\n{long_text('stay')}.\n", age=60)


def test_a_story_that_is_gone_is_withdrawn_and_comes_back(desk):
    newsroom = replace(desk.newsroom, on_missing="withdraw")
    many(desk, 3)
    desk.visit(newsroom)
    text = (desk.folder / "1.txt").read_text("utf-8")
    (desk.folder / "1.txt").unlink()

    desk.visit(newsroom)

    withdrawn = [one for one in desk.stored() if one.withdrawn_at]
    assert [one.withdrawn_reason for one in withdrawn] == ["gone from its source"]

    desk.put(desk.folder / "1.txt", text, age=60)
    desk.visit(newsroom)
    assert not [one for one in desk.stored() if one.withdrawn_at]
    assert len(desk.stored()) == 4


def test_a_story_that_an_editor_holds_is_held_when_it_comes_back(desk):
    desk.put(desk.folder / "other.txt", f"The library opens\n\n{long_text('l')}\n")
    file, away = put(desk), desk.folder / "_away.txt"
    source = replace(desk.newsroom, on_missing="withdraw")
    desk.visit(source)
    story = next(one for one in desk.stored() if "bridge" in one.content.headline)
    desk.act("hold", story, "the lawyers read it")
    file.rename(away)
    desk.visit(source)
    gone = by_id(desk, story.id)
    away.rename(file)
    desk.visit(source)

    back = by_id(desk, story.id)
    assert gone.withdrawn_at is not None
    assert (back.withdrawn_at, back.held) == (None, "the lawyers read it")


def test_an_editor_is_asked_about_what_is_gone(desk):
    newsroom = replace(desk.newsroom, on_missing="ask")
    many(desk, 3)
    desk.visit(newsroom)
    (desk.folder / "1.txt").unlink()
    desk.visit(newsroom)

    (asked,) = standing(desk)
    assert asked.kind == "missing"
    hand = Hand("ann", "it was wrong", desk.clock.now())
    gone = desk.store.write(lambda tx: missing.withdraw(tx, asked.id, hand))

    assert gone == (asked.article,)
    assert by_id(desk, asked.article).withdrawn_reason == "it was wrong"
    assert standing(desk) == ()


@pytest.mark.parametrize("policy", ["ask", "withdraw"])
def test_when_most_of_a_folder_goes_at_once_one_question_is_asked(desk, policy):
    newsroom = replace(desk.newsroom, on_missing=policy)
    many(desk, 8)
    desk.visit(newsroom)
    for number in range(8):
        (desk.folder / f"{number}.txt").unlink()

    desk.visit(newsroom)

    (asked,) = standing(desk)
    assert asked.article is None
    assert asked.detail == "8 of 9 stories are gone from it at once."
    assert not [one for one in desk.stored() if one.withdrawn_at]
    hand = Hand("ann", "old", desk.clock.now())
    gone = desk.store.write(lambda tx: missing.withdraw(tx, asked.id, hand))
    assert len(gone) == 8


@pytest.mark.parametrize(("days", "carried"), [(89, 0), (91, 1)])
def test_for_ninety_days_a_newsletter_carries_nothing_twice(desk, days, carried):
    put(desk)
    desk.visit(desk.newsroom)
    (story,) = desk.stored()
    now = desk.clock.now()

    def unit(tx):
        newsletters.ensure(tx, "daily", "Daily", now=now)
        entries.add(tx, "daily", [story.id], now=now)
        again = articles.add(tx, replace(story, tag_id="tag:again"))
        return entries.add(tx, "daily", [again.id], now=now + timedelta(days=days))

    assert desk.store.write(unit) == carried


def test_a_newsletter_never_carries_one_headline_on_one_page_twice(desk):
    put(desk)
    desk.visit(desk.newsroom)
    (story,) = desk.stored()
    now = desk.clock.now()

    def unit(tx):
        newsletters.ensure(tx, "daily", "Daily", now=now)
        entries.add(tx, "daily", [story.id], now=now)
        again = articles.add(tx, replace(story, tag_id="tag:again", held=""))
        other = replace(story.content, headline="Another headline")
        new = articles.add(tx, replace(story, tag_id="tag:new", content=other))
        added = entries.add(tx, "daily", [again.id, new.id], now=now)
        return again.id, added

    again, added = desk.store.write(unit)

    assert added == 1
    with desk.store.read() as tx:
        (left,) = repeats.of(tx, again)
    assert (left.newsletter, left.had) == ("daily", story.id)
