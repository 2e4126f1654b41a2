"""A drop folder end to end: what its files become in the store, visit by visit."""

from datetime import timedelta

import pytest

from dispatch.actions.collection import keep_harvest
from dispatch.errors import StoreError
from dispatch.model import Selection, SourceSettings
from dispatch.store import articles, pictures as stored_pictures, problems
from support import pictures, word_files
from support.collecting import OTHER, STORY, Desk


@pytest.fixture
def desk(store, clock, tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    return Desk(store, clock, folder, None)


def source(desk, **changes):
    options = {"name": "newsroom", "kind": "folder", "path": desk.folder}
    defaults = {"settle": timedelta(0), "first_contact": "mail"}
    return SourceSettings(**{**options, **defaults, **changes})


def named(desk):
    """What the source has wrong, by place."""
    with desk.store.read() as tx:
        return {one.where: one.what for one in problems.standing(tx, "newsroom")}


def test_a_ready_desk_publishes_a_story_when_its_status_says_so(desk):
    ready = source(desk, require_ready=True)
    desk.put(desk.folder / "bridge.txt", STORY)

    (first,) = desk.visit(ready).sources
    desk.put(desk.folder / "bridge.txt", f"Status: ready\n{STORY}", age=1800)
    (second,) = desk.visit(ready).sources
    desk.put(desk.folder / "bridge.txt", STORY, age=60)
    desk.visit(ready)

    assert (first.drafts, first.new) == (1, 0)
    assert (second.drafts, second.new) == (0, 1)
    (story,) = desk.stored()
    assert story.content.headline == "Harbour bridge closes for repairs"
    assert story.held == "draft"


def test_a_word_document_becomes_an_article_with_its_pictures(desk):
    data = pictures.png(4, 4)
    (desk.folder / "arts").mkdir()
    file = desk.folder / "arts" / "owl.docx"
    lede = "The owl sat on the gatepost from dawn until half past four. " * 3
    file.write_bytes(
        word_files.docx(
            word_files.picture("p"),
            "Photo by Bo Park",
            "An owl keeps us company",
            "By Ann Lee",
            lede,
            parts={"word/media/image1.png": data},
            relations=word_files.relation("p", "media/image1.png"),
        )
    )
    desk.touch(file, age=3600)

    desk.visit(source(desk))

    (story,) = desk.stored()
    assert story.content.headline == "An owl keeps us company"
    assert story.content.image.credit == "Photo by Bo Park"
    with desk.store.read() as tx:
        assert stored_pictures.get(tx, story.content.image.media).data == data


def test_a_conflicted_copy_stands_as_a_problem_until_it_is_gone(desk):
    copy = desk.folder / "bridge (Ann's conflicted copy 2026-03-01).txt"
    desk.put(desk.folder / "bridge.txt", STORY)
    desk.put(copy, STORY + "\nMore.\n")

    desk.visit(source(desk))
    desk.visit(source(desk))

    assert len(desk.stored()) == 1
    assert list(named(desk)) == [copy.name]
    copy.unlink()
    desk.visit(source(desk))
    assert named(desk) == {}


def test_an_expired_story_is_held_though_its_file_never_changed(desk):
    text = f"---\nexpirydate: 2026-03-03\n---\n\n{STORY}"
    desk.put(desk.folder / "bridge.md", text)
    desk.visit(source(desk, timezone="UTC"))
    assert desk.stored()[0].held == ""

    desk.clock.advance(days=2)
    desk.visit(source(desk, timezone="UTC"))

    assert desk.stored()[0].held == "withheld"


def test_a_quiet_folder_stays_as_it_was_and_a_write_is_seen_at_once(desk):
    desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(source(desk))
    (quiet,) = desk.visit(source(desk)).sources
    desk.put(desk.folder / "garden.txt", OTHER)

    (loud,) = desk.visit(source(desk)).sources

    assert (quiet.unchanged, quiet.new, quiet.missing) == (1, 0, 0)
    assert (loud.unchanged, loud.new, loud.missing) == (1, 1, 0)


@pytest.mark.parametrize("wanted", ["sports", "Sports", " SPORTS "])
def test_a_section_is_the_same_in_any_letters(desk, wanted):
    desk.put(desk.folder / "Sports" / "bridge.txt", STORY)
    desk.put(desk.folder / "garden.txt", f"Section: News\n\n{OTHER}")
    desk.visit(source(desk))

    with desk.store.read() as tx:
        found = articles.published(
            tx, Selection((wanted,)), now=desk.clock.now(), limit=10
        )

    assert [one.content.section for one in found] == ["sports"]


def test_a_story_that_the_database_refused_is_read_again_at_the_next_visit(
    desk, monkeypatch
):
    desk.put(desk.folder / "bridge.txt", STORY)
    desk.visit(source(desk))
    desk.put(desk.folder / "garden.txt", OTHER)

    with monkeypatch.context() as patch:
        patch.setattr(keep_harvest, "take_in", refusing)
        (first,) = desk.visit(source(desk)).sources
    (second,) = desk.visit(source(desk)).sources

    assert (first.new, [one.where for one in first.problems]) == (0, ["garden.txt"])
    assert second.new == 1
    assert named(desk) == {}


def refusing(_tx, arrivals, _terms):
    """Take nothing in."""
    if arrivals:
        raise StoreError("no room")
    return []
