import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import album, folder, reading
from dispatch.errors import SourceError
from dispatch.model import Errand, HeadlineSource, PubStatus, SourceSettings
from support import pictures
from support.drop import NOW, Drop

LEDE = "The owl sat on the gatepost of the infirmary from dawn until half past four."
ARTICLES = Path(__file__).parents[2] / "articles"


@pytest.fixture
def drop(tmp_path):
    return Drop(tmp_path)


def test_text_markdown_and_html_are_stories(drop):
    for place in ("a.txt", "b.md", "c.html", "d.htm"):
        drop.put(place, LEDE)
    drop.put("e.css", "p {}")

    harvest = drop.visit()

    assert [one.locator for one in harvest.found] == [
        "a.txt",
        "b.md",
        "c.html",
        "d.htm",
    ]
    assert harvest.problems == ()
    assert harvest.present == {"a.txt", "b.md", "c.html", "d.htm"}


def test_an_unchanged_file_is_not_read_again(drop):
    drop.put("a.txt", LEDE)
    drop.visit()

    drop.cursor = ""

    again = drop.visit()

    assert (again.found, again.unchanged) == ((), 1)
    assert again.present == {"a.txt"}


def test_an_edited_file_keeps_its_place_and_changes_its_stamp(drop):
    before = drop.story("a.txt", LEDE)
    drop.put("a.txt", LEDE + " It left.", age=timedelta(minutes=5))

    (after,) = drop.visit().found

    assert after.locator == before.locator
    assert after.stamp != before.stamp
    assert after.aliases[0] == before.aliases[0]


def test_a_renamed_file_is_known_by_its_words(drop):
    before = drop.story("a.txt", LEDE)
    (drop.root / "a.txt").rename(drop.root / "b.txt")

    (after,) = drop.visit().found

    assert set(before.aliases) & set(after.aliases)
    assert {one.kind for one in set(before.aliases) & set(after.aliases)} == {"body"}


def test_aliases_come_strongest_first(drop):
    header = "Title: Owl\nId: owl-1\nUrl: https://paper.example/owl\n\n"

    story = drop.story("a.txt", header + LEDE)

    assert [one.kind for one in story.aliases] == ["id", "path", "url", "body"]
    assert story.guid == "owl-1"


def test_a_file_is_left_alone_until_it_is_still(drop):
    drop.put("a.txt", LEDE, age=timedelta(seconds=3))

    early = drop.visit()
    late = drop.visit(now=NOW + timedelta(seconds=10))

    assert (early.found, early.waiting) == ((), 1)
    assert early.present == {"a.txt"}
    assert len(late.found) == 1


def test_a_story_waits_for_its_picture_to_be_still(drop):
    drop.put("a.txt", LEDE)
    drop.put("a.jpg", pictures.jpeg(8, 8), age=timedelta(seconds=3))

    assert drop.visit().waiting == 1


def test_a_file_that_changes_while_it_is_read_waits(drop, monkeypatch):
    drop.put("a.txt", LEDE)
    honest = os.fstat

    def meanwhile(handle):
        state = honest(handle)
        with (drop.root / "a.txt").open("a") as file:
            file.write("more")
        return state

    monkeypatch.setattr(reading.os, "fstat", meanwhile)

    assert drop.visit().waiting == 1


def test_folders_are_sections_and_headers_know_better(drop):
    drop.put("a.txt", LEDE)
    drop.put("Sports/rowing/b.txt", LEDE)
    drop.put("sports/c.txt", f"Title: Owl\nSection: Arts\n\n{LEDE}")

    sections = {one.locator: one.content.section for one in drop.visit().found}

    assert sections == {
        "a.txt": "news",
        "Sports/rowing/b.txt": "sports",
        "sports/c.txt": "arts",
    }


def test_a_picture_of_the_same_name_is_the_lead_picture(drop):
    data = pictures.png(40, 30)
    drop.put("owl.png", data)

    story = drop.story("owl.txt", f"Photo by Nils Aho\n\n{LEDE}")

    image = story.content.image
    assert (image.width, image.height, image.media_type) == (40, 30, "image/png")
    assert image.credit == "Photo by Nils Aho"
    assert story.media[0].data == data
    assert story.media[0].sha256 == image.media


def test_a_new_picture_makes_the_story_new(drop):
    drop.story("owl.txt", LEDE)
    drop.put("owl.jpg", pictures.jpeg(8, 8))

    (again,) = drop.visit().found

    assert again.content.image.media


