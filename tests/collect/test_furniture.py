import pytest

from dispatch.collect import furniture, headline, manuscript, newsroom, summary
from dispatch.collect.fields import Fields
from dispatch.collect.newsroom import Kind

LEDE = "The owl sat on the gatepost of the infirmary from dawn until half past four."


def read(text, kind=Kind.TEXT, **more):
    return newsroom.read(text, kind, **more).fields


def test_a_line_that_names_its_field_is_obeyed_without_a_header_block():
    found = read(f"Headline: Owl leaves town\n{LEDE * 2}")

    assert found.text("headline") == "Owl leaves town"


def test_other_lines_with_colons_are_prose():
    assert read(f"Nine owls: a count\n{LEDE * 3}").rule("headline") != "T3"


def test_a_headline_repeated_below_its_header_is_dropped():
    story = newsroom.read(f"Title: The owl\n\nTHE OWL\n\n{LEDE}", Kind.TEXT)

    assert story.html == f"<p>{LEDE}</p>"


def test_a_figure_above_an_html_story_is_the_lead_picture():
    page = "<h1>Owl</h1><figure><img src='owl.jpg'><figcaption>The owl.</figcaption>"

    found = read(f"{page}</figure><p>{LEDE}</p>", Kind.HTML)

    assert found.text("image") == "owl.jpg"
    assert found.text("caption") == "The owl."


def test_only_the_first_picture_leads():
    text = f"![a](a.jpg)\n\n![b](b.jpg)\n\n{LEDE}"

    assert read(text, Kind.MARKDOWN).text("image") == "a.jpg"


def test_a_picture_on_the_web_stays_in_the_text():
    story = newsroom.read(f"![a](https://a.example/a.jpg)\n\n{LEDE}", Kind.MARKDOWN)

    assert "https://a.example/a.jpg" in story.html
    assert story.fields.text("image") == ""


def test_an_html_heading_of_the_second_rank_will_do():
    assert (
        read(f"<h2>The owl</h2><p>{LEDE}</p>", Kind.HTML).text("headline") == "The owl"
    )


@pytest.mark.parametrize(
    "line",
    [
        "It rained.",
        "by the river",
        "- a list of things",
        "Ann Lee",
        "LARKFIELD — The owl left",
        "Write to owl@a.example today",
        "The owl that sat there, day after day,",
        "word " * 20,
    ],
)
def test_what_is_no_headline_is_left_in_the_story(line):
    copy = manuscript.from_text(f"{line}\n\n{LEDE * 4}")

    assert not headline.is_headline(copy)


def test_a_headline_wants_a_longer_story_below():
    assert not headline.is_headline(
        manuscript.from_text("The owl leaves\n\nIt did so.")
    )


HASHI = (
    "東京都は月曜日、隅田川に架かる新しい橋を開通させた。市民は列を作り、橋を渡った。"
    * 2
)


@pytest.mark.parametrize(
    "line",
    ["東京の新しい橋が開通", "「美しい」新しい橋が開通", "สะพานใหม่เปิดให้บริการแล้ว"],
)
def test_a_headline_of_a_script_without_spaces_is_one(line):
    story = newsroom.read(f"{line}\n\n{HASHI}", Kind.TEXT)

    assert (story.fields.text("headline"), story.fields.rule("headline")) == (
        line,
        "T6",
    )
    assert story.html == f"<p>{HASHI}</p>"
    assert story.fields.text("summary") == HASHI


@pytest.mark.parametrize(
    "line", ["田中太郎", "記者 田中太郎", "市民は朝から列を作った。"]
)
def test_a_name_or_a_sentence_of_such_a_script_is_no_headline(line):
    assert read(f"{line}\n\n{HASHI}").rule("headline") != "T6"


def test_page_titles_of_no_meaning_are_none():
    assert headline.from_page_title("Untitled document") == ""
    assert headline.from_page_title("Courier | Home") == "Courier | Home"


def test_a_short_lede_is_filled_up_with_what_follows():
    found = Fields()

    summary.offer(found, ["It rained.", LEDE])

    assert found.text("summary") == f"It rained. {LEDE}"


def test_a_long_lede_is_cut_to_whole_sentences():
    found = Fields()

    summary.offer(found, [" ".join([LEDE] * 8)])

    assert found.text("summary") == " ".join([LEDE] * 3)


def test_nothing_to_sum_up_is_no_summary():
    found = Fields()

    summary.offer(found, [])

    assert found.text("summary") == ""


@pytest.mark.parametrize("address", ["a.jpg", "../a.jpg", "/a.jpg", "a b.jpg"])
def test_a_file_is_local(address):
    assert furniture.is_local(address)


@pytest.mark.parametrize("address", ["https://a/b", "//a/b", "data:x", "cid:1", "#a"])
def test_an_address_is_not(address):
    assert not furniture.is_local(address)
