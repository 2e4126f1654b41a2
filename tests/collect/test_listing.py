import os

import pytest

from dispatch.collect import listing

DEFAULTS = ("drafts/**", "_*", "~$*", ".*")


@pytest.mark.parametrize(
    "place",
    [
        *("drafts/a.txt", "drafts/x/a.txt", "_a.txt", "news/_a.txt", ".a", "a/.git"),
        *("~$a.txt", "a.txt~", "a.swp", "a.tmp", "a.txt.part", "Thumbs.db"),
    ],
)
def test_drafts_dotfiles_and_leftovers_are_ignored(place):
    assert listing.is_ignored(place, DEFAULTS)


@pytest.mark.parametrize(
    "place", ["a.txt", "news/a.txt", "draft.txt", "news/drafts.md"]
)
def test_stories_are_not_ignored(place):
    assert not listing.is_ignored(place, DEFAULTS)


def test_an_ignored_folder_is_not_entered(tmp_path):
    (tmp_path / "drafts" / "deep").mkdir(parents=True)
    (tmp_path / "drafts" / "deep" / "a.txt").write_text("x")

    assert listing.look(tmp_path, DEFAULTS).entries == []


def test_names_are_nfc_whatever_the_disk_says(tmp_path):
    (tmp_path / "Nu\u0301n\u0303ez.txt").write_text("x")

    assert [one.relpath for one in listing.look(tmp_path, ()).entries] == ["Núñez.txt"]


def test_a_name_that_is_no_text_is_a_problem(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    (tmp_path / "two\nlines.txt").write_text("x")

    looked = listing.look(tmp_path, ())

    assert looked.entries == []
    assert all("rename it" in problem.what for problem in looked.problems)
    assert len(looked.problems) == 2


def test_links_out_of_the_folder_are_refused_and_named(tmp_path):
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret.txt").write_text("x")
    (inside / "a.txt").write_text("x")
    (inside / "leak.txt").symlink_to(outside / "secret.txt")
    (inside / "leaks").symlink_to(outside)
    (inside / "dead.txt").symlink_to(inside / "gone.txt")
    (inside / "fine.txt").symlink_to(inside / "a.txt")

    looked = listing.look(inside, ())

    assert [one.relpath for one in looked.entries] == ["a.txt", "fine.txt"]
    assert {problem.where for problem in looked.problems} == {
        "leak.txt",
        "leaks",
        "dead.txt",
    }


def test_a_loop_of_links_ends(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "s.txt").write_text("x")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to(tmp_path / "self")

    looked = listing.look(tmp_path, ())

    assert len(looked.entries) <= 2
    assert looked.complete


def test_pipes_and_sockets_are_passed_over(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")

    assert listing.look(tmp_path, ()).entries == []


def test_too_many_files_are_told_once(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "MOST_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text("x")

    looked = listing.look(tmp_path, ())

    assert len(looked.entries) == 3
    assert not looked.complete
    assert len(looked.problems) == 1