def test_a_credit_without_a_picture_is_kept(drop):
    story = drop.story("owl.txt", f"Courtesy of Nils Aho\n\n{LEDE}")

    assert story.content.image.credit == "Courtesy of Nils Aho"
    assert not story.content.image.url
    assert not story.content.image.media


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<html>", "no JPEG, PNG, GIF or WebP"),
        (pictures.png(40, 30)[:40], "cut short"),
        (b"\xff" * 10_000_001, "larger than 10 MB"),
    ],
)
def test_a_bad_picture_is_named_and_the_story_goes_without(drop, data, says):
    drop.put("owl.jpg", data)
    drop.put("owl.txt", LEDE)

    harvest = drop.visit()

    assert harvest.found[0].content.image is None
    assert [one.where for one in harvest.problems] == ["owl.jpg"]
    assert says in harvest.problems[0].what


def test_pictures_beyond_a_visits_measure_come_next_time(drop, monkeypatch):
    monkeypatch.setattr(album, "BYTES_PER_VISIT", 500)
    for name in ("a", "b"):
        drop.put(f"{name}.jpg", pictures.jpeg(8, 8) + b"\0" * 300)
        drop.put(f"{name}.txt", f"{LEDE} {name}")

    first = drop.visit()
    second = drop.visit()

    assert [bool(one.media) for one in first.found] == [True, False]
    assert [(one.locator, bool(one.media)) for one in second.found] == [("b.txt", True)]
    assert drop.visit().unchanged == 2


def test_a_picture_named_in_the_text_is_found_in_the_folder(drop):
    drop.put("news/pics/owl.jpg", pictures.jpeg(8, 8))

    story = drop.story("news/a.md", f"![An owl](pics/owl.jpg)\n\n{LEDE}")

    assert story.content.image.media
    assert story.content.image.alt == "An owl"


def test_a_picture_outside_the_folder_is_not_fetched(drop):
    drop.put("a.md", f"![x](../../etc/secret.jpg)\n\n{LEDE}")

    harvest = drop.visit()

    assert harvest.found[0].media == ()
    assert "not in the folder" in harvest.problems[0].what


@pytest.mark.parametrize(
    ("name", "sidecar"),
    [
        ("owl.yml", "title: The owl\nstatus: withheld\n"),
        ("owl.toml", 'title = "The owl"\nstatus = "withheld"\n'),
        ("owl.json", '{"title": "The owl", "status": "withheld"}'),
    ],
)
def test_a_side_car_says_what_the_story_does_not(drop, name, sidecar):
    drop.put(name, sidecar)

    story = drop.story("owl.txt", f"Some other line for a title\n\n{LEDE * 2}")

    assert story.content.headline == "The owl"
    assert story.status is PubStatus.WITHHELD


def test_a_side_car_beyond_repair_keeps_the_story_out(drop):
    drop.put("owl.yml", "{{{ %%%")
    drop.put("owl.txt", LEDE)

    harvest = drop.visit()

    assert harvest.found == ()
    assert "Mend the side-car" in harvest.problems[0].what


def test_a_generated_headline_is_marked(drop):
    assert drop.story("a.txt", LEDE).content.headline_source is HeadlineSource.GENERATED
    named = drop.story("the-owl-leaves-town.txt", LEDE).content
    assert named.headline_source is HeadlineSource.FILENAME
    assert named.headline == "The owl leaves town"


def test_the_language_comes_from_the_story_or_the_source(drop):
    assert drop.story("a.md", f"---\nlang: es\n---\n{LEDE}").content.language == "es"
    assert drop.story("b.md", LEDE, language="fr").content.language == "fr"
    assert drop.story("c.txt", f"Language: Spanish\n\n{LEDE}").content.language == "es"


def test_without_a_date_a_story_is_as_old_as_its_file(drop):
    assert drop.story("a.txt", LEDE).published_at == NOW - timedelta(hours=1)


def test_a_file_from_the_future_has_no_date(drop):
    drop.put("a.txt", LEDE, age=-timedelta(days=2))

    assert drop.visit().found[0].published_at is None


def test_a_date_in_the_file_name_counts(drop):
    story = drop.story("2026-02-27-owl.txt", LEDE)

    assert story.published_at == datetime(2026, 2, 27, 17, tzinfo=UTC)


def test_a_date_ahead_holds_the_story_until_then(drop):
    story = drop.story("a.txt", f"Title: Owl\nDate: 2026-03-05 09:00\n\n{LEDE}")

    moment = datetime(2026, 3, 5, 14, tzinfo=UTC)
    assert (story.embargo_until, story.published_at) == (moment, moment)


def test_a_story_dated_today_is_not_held(drop):
    story = drop.story("a.txt", f"Title: Owl\nDate: 2026-03-02\n\n{LEDE}")

    assert story.embargo_until is None
    assert story.published_at <= NOW


