"""Collecting a drop folder, from real files to both databases."""

from dataclasses import replace

import pytest

from dispatch.errors import UsageError
from dispatch.model import Selection, SourceSettings
from dispatch.store import articles, items, problems, sources
from support.collecting import OTHER, STORY, Desk, long_text
from support.http_server import Server


@pytest.fixture
def desk(store, clock, tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    with Server() as server:
        yield Desk(store, clock, folder, server)


def test_a_file_becomes_an_article_with_an_id_for_life(desk):
    desk.put(desk.folder / "bridge.txt", STORY)

    report = desk.visit(desk.newsroom)

    (article,) = desk.stored()
    assert article.content.headline == "Harbour bridge closes for repairs"
    assert article.content.bylines == ("Ann Lee",)
    assert article.tag_id.startswith("tag:news.example.org,2026-03-02:article/")
    assert article.source == "newsroom"
    assert not article.baseline
    assert report.ok
    assert report.lines() == ["Source newsroom: 1 new."]


def test_collecting_twice_changes_nothing(desk):
    desk.put(desk.folder / "bridge.txt", STORY)
    desk.put(desk.folder / "garden" / "library.md", OTHER)
    desk.visit(desk.newsroom)
    before = desk.stored()

    report = desk.visit(desk.newsroom)

    assert desk.stored() == before
    assert report.lines() == ["Source newsroom: 0 new, 2 unchanged."]
    assert not report.news


def test_reading_again_what_did_not_change_changes_nothing(desk):
    file = desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    before = desk.stored()
    desk.touch(file, age=60)

    report = desk.visit(desk.newsroom)

    assert desk.stored() == before
    assert report.sources[0].unchanged == 1


def test_editing_a_file_updates_the_same_article(desk):
    file = desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    (before,) = desk.stored()
    desk.put(file, STORY.replace("Monday", "Tuesday"), age=60)

    report = desk.visit(desk.newsroom)

    (after,) = desk.stored()
    assert report.sources[0].changed == 1
    assert (after.id, after.tag_id) == (before.id, before.tag_id)
    assert after.published_at == before.published_at
    assert after.updated_at > before.updated_at
    assert after.revision == 2
    assert "Tuesday" in after.content.html


def test_renaming_a_file_keeps_the_article(desk):
    file = desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    (before,) = desk.stored()
    file.rename(desk.folder / "harbour-bridge-final.txt")

    report = desk.visit(desk.newsroom)

    (after,) = desk.stored()
    assert after.id == before.id
    assert report.sources[0].missing == 0
    with desk.store.read() as tx:
        known = items.known(tx, "newsroom")
    assert known["harbour-bridge-final.txt"].article == before.id
    assert known["bridge.txt"].missing_since == desk.clock.now()


def test_a_renamed_file_can_be_edited_and_renamed_back(desk):
    file = desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    renamed = file.rename(desk.folder / "b.txt")
    desk.visit(desk.newsroom)
    desk.put(renamed, STORY + "\nThe mayor is sorry.\n", age=60)
    desk.visit(desk.newsroom)
    renamed.rename(file)
    desk.visit(desk.newsroom)

    (article,) = desk.stored()
    assert "sorry" in article.content.html


def test_a_new_story_under_a_name_that_was_left_is_a_new_article(desk):
    file = desk.put(desk.folder / "today.txt", STORY)
    desk.visit(desk.newsroom)
    file.rename(desk.folder / "yesterday.txt")
    desk.visit(desk.newsroom)
    desk.put(desk.folder / "today.txt", OTHER, age=60)

    desk.visit(desk.newsroom)

    library, bridge = desk.stored()
    assert "library" in library.content.html
    assert "bridge" in bridge.content.html


def test_two_files_that_swap_their_names_keep_their_articles(desk):
    one = desk.put(desk.folder / "one.txt", STORY, age=7000)
    two = desk.put(desk.folder / "two.txt", OTHER, age=5000)
    desk.visit(desk.newsroom)
    before = {article.id: article.content.html for article in desk.stored()}
    one.rename(desk.folder / "x.txt")
    two.rename(desk.folder / "one.txt")
    (desk.folder / "x.txt").rename(desk.folder / "two.txt")

    desk.visit(desk.newsroom)

    assert {article.id: article.content.html for article in desk.stored()} == before


def test_a_copy_is_named_and_is_no_second_article(desk):
    desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    copy = desk.put(desk.folder / "copy of bridge.txt", STORY)

    report = desk.visit(desk.newsroom)

    assert len(desk.stored()) == 1
    assert report.sources[0].copies == 1
    (problem,) = report.sources[0].problems
    assert problem.where == "copy of bridge.txt"
    assert "same words" in problem.what
    assert desk.visit(desk.newsroom).sources[0].known_problems == 1
    copy.unlink()
    assert desk.visit(desk.newsroom).sources[0].known_problems == 0


def test_a_copy_that_is_rewritten_becomes_a_story_of_its_own(desk):
    desk.put(desk.folder / "bridge.txt", STORY)
    copy = desk.put(desk.folder / "library.txt", STORY)
    desk.visit(desk.newsroom)
    assert len(desk.stored()) == 1
    desk.put(copy, OTHER, age=60)

    report = desk.visit(desk.newsroom)

    assert report.sources[0].new == 1
    assert len(desk.stored()) == 2
    with desk.store.read() as tx:
        assert problems.standing(tx) == ()


def test_a_copy_takes_over_when_the_original_is_gone(desk):
    original = desk.put(desk.folder / "bridge.txt", STORY)
    copy = desk.put(desk.folder / "copy.txt", STORY)
    desk.visit(desk.newsroom)
    original.unlink()
    desk.visit(desk.newsroom)
    desk.put(copy, STORY.replace("Monday", "Friday"), age=60)
    desk.visit(desk.newsroom)

    (article,) = desk.stored()
    assert "Friday" in article.content.html


def test_a_file_that_goes_leaves_its_article(desk):
    desk.put(desk.folder / "keep.txt", OTHER)
    file = desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    file.unlink()

    report = desk.visit(desk.newsroom)

    assert len(desk.stored()) == 2
    assert report.lines() == [
        "Source newsroom: 0 new, 1 unchanged, 1 gone from the source."
    ]
    desk.put(file, STORY, age=7000)
    desk.visit(desk.newsroom)
    assert len(desk.stored()) == 2
    with desk.store.read() as tx:
        assert items.known(tx, "newsroom")["bridge.txt"].missing_since is None


def test_an_emptied_folder_is_an_error_and_nothing_is_lost(desk):
    file = desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    file.unlink()

    report = desk.visit(desk.newsroom)

    assert not report.ok
    assert "is empty, though 1 stories came from there" in report.lines()[0]
    assert len(desk.stored()) == 1
    with desk.store.read() as tx:
        assert items.known(tx, "newsroom")["bridge.txt"].missing_since is None


def test_a_missing_folder_is_an_error_of_its_source_only(desk):
    gone = SourceSettings(name="gone", kind="folder", path=desk.folder / "nowhere")
    desk.put(desk.folder / "bridge.txt", STORY)

    report = desk.visit(gone, desk.newsroom)

    assert not report.ok
    assert [one.name for one in report.sources if one.error] == ["gone"]
    assert len(desk.stored()) == 1
    again = desk.visit(gone, desk.newsroom)
    assert "(2 times in a row)" in again.lines()[0]
    assert not again.news
    with desk.store.read() as tx:
        state = sources.state(tx, "gone")
    assert (state.failures, bool(state.error)) == (2, True)
    (desk.folder / "nowhere").mkdir()
    assert desk.visit(gone, desk.newsroom).ok


def test_bad_files_are_named_once_and_the_rest_goes_on(desk):
    desk.put(desk.folder / "bridge.txt", STORY)
    bad = desk.put(desk.folder / "empty.txt", "")

    first = desk.visit(desk.newsroom)
    second = desk.visit(desk.newsroom)

    assert len(desk.stored()) == 1
    assert [one.where for one in first.sources[0].problems] == ["empty.txt"]
    assert first.ok
    assert second.sources[0].problems == ()
    assert second.sources[0].known_problems == 1
    desk.put(bad, OTHER, age=60)
    assert desk.visit(desk.newsroom).sources[0].known_problems == 0


def test_the_first_visit_of_a_quiet_source_is_its_baseline(desk):
    quiet = replace(desk.newsroom, first_contact="baseline")
    desk.put(desk.folder / "old.txt", STORY)
    desk.visit(quiet)
    desk.put(desk.folder / "new.txt", OTHER, age=60)
    desk.visit(quiet)

    marks = {"library" in one.content.html: one.baseline for one in desk.stored()}
    assert marks == {False: True, True: False}


def test_a_draft_becomes_an_article_when_it_is_released(desk):
    draft = desk.put(desk.folder / "bridge.txt", "Status: draft\n\n" + STORY)

    report = desk.visit(desk.newsroom)

    assert desk.stored() == ()
    assert report.sources[0].drafts == 1
    desk.put(draft, "Status: usable\n\n" + STORY, age=60)
    desk.visit(desk.newsroom)
    (article,) = desk.stored()
    assert article.held == ""
    assert article.first_seen_at == desk.clock.now()


@pytest.mark.parametrize(
    ("status", "held", "withdrawn"),
    [
        ("withheld", "withheld", False),
        ("canceled", "", True),
        ("draft", "draft", False),
    ],
)
def test_a_published_story_can_be_taken_back_and_given_again(
    desk, status, held, withdrawn
):
    file = desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    desk.put(file, f"Status: {status}\n\n{STORY}", age=90)
    desk.visit(desk.newsroom)

    (article,) = desk.stored()
    assert (article.held, article.withdrawn_at is not None) == (held, withdrawn)
    with desk.store.read() as tx:
        assert not articles.published(tx, Selection(), now=desk.clock.now(), limit=9)
    desk.put(file, STORY, age=60)
    desk.visit(desk.newsroom)
    with desk.store.read() as tx:
        assert articles.published(tx, Selection(), now=desk.clock.now(), limit=9)


def test_a_generated_headline_waits_where_the_source_says_so(desk):
    careful = replace(desk.newsroom, generated_headlines="hold")
    desk.put(desk.folder / "a.txt", STORY.partition("\n\n")[2])
    desk.visit(careful)

    (article,) = desk.stored()
    assert article.held == "generated headline"
    desk.edit(article, headline="Bridge closes")
    desk.touch(desk.folder / "a.txt", age=60)
    desk.visit(careful)
    (article,) = desk.stored()
    assert (article.held, article.content.headline) == ("", "Bridge closes")


def test_an_editors_headline_survives_every_later_visit(desk):
    file = desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    (article,) = desk.stored()
    desk.edit(article, headline="Bridge to close")
    desk.put(file, STORY.replace("Monday", "Sunday"), age=60)

    desk.visit(desk.newsroom)

    (article,) = desk.stored()
    assert article.content.headline == "Bridge to close"
    assert "Sunday" in article.content.html


def test_a_change_of_the_rules_reads_every_file_again(desk):
    desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    desk.visit(replace(desk.newsroom, section="city"))

    (article,) = desk.stored()
    assert article.content.section == "city"


def test_many_stories_come_in_one_visit(desk):
    for number in range(45):
        desk.put(
            desk.folder / f"{number}.txt",
            f"Story number {number}\n\n{long_text(number)}.",
        )

    assert desk.visit(desk.newsroom).sources[0].new == 45
    assert desk.visit(desk.newsroom).sources[0].unchanged == 45


def test_the_stories_of_a_source_that_was_renamed_go_with_it(desk):
    file = desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(desk.newsroom)
    renamed = replace(desk.newsroom, name="desk")
    desk.visit(renamed)
    desk.put(file, STORY.replace("Monday", "Friday"), age=60)
    desk.visit(renamed)

    (article,) = desk.stored()
    assert article.source == "desk"
    assert "Friday" in article.content.html


def test_an_unknown_source_is_a_usage_error(desk):
    with pytest.raises(UsageError, match=r"no source named wire\. There are: new"):
        desk.visit(desk.newsroom, only="wire")


def test_one_source_can_be_visited_alone(desk):
    desk.put(desk.folder / "bridge.txt", STORY)

    report = desk.visit(desk.newsroom, desk.wire(), only="newsroom")

    assert [one.name for one in report.sources] == ["newsroom"]
    assert desk.server.asked == []


def test_a_report_says_it_to_a_machine_too(desk):
    desk.put(desk.folder / "bridge.txt", STORY)
    desk.put(desk.folder / "empty.txt", "")

    said = desk.visit(desk.newsroom).to_json()

    assert said["ok"] is True
    (source,) = said["sources"]
    assert source["new"] == 1
    assert source["problems"][0]["where"] == "empty.txt"
