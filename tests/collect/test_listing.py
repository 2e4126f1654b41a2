import os

import pytest

from dispatch.collect import leftovers, listing

DEFAULTS = ("drafts/**", "_*", "~$*", ".*")


@pytest.mark.parametrize(
    "place",
    [
        *("drafts/a.txt", "drafts/x/a.txt", "_a.txt", "news/_a.txt", ".a", "a/.git"),
        *("~$a.docx", "~WRL0001.tmp", "a.txt~", "a.swp", "a.tmp", "a.txt.part"),
        *(".~lock.a.odt#", "#a.txt#", ".#a.txt", ".goutputstream-X1", ".nfs0001"),
        *("Thumbs.db", "desktop.ini", ".DS_Store", "._a.txt", ".fuse_hidden01"),
        *("a.docx.crdownload", "a.bak", "@eaDir/a.jpg", "__MACOSX/a.txt", "Icon\r"),
        *(".~tmp~/a.txt", ".stversions/a.txt", ".sync/a.txt", "news/drafts.lock"),
    ],
)
def test_drafts_dotfiles_and_leftovers_are_ignored(place, tmp_path):
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")

    looked = listing.look(tmp_path, DEFAULTS)

    assert (looked.entries, looked.problems) == ([], [])
    assert leftovers.Ignore(DEFAULTS).reason(place)


@pytest.mark.parametrize(
    "place",
    ["a.txt", "news/a.txt", "draft.txt", "news/drafts.md", "locks.txt", "a.b/c.txt"],
)
def test_stories_are_not_ignored(place, tmp_path):
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")

    assert [one.relpath for one in listing.look(tmp_path, DEFAULTS).entries] == [place]
    assert leftovers.Ignore(DEFAULTS).reason(place) == ""


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("a (conflicted copy 2026-03-04).txt", "a.txt"),
        ("a (Ann's conflicted copy).txt", "a.txt"),
        ("a (Ann's conflicted copy 2026-03-04 (1)).txt", ""),
        ("a (conflicted copy 2026-03-04 101112).docx", "a.docx"),
        ("a.sync-conflict-20260304-101112-ABCDEFG.txt", "a.txt"),
        ("a_conflict-20260304-101112.md", "a.md"),
        ("a.conflict.txt", "a.txt"),
        ("a (SFConflict ann@paper.example 2026-03-04-10-11-12).txt", "a.txt"),
        ("a (Copie en conflit de Ann).txt", "a.txt"),
        ("b-DESKTOP-AB12CD3.txt", "b.txt"),
        ("c-DESKTOP-AB12CD3.txt", ""),
        ("conflict.txt", ""),
        ("the-conflict-in-the-council.txt", ""),
        ("A conflicted copyright (1).txt", ""),
        ("a (1).txt", ""),
    ],
)
def test_a_conflict_copy_names_its_original(name, original):
    assert leftovers.conflict(name, {"b.txt"}) == original


def test_the_digest_changes_with_whatever_changes(tmp_path):
    seen = set()
    (tmp_path / "news").mkdir()

    def look():
        digest = listing.look(tmp_path, DEFAULTS).digest
        assert digest == listing.look(tmp_path, DEFAULTS).digest
        seen.add(digest)
        return len(seen)

    assert look() == 1
    (tmp_path / "news" / "a.txt").write_text("x")
    assert look() == 2
    os.utime(tmp_path / "news" / "a.txt", (1, 1))
    assert look() == 3
    (tmp_path / "news" / "a.txt").write_text("xy")
    os.utime(tmp_path / "news" / "a.txt", (1, 1))
    assert look() == 4
    (tmp_path / "news" / "a.txt").rename(tmp_path / "a.txt")
    assert look() == 5
    (tmp_path / "dead.txt").symlink_to("gone")
    assert look() == 6


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