def test_a_date_nobody_can_read_is_named(drop):
    drop.put("a.txt", f"Title: Owl\nDate: Blursday\n\n{LEDE}")

    harvest = drop.visit()

    assert harvest.found[0].published_at == NOW - timedelta(hours=1)
    assert "Blursday" in harvest.problems[0].what


@pytest.mark.parametrize(
    "text",
    [
        f"Title: Owl\nEmbargo: 2036-03-04 06:00\n\n{LEDE}",
        f"EMBARGOED UNTIL 6 a.m. March 4, 2036\n\n{LEDE}",
        f"---\nembargo: March 4, 2036, 6 a.m.\n---\n\n{LEDE}",
    ],
)
def test_an_embargo_holds_until_its_end(drop, text):
    story = drop.story("a.md", text)

    assert story.embargo_until == datetime(2036, 3, 4, 11, tzinfo=UTC)
    assert "EMBARGO" not in story.content.html


def test_an_embargo_nobody_can_read_holds_all_the_same(drop):
    drop.put("a.txt", f"EMBARGOED until the dean says so\n\n{LEDE}")

    harvest = drop.visit()

    assert harvest.found[0].status is PubStatus.WITHHELD
    assert "embargo" in harvest.problems[0].what


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("draft: true", PubStatus.DRAFT),
        ("draft: false", PubStatus.USABLE),
        ("status: published", PubStatus.USABLE),
        ("status: withheld", PubStatus.WITHHELD),
        ("status: killed", PubStatus.CANCELED),
        ("status: whatever this is", PubStatus.DRAFT),
    ],
)
def test_a_status_is_obeyed_and_an_unknown_one_holds(drop, header, status):
    assert drop.story("a.md", f"---\n{header}\n---\n\n{LEDE}").status is status


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b"\n \n", "is empty"),
        ("binary.txt", b"\x00\x01" * 500, "is not text"),
        ("picture.txt", pictures.png(8, 8), "is not text"),
        ("credit.txt", b"Courtesy of Nils Aho\n", "a credit line and no story"),
        ("matter.md", b"---\n{{{ %%%\n---\nStory.", "front matter is no YAML"),
        ("word.docx", b"PK\x03\x04", "save it anew"),
        ("old.doc", b"\xd0\xcf\x11\xe0", "save it as .docx, .txt, .md or .html"),
        ("locked.docx", b"\xd0\xcf\x11\xe0", "without a password"),
        ("script.html", b"<script>alert(1)</script>", "is empty"),
    ],
)
def test_bad_files_are_named_once_and_the_rest_goes_on(drop, name, data, says):
    drop.put(name, data)
    drop.put("good.txt", LEDE)

    harvest = drop.visit()

    assert [one.locator for one in harvest.found] == ["good.txt"]
    assert [one.where for one in harvest.problems] == [name]
    assert says in harvest.problems[0].what


def test_a_fifty_megabyte_file_is_not_even_opened(drop):
    file = drop.root / "huge.txt"
    with file.open("wb") as handle:
        handle.truncate(50_000_000)
    os.utime(file, (0, 0))

    harvest = drop.visit()

    assert "is 50 MB large" in harvest.problems[0].what


def test_an_error_of_the_disk_is_named(drop, monkeypatch):
    drop.put("a.txt", LEDE)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading.os, "open", refuse)

    (problem,) = drop.visit().problems
    assert problem.what.startswith("cannot be read (Permission denied)")


def test_a_misencoded_file_is_collected_and_told(drop):
    drop.put("a.txt", "“Acción,” said Núñez ’07.".encode("cp1252"))

    harvest = drop.visit()

    assert "“Acción,” said Núñez\u00a0’07." in harvest.found[0].content.html
    assert "read as windows-1252" in harvest.problems[0].what


@pytest.mark.parametrize("place", ["gone", "file.txt"])
def test_a_folder_that_is_not_there_is_a_source_error(drop, place):
    drop.put("file.txt", LEDE)
    source = SourceSettings(name="desk", kind="folder", path=drop.root / place)

    with pytest.raises(SourceError, match=r"The folder .* cannot be read"):
        folder.read(Errand(source, None, NOW))


def test_a_folder_that_cannot_be_listed_whole_loses_nothing(drop, monkeypatch):
    drop.put("a.txt", LEDE)
    drop.put("sub/b.txt", LEDE)
    honest = os.scandir

    def refuse(place):
        if str(place).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return honest(place)

    monkeypatch.setattr(os, "scandir", refuse)

    harvest = drop.visit()

    assert harvest.present is None
    assert harvest.problems[0].where == "sub/"
    assert len(harvest.found) == 1


