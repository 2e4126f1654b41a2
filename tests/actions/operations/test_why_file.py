from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.actions.operations import why_file, why_findings, why_story
from dispatch.actions.operations.why_findings import sureness
from dispatch.model import Article, Content, Finding, Settings, SiteSettings
from support import pictures
from support.collecting import OTHER, STORY, Desk
from support.http_server import Server


@pytest.fixture
def desk(store, clock, tmp_path):
    with Server() as server:
        yield Desk(store, clock, tmp_path / "drop", server)


def ask(desk, name, **changes):
    source = replace(desk.newsroom, **changes)
    settings = Settings(site=SiteSettings(), source=(source,))
    found = why_file.file(desk.store, settings, desk.clock, name)
    return None if found is None else " ".join(found.says)


def test_a_file_that_is_no_story_is_explained(desk):
    put = desk.put
    put(desk.folder / "drafts/a.txt", STORY)
    put(desk.folder / ".hidden.txt", STORY)
    put(desk.folder / "empty.txt", "")
    put(desk.folder / "a.odt", "x")
    put(desk.folder / "new.txt", STORY, age=3)
    put(desk.folder / "story.txt", STORY)
    put(desk.folder / "story.yml", "title: A bridge\n")
    put(desk.folder / "lonely.yml", "title: A bridge\n")
    put(desk.folder / "story (conflicted copy 2026-03-01).txt", STORY)
    put(desk.folder / "draft.md", f"---\ndraft: true\n---\n{STORY}")
    (desk.folder / "pic.jpg").write_bytes(pictures.jpeg(8, 8))
    (desk.folder / "dead.txt").symlink_to("gone.txt")

    assert "'drafts/**'" in ask(desk, "drafts/a.txt")
    assert "hidden file" in ask(desk, ".hidden.txt", ignore=())
    assert "is empty" in ask(desk, "empty.txt")
    assert ".odt is none of them" in ask(desk, "a.odt")
    assert "still for 60 s" in ask(desk, "new.txt", settle=timedelta(minutes=1))
    assert "the side-car of story.txt" in ask(desk, "story.yml")
    assert "no story has the same name" in ask(desk, "lonely.yml")
    assert "no story has the same name" in ask(desk, "pic.jpg")
    assert "copy of story.txt" in ask(desk, "story (conflicted copy 2026-03-01).txt")
    assert "It is a draft" in ask(desk, "draft.md")
    assert "It is a draft" in ask(desk, "story.txt", require_ready=True)
    assert "leads nowhere" in ask(desk, "dead.txt")
    assert "the next visit takes it" in ask(desk, "story.txt")
    assert "is a folder" in ask(desk, "drafts", ignore=())


def test_a_file_is_named_by_its_path_or_its_place(desk):
    file = desk.put(desk.folder / "story.txt", STORY)

    assert ask(desk, str(file)) == ask(desk, "story.txt")
    assert ask(desk, "nowhere.txt") is None
    assert ask(desk, "../drop") is None
    assert ask(desk, "/etc/hostname") is None
    assert ask(desk, "story.txt\0") is None


def test_a_file_that_is_a_story_names_it(desk):
    desk.put(desk.folder / "story.txt", STORY)
    desk.visit(desk.newsroom)
    settings = Settings(source=(desk.newsroom,))

    found = why_file.file(desk.store, settings, desk.clock, "story.txt")

    assert found.article == desk.stored()[0].id
    assert found.lines() == [
        "story.txt of newsroom",
        f"It holds story {found.article}.",
    ]
    assert found.to_json()["article"] == found.article


def test_a_story_says_which_rule_gave_each_field_and_what_others_saw(desk):
    desk.put(
        desk.folder / "news/the-bridge-is-closed.txt",
        f"Photo by Bo Park\n\n{STORY}",
    )
    desk.put(desk.folder / "other.txt", OTHER.partition("\n\n")[2])
    desk.visit(desk.newsroom)
    by_place = {one.content.section: one for one in desk.stored()}
    report = why_story.story(
        desk.store, by_place["news"], Settings(source=(desk.newsroom,)), desk.clock
    )

    lines = "\n".join(report.lines())

    assert (
        "Headline: “Harbour bridge closes for repairs”, from the first line, which "
        "reads as a headline, rule T6; sure. Also the file's name (T11a): it saw “The "
        "bridge is closed”." in lines
    )
    assert "Byline: “Ann Lee”, from a line that reads as a byline, rule T8" in lines
    assert (
        "Photo credit: “Photo by Bo Park”, from a line that reads as a credit" in lines
    )
    assert (
        "Section: “news”, from the folder it lies in (in news/), rule folder" in lines
    )
    assert "Date: from what is known of its date (when the file was last" in lines


def test_what_no_rule_found_is_said_too():
    article = Article(1, "", "s", Content("A", "<p>a</p>"), *[None] * 3, "")

    lines = why_findings.sentences(article, [Finding("headline", "T5", 0.95)])

    assert (
        lines[0] == "Headline: “A”, from a line marked as the title, rule T5; certain."
    )
    assert "Byline: no rule found one." in lines
    assert why_findings.sentences(article, []) == []


def test_confidence_is_said_in_words():
    assert [sureness(one) for one in (1, 0.9, 0.6, 0.4, 0.1)] == [
        "certain",
        "sure",
        "likely",
        "a guess",
        "a wild guess",
    ]
