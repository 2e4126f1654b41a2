"""What a drop folder does with drafts, dates, copies and files that come late."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.actions.collection import commits
from dispatch.collect import folder, listing, manifest, memory, reading
from dispatch.model import Links, PubStatus
from support import pictures, word_files
from support.drop import NOW, Drop

LEDE = "The owl sat on the gatepost of the infirmary from dawn until half past four."


@pytest.fixture
def drop(tmp_path):
    return Drop(tmp_path)


# Ready desks


@pytest.mark.parametrize(
    "text",
    [
        f"Status: ready\n\n{LEDE}",
        f"Status: ready\nCourtesy of Nils Aho\n\n{LEDE}",
        f"STATUS: Final\n\n{LEDE}",
        f"---\nstatus: published\n---\n{LEDE}",
        f"---\ndraft: false\n---\n{LEDE}",
        f"---\npublished: true\n---\n{LEDE}",
    ],
)
def test_a_desk_that_marks_what_is_ready_gets_only_that(drop, text):
    assert drop.story("a.md", text, require_ready=True).status is PubStatus.USABLE


@pytest.mark.parametrize("text", [LEDE, f"Title: Owl\n\n{LEDE}"])
def test_an_unmarked_story_of_a_ready_desk_is_a_draft(drop, text):
    story = drop.story("a.txt", text, require_ready=True)

    assert story.status is PubStatus.DRAFT
    assert any("Status: ready" in one.note for one in story.findings)
    assert drop.story("b.txt", text).status is PubStatus.USABLE


def test_a_side_car_can_mark_a_story_as_ready(drop):
    drop.put("a.yml", "status: ready\n")

    assert drop.story("a.txt", LEDE, require_ready=True).status is PubStatus.USABLE


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("published: false", PubStatus.DRAFT),
        ("draft: true", PubStatus.DRAFT),
        ("status: hidden", PubStatus.WITHHELD),
        ("status: skip", PubStatus.DRAFT),
        ("status: pending", PubStatus.DRAFT),
        ("status: private", PubStatus.WITHHELD),
        ("status: killed", PubStatus.CANCELED),
        ("status: embargoed", PubStatus.WITHHELD),
        ("status: embargoed\nembargo: 2026-03-03 06:00", PubStatus.USABLE),
        ("status: whatever", PubStatus.DRAFT),
    ],
)
def test_a_status_means_what_other_programs_mean_by_it(drop, said, status):
    assert drop.story("a.md", f"---\n{said}\n---\n{LEDE}").status is status


# Dates


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("date: 2026-02-01\npublishdate: 2026-02-02\nlastmod: 2026-02-03", 1),
        ("publishDate: 2026-02-02\npubdate: 2026-02-04", 2),
        ("pubdate: 2026-02-04\npublished: 2026-02-05", 4),
        ("published: 2026-02-05\nlastmod: 2026-02-03", 5),
        ("lastmod: 2026-02-03\nmodified: 2026-02-06", 3),
        ("modified: 2026-02-06", 6),
    ],
)
def test_of_several_dates_hugos_first_counts(drop, said, date):
    story = drop.story("a.md", f"---\n{said}\n---\n{LEDE}")

    assert story.published_at.date() == datetime(2026, 2, date, tzinfo=UTC).date()


def test_hugo_holds_a_page_until_its_publish_date(drop):
    story = drop.story(
        "a.md", f"---\ndate: 2026-02-01\npublishDate: 2026-03-05\n---\n{LEDE}"
    )

    assert story.embargo_until == datetime(2026, 3, 5, 5, tzinfo=UTC)
    assert (
        drop.story("b.md", f"---\ndate: 2026-02-01\n---\n{LEDE}").embargo_until is None
    )


@pytest.mark.parametrize(
    ("future", "published", "embargo"),
    [
        (
            "hold",
            datetime(2026, 4, 1, 4, tzinfo=UTC),
            datetime(2026, 4, 1, 4, tzinfo=UTC),
        ),
        ("trust", datetime(2026, 4, 1, 4, tzinfo=UTC), None),
        ("clamp", NOW, None),
    ],
)
def test_a_date_to_come_is_held_unless_the_source_says_otherwise(
    drop, future, published, embargo
):
    story = drop.story("a.txt", f"Date: 2026-04-01\n\n{LEDE}", future=future)

    assert (story.published_at, story.embargo_until) == (published, embargo)


def test_a_story_leaves_when_it_expires_though_nobody_touched_it(drop):
    fresh = drop.story("a.md", f"---\nexpiryDate: 2026-03-03\n---\n{LEDE}")
    assert fresh.status is PubStatus.USABLE
    assert drop.visit().found == ()

    (late,) = drop.visit(now=NOW + timedelta(days=1)).found

    assert late.status is PubStatus.WITHHELD
    assert drop.visit(now=NOW + timedelta(days=2)).found == ()


def test_pelicans_headers_are_read(drop):
    story = drop.story(
        "2026-02-03-owl.md",
        "Title: The owl\nAuthors: Lee, Ann; Park, Bo\nTags: birds, night\n"
        f"Category: Nature\nSummary: An owl came.\nStatus: published\n\n{LEDE}",
    )

    assert story.content.headline == "The owl"
    assert story.content.bylines == ("Lee, Ann", "Park, Bo")
    assert story.content.tags == ("birds", "night")
    assert story.content.section == "nature"
    assert story.content.summary == "An owl came."
    assert story.published_at.date().isoformat() == "2026-02-03"


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_checkout_is_as_old_as_its_commits_where_the_operator_says_so(drop):
    drop.put("news/a.txt", LEDE)
    moment = "2026-02-03T10:00:00+00:00"
    for command in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "A story")):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@a.example", *command],
            cwd=drop.root,
            check=True,
            env={"GIT_COMMITTER_DATE": moment, "GIT_AUTHOR_DATE": moment, "HOME": "/"},
        )

    plain = drop.visit().found[0]
    drop.known.clear()
    asked = drop.visit(commit_dates=True).found[0]

    assert plain.published_at == NOW - timedelta(hours=1)
    assert asked.published_at == datetime(2026, 2, 3, 10, tzinfo=UTC)


def test_a_folder_that_is_no_repository_has_no_commits(tmp_path):
    assert commits.first_seen(tmp_path) == {}
    assert commits.first_seen(tmp_path / "gone") == {}


# Word


def test_a_word_document_is_a_story_with_its_picture(drop):
    data = pictures.png(4, 4)
    document = word_files.docx(
        word_files.picture("p"),
        "Photo by Nils Aho",
        "An owl keeps the infirmary company",
        "By Ann Lee",
        LEDE * 3,
        parts={"word/media/image1.png": data},
        relations=word_files.relation("p", "media/image1.png"),
        core=word_files.core(author="Night Desk", modified="2026-03-01T10:00:00Z"),
    )

    story = drop.story("arts/owl.docx", document)

    assert story.content.headline == "An owl keeps the infirmary company"
    assert story.content.bylines == ("Ann Lee",)
    assert story.content.section == "arts"
    assert story.content.image.credit == "Photo by Nils Aho"
    assert story.media[0].data == data
    assert story.published_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert "Nils" not in story.content.summary
    assert story.content.html == f"<p>{LEDE * 3}</p>"


def test_who_saved_a_word_document_is_not_who_wrote_the_story(drop):
    story = drop.story(
        "a.docx", word_files.docx(LEDE, core=word_files.core(author="Night Desk"))
    )

    assert story.content.bylines == ()
    assert any("Night Desk" in one.note for one in story.findings)


# Copies and files that come late


def test_a_conflicted_copy_is_named_and_is_no_story(drop):
    drop.put("a.txt", LEDE)
    drop.put("a (Ann's conflicted copy 2026-03-01).txt", LEDE + " It left.")
    drop.put("a.sync-conflict-20260301-101112-ABCDEFG.jpg", pictures.jpeg(8, 8))

    harvest = drop.visit()

    assert [one.locator for one in harvest.found] == ["a.txt"]
    assert {one.where for one in harvest.problems} == {
        "a (Ann's conflicted copy 2026-03-01).txt",
        "a.sync-conflict-20260301-101112-ABCDEFG.jpg",
    }
    assert all("compare the two and delete one" in one.what for one in harvest.problems)


def test_a_side_car_or_picture_that_comes_late_is_waited_for(drop):
    drop.story("a.txt", LEDE)
    drop.put("a.yml", "title: The owl\n", age=timedelta(seconds=2))

    early = drop.visit()
    (late,) = drop.visit(now=NOW + timedelta(minutes=1)).found

    assert (early.found, early.waiting) == ((), 1)
    assert late.content.headline == "The owl"


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(hours=3)])
def test_a_share_whose_clock_is_ahead_keeps_no_story_back_for_ever(drop, ahead):
    drop.put("a.txt", LEDE, age=-ahead)

    assert len(drop.visit(now=NOW + timedelta(minutes=6)).found) == 1


# Paths


@pytest.mark.parametrize(
    "name",
    [
        "../secret.jpg",
        "news/../../secret.jpg",
        "..\\secret.jpg",
        "{outside}/secret.jpg",
        "./news/./../../{folder}/../secret.jpg",
        "secret.jpg\x00.png",
        "%2e%2e/secret.jpg",
    ],
)
def test_no_header_reaches_a_picture_outside_the_folder(tmp_path, name):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.jpg").write_bytes(pictures.jpeg(8, 8))
    drop = Drop(inside)
    named = name.format(outside=tmp_path, folder="inside")

    story = drop.story("a.txt", f"Image: {named}\n\n{LEDE}")

    assert story.media == ()


def test_folders_that_link_to_each_other_end(tmp_path):
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"to-{other}").symlink_to(tmp_path / other)
        (tmp_path / name / "up").symlink_to(tmp_path)
    drop = Drop(tmp_path)
    drop.put("a/story.txt", LEDE)

    assert [one.locator for one in drop.visit().found] == ["a/story.txt"]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_any_picture_name_stays_inside(tmp_path_factory, name):
    drop = Drop(tmp_path_factory.mktemp("drop"))

    drop.put("a.yml", json.dumps({"image": name, "title": "The owl"}))
    drop.put("a.txt", LEDE)

    assert all(one.media == () for one in drop.visit().found)


# The manifest


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "news/manifest.csv",
            "file;title;author;section\na17.txt;The owl;Ann Lee;Nature\n",
        ),
        (
            "manifest.json",
            '{"news/a17.txt": {"title": "The owl", "by": "Ann Lee", "desk": "Nature"}}',
        ),
        (
            "manifest.json",
            r'[{"path": "news\\a17.txt", "headline": "The owl", "by": ["Ann Lee"]}]',
        ),
    ],
)
def test_a_manifest_says_what_files_are(drop, name, text):
    drop.put(name, text)

    content = drop.story("news/a17.txt", LEDE).content

    assert (content.headline, content.bylines) == ("The owl", ("Ann Lee",))
    assert content.section in {"nature", "news"}


def test_what_a_file_says_itself_is_stronger_than_the_manifest(drop):
    drop.put("manifest.json", '{"a.txt": "The crow"}')

    assert (
        drop.story("a.txt", f"Title: The owl\n\n{LEDE}").content.headline == "The owl"
    )


def test_a_changed_row_makes_its_story_new_and_no_other(drop):
    drop.put("a.txt", LEDE)
    drop.put("b.txt", LEDE + " It left.")
    drop.put("manifest.json", '{"a.txt": "The crow"}')
    drop.visit()
    drop.put("manifest.json", '{"a.txt": "The owl"}', age=timedelta(minutes=5))

    assert [one.content.headline for one in drop.visit().found] == ["The owl"]


def test_stories_wait_for_a_manifest_that_is_being_written(drop):
    drop.put("news/a.txt", LEDE)
    drop.put("b.txt", LEDE)
    drop.put("news/manifest.json", "{", age=timedelta(seconds=1))

    harvest = drop.visit()

    assert ([one.locator for one in harvest.found], harvest.waiting) == (["b.txt"], 1)


@pytest.mark.parametrize("error", [PermissionError(13, "locked"), FileNotFoundError()])
def test_stories_wait_for_a_manifest_that_is_open_elsewhere(drop, monkeypatch, error):
    drop.put("a.txt", LEDE)
    drop.put("manifest.json", '{"a.txt": "The crow"}')
    drop.visit()
    honest = os.open

    def refuse(path, *rest):
        if str(path).endswith(".json"):
            raise error
        return honest(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(reading.os, "open", refuse)
        drop.put("b.txt", LEDE + " It left.")
        locked = drop.visit()
    freed = drop.visit()

    assert (locked.found, locked.waiting) == ((), 2)
    assert [one.locator for one in freed.found] == ["b.txt"]
    assert freed.unchanged == 1


@pytest.mark.parametrize("text", ["{", "[]", "title\nThe owl\n", "null", "[[[[1]]]]"])
def test_a_manifest_of_no_use_is_named(drop, text):
    drop.put("manifest.json", text)
    drop.put("a.txt", LEDE)

    harvest = drop.visit()

    assert [one.where for one in harvest.problems] == ["manifest.json"]
    assert len(harvest.found) == 1


@given(st.text(max_size=200))
def test_any_manifest_is_read_or_refused_in_a_sentence(text):
    for name in manifest.NAMES:
        try:
            assert manifest.read(text, name)
        except ValueError as problem:
            assert "manifest" not in str(problem)  # noqa: PT017 - either way is right


# What is remembered


def test_a_folder_nobody_wrote_to_is_not_compared(drop, monkeypatch):
    drop.put("a.txt", LEDE)
    drop.visit()
    monkeypatch.setattr(folder, "_read_all", None)

    again = drop.visit(now=NOW + timedelta(minutes=5))

    assert (again.same, again.unchanged, again.present) == (True, 1, None)
    assert again.cursor == drop.cursor


@pytest.mark.parametrize(
    "change",
    [
        lambda drop: drop.put("a.txt", LEDE + " It left."),
        lambda drop: drop.put("b.txt", LEDE),
        lambda drop: drop.put("a.jpg", pictures.jpeg(8, 8)),
        lambda drop: (drop.root / "a.txt").rename(drop.root / "c.txt"),
        lambda drop: os.utime(drop.root / "a.txt", (1, 1)),
    ],
    ids=["text", "another file", "a picture", "another name", "another time"],
)
def test_whatever_is_written_is_seen_at_once(drop, change):
    drop.put("a.txt", LEDE)
    drop.visit()
    change(drop)

    assert not drop.visit(now=NOW + timedelta(minutes=1)).same


def test_other_settings_and_a_whole_hour_look_at_everything_again(drop):
    drop.put("a.txt", LEDE)
    drop.visit()

    assert drop.visit(now=NOW + timedelta(minutes=59)).same
    assert not drop.visit(now=NOW + timedelta(hours=1)).same
    assert not drop.visit(now=NOW + timedelta(hours=1), require_ready=True).same
    assert not drop.visit(now=NOW - timedelta(days=1)).same


def test_what_waits_or_cannot_be_opened_is_looked_at_again(drop):
    drop.put("a.txt", LEDE, age=timedelta(seconds=1))
    drop.visit()

    assert not drop.visit(now=NOW + timedelta(seconds=1)).same


@given(st.text(max_size=80))
def test_a_cursor_that_says_nothing_is_forgotten(text):
    assert not memory.recall(text).digest


def test_a_disk_below_the_folder_that_is_gone_keeps_its_stories(drop, monkeypatch):
    drop.put("a.txt", LEDE)
    drop.put("wire/b.txt", LEDE + " It left.")
    honest = listing.look

    def with_disk(root, ignore):
        looked = honest(root, ignore)
        looked.mounts.append("wire")
        return looked

    monkeypatch.setattr(listing, "look", with_disk)
    drop.visit()
    monkeypatch.setattr(listing, "look", honest)
    (drop.root / "wire" / "b.txt").unlink()

    harvest = drop.visit()

    assert harvest.present is None
    assert "no longer mounted; what came from it stays (1" in harvest.problems[0].what


# Pictures in the text


SITE = Links("https://bell.example.org")


def test_pictures_in_the_text_stay_where_they_stand(drop):
    for name in ("one", "two"):
        drop.put(f"news/pics/{name}.png", pictures.png(5 if name == "one" else 6, 4))
    text = (
        f"# The owl\n\n{LEDE}\n\n![](pics/one.png)\n\nIt left.\n\n"
        f"![Gone](pics/two.png) and [its page](pics/two.png)\n"
    )

    story = drop.story("news/owl.md", text)

    lead, second = story.media
    assert story.content.image.media == lead.sha256
    assert lead.sha256 not in story.content.html
    shown = SITE.body(story.content.html)
    assert f'<img src="https://bell.example.org/media/{second.sha256}.png"' in shown
    assert "media.invalid" not in shown
    assert "its page" in shown


def test_a_word_documents_other_pictures_stay_too(drop):
    first, second = pictures.png(4, 4), pictures.png(5, 5)
    document = word_files.docx(
        word_files.picture("p"),
        LEDE,
        word_files.picture("q"),
        "It left.",
        parts={"word/media/a.png": first, "word/media/b.png": second},
        relations=word_files.relation("p", "media/a.png")
        + word_files.relation("q", "media/b.png"),
    )

    story = drop.story("owl.docx", document)

    assert [one.data for one in story.media] == [first, second]
    assert story.media[1].sha256 in story.content.html


def test_a_picture_in_a_word_document_is_no_larger_than_others(drop, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_PICTURE", 50)
    document = word_files.docx(
        word_files.picture("p"),
        LEDE,
        parts={"word/media/a.png": pictures.png(4, 4)},
        relations=word_files.relation("p", "media/a.png"),
    )

    drop.put("owl.docx", document)
    harvest = drop.visit()

    assert harvest.found[0].media == ()
    assert "make it smaller; left out" in harvest.problems[0].what


@pytest.mark.parametrize(
    "address",
    ["../../secret.png", "gone.png", "/etc/passwd", "owl.md", "a%00.png", "x.svg"],
)
def test_a_picture_that_is_not_in_the_folder_is_left_out_and_named(drop, address):
    drop.put("lead.png", pictures.png(4, 4))
    drop.put(
        "news/owl.html",
        f'<p>{LEDE}</p><img src="../lead.png"><p>It left.</p><img src="{address}">',
    )

    harvest = drop.visit()

    assert [len(one.media) for one in harvest.found] == [1]
    assert "<img" not in harvest.found[0].content.html
    assert any("left out" in one.what for one in harvest.problems)