def test_the_sample_stories_are_all_that_they_should_be():
    source = SourceSettings(
        name="newsroom", kind="folder", path=ARTICLES, section="news"
    )
    now = datetime(2035, 1, 1, tzinfo=UTC)

    harvest = folder.read(Errand(source, None, now, timezone="America/New_York"))

    found = [one.content for one in harvest.found]
    assert harvest.problems == ()
    assert len(found) == 10
    assert {one.section for one in found} == {"news", "arts", "sports", "opinion"}
    assert sum(one.headline_source is HeadlineSource.GENERATED for one in found) == 2
    assert sum(bool(one.correction) for one in found) == 1
    assert sum(one.embargo_until is not None for one in harvest.found) == 1
    assert sum(bool(one.media) for one in harvest.found) == 1
    assert {one.language for one in found} == {"", "en", "es"}
    for one in found:
        assert 5 < len(one.headline) <= 110
        assert one.summary


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from(["a.txt", "a.md", "a.html", "a.docx", "manifest.csv"]),
)
def test_any_bytes_are_a_story_or_a_problem(tmp_path_factory, data, name):
    drop = Drop(tmp_path_factory.mktemp("drop"))
    drop.put(name, data)

    harvest = drop.visit()

    assert len(harvest.found) == 1 or harvest.problems
    for one in harvest.found:
        assert one.content.headline
        assert one.content.html


def test_a_source_without_a_path_is_a_source_error():
    source = SourceSettings(name="desk", kind="folder")

    with pytest.raises(SourceError, match="has no path"):
        folder.read(Errand(source, None, NOW))


def test_a_picture_on_the_web_may_be_named_in_a_header(drop):
    header = "Title: Owl\nImage: https://a.example/owl.jpg\nCaption: An owl\n\n"

    image = drop.story("a.txt", header + LEDE).content.image

    assert (image.url, image.alt) == ("https://a.example/owl.jpg", "An owl")


def test_a_login_in_a_header_is_given_to_no_reader(drop):
    there = "https://ann:s3cret@a.example"
    header = f"Title: Owl\nUrl: {there}/owl\nImage: {there}/owl.jpg\n\n"

    content = drop.story("a.txt", header + LEDE).content

    assert content.url == "https://a.example/owl"
    assert content.image.url == "https://a.example/owl.jpg"


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("Url: javascript:alert(1)", "says its address is"),
        ("Language: Owlish, spoken", "says its language is"),
        ("Image: gone.jpg", "not in the folder"),
    ],
)
def test_odd_headers_are_named_and_the_story_is_taken(drop, header, says):
    drop.put("a.txt", f"Title: Owl\n{header}\n\n{LEDE}")

    harvest = drop.visit()

    assert harvest.found[0].content.url == ""
    assert says in harvest.problems[0].what


def test_a_change_ahead_of_its_time_is_no_change(drop):
    text = f"---\ntitle: Owl\ndate: 2026-02-01\nmodified: %s\n---\n{LEDE}"

    past = drop.story("a.md", text % "2026-02-20 10:00Z")
    ahead = drop.story("b.md", text % "2027-02-20")

    assert past.updated_at == datetime(2026, 2, 20, 10, tzinfo=UTC)
    assert ahead.updated_at is None


def test_no_embargo_is_no_embargo(drop):
    assert drop.story("a.txt", f"Embargo: none\n\n{LEDE}").status is PubStatus.USABLE


@pytest.mark.parametrize(
    ("data", "says"), [(b"x" * 100_001, "far too large"), (b"\x00\x01", "is no text")]
)
def test_a_side_car_that_is_none_keeps_the_story_out(drop, data, says):
    drop.put("owl.yml", data)
    drop.put("owl.txt", LEDE)

    assert says in drop.visit().problems[0].what


def test_a_file_that_goes_away_meanwhile_is_no_problem(drop, monkeypatch):
    drop.put("a.txt", LEDE)

    def gone(*_):
        raise FileNotFoundError

    monkeypatch.setattr(reading.os, "open", gone)
    harvest = drop.visit()

    assert (harvest.problems, harvest.waiting) == ((), 1)


def test_a_file_of_an_impossible_time_is_read_all_the_same(drop):
    file = drop.put("a.txt", LEDE)
    os.utime(file, (10**11, 10**11))

    assert drop.visit().found[0].published_at is None


def test_a_text_of_more_than_a_million_characters_is_no_story(drop):
    drop.put("a.txt", "word " * 300_000)

    assert "is 1,500,000 characters long" in drop.visit().problems[0].what


def test_pictures_written_into_a_page_do_not_count(drop):
    data = "data:image/png;base64," + "A" * 1_500_000

    story = drop.story("a.html", f'<p>{LEDE}</p><img src="{data}">')

    assert story.content.html == f"<p>{LEDE}</p>"
