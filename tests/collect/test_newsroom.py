import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import credit, lede, newsroom
from dispatch.collect.newsroom import Kind

FILES = Path(__file__).parents[1] / "data" / "newsroom"
LISTS = {"bylines", "tags"}


def read(text, kind=Kind.TEXT, name=""):
    return newsroom.read(text, kind, name=name)


@pytest.mark.parametrize("file", sorted(FILES.glob("*.txt")), ids=lambda f: f.stem)
def test_labelled_newsroom_files_are_understood(file):
    want = tomllib.loads(file.with_suffix(".want.toml").read_text("utf-8"))

    story = read(file.read_text("utf-8"), name=f"0001_{file.stem[:4]}")

    got = {name: story.fields.text(name) for name in want if name not in LISTS}
    got |= {name: list(story.fields.many(name)) for name in LISTS & want.keys()}
    got["paragraphs"] = story.html.count("<p>")
    got["crossheads"] = story.html.count("<h3>")
    got["headline_rule"] = story.fields.rule("headline")
    assert {name: got[name] for name in want} == want


@pytest.mark.parametrize("file", sorted(FILES.glob("*.txt")), ids=lambda f: f.stem)
def test_a_credit_never_shows_in_headline_summary_or_body(file):
    story = read(file.read_text("utf-8"))

    found = story.fields.text("credit").replace("\u00a0", " ")
    for part in (story.fields.text("headline"), story.fields.text("summary")):
        assert credit.match(part) is None
        assert not found or found not in part
    assert not found or found not in story.html


def test_the_real_newsroom_file_keeps_its_words(newsroom_corpus):
    file = next(newsroom_corpus.glob("000_*.txt"))
    text = file.read_text("utf-8")

    story = read(text, name=file.stem)

    assert story.fields.text("credit") == "Courtesy of Eino Sierpe"
    assert story.fields.rule("headline") == "T11c"
    assert len(story.fields.text("headline")) <= 80
    assert "Sierpe" not in story.html + story.fields.text("headline")
    blocks = [block for block in text.split("\n\n") if block.strip()]
    assert story.html.count("<p>") == len(blocks) - 1
    for words in ("Acción", "Fountain\u00a0’07", "“good first step”", "[Malloy]"):
        assert words in story.html
    assert story.fields.text("summary").startswith("Immigrant advocates")


def test_every_field_has_a_finding_with_its_rule():
    story = read("Photo by Ana Ruiz\n\n" + "The council met for nine hours. " * 5)

    rules = {one.field: one.rule for one in story.fields.findings}
    assert rules == {"credit": "T4", "headline": "T11c", "summary": "T14"}
    assert all(0 <= one.confidence <= 1 for one in story.fields.findings)


def test_front_matter_wins_over_the_first_line():
    text = "---\ntitle: The real one\n---\n\n# Another one\n\nThe story itself."

    story = read(text, Kind.MARKDOWN)

    assert story.fields.text("headline") == "The real one"
    assert "Another one" in story.html


def test_a_heading_that_repeats_the_title_is_said_once():
    text = "---\ntitle: The Same\n---\n\n# The same\n\nThe story itself, at last."

    assert read(text, Kind.MARKDOWN).html == "<p>The story itself, at last.</p>"


@pytest.mark.parametrize(
    "top",
    [
        "# A title with marks\n\n",
        "A title with marks\n==================\n\n",
        "==================\nA title with marks\n==================\n\n",
    ],
)
def test_marked_titles_are_headlines(top):
    story = read(top + "And here is the story.", Kind.MARKDOWN)

    assert story.fields.text("headline") == "A title with marks"
    assert story.fields.rule("headline") == "T5"
    assert story.html == "<p>And here is the story.</p>"


def test_a_file_name_of_words_is_a_headline():
    body = "It rained. " * 20

    assert read(body, name="2026-03-04-council-approves-lanes").fields.text(
        "headline"
    ) == ("Council approves lanes")
    for useless in ("article12", "untitled", "000_1938f082ae7e1d01", "final-final-v2"):
        assert read(body, name=useless).fields.rule("headline") == "T11c"


def test_html_is_read_by_its_head_and_its_article():
    page = """<html lang="fr"><head><title>Le pont | Le Courrier</title>
    <meta name="author" content="Ana Ruiz"></head><body><nav>Menu</nav><article>
    <h1>Le pont rouvre</h1><p>Photo by Nils Aho</p><p>Le pont a rouvert.</p>
    <p><b>Correction:</b> lundi, not mardi.</p></article></body></html>"""

    story = read(page, Kind.HTML)

    assert story.fields.text("headline") == "Le pont rouvre"
    assert story.fields.text("language") == "fr"
    assert story.fields.many("bylines") == ("Ana Ruiz",)
    assert story.fields.text("credit") == "Photo by Nils Aho"
    assert story.fields.text("correction") == "Correction: lundi, not mardi."
    assert story.html == "<p>Le pont a rouvert.</p>"


def test_a_page_title_loses_the_name_of_the_site():
    page = "<title>The bridge reopens | The Courier</title><p>It did so on Monday.</p>"

    assert read(page, Kind.HTML).fields.text("headline") == "The bridge reopens"


def test_a_picture_above_a_markdown_story_is_the_lead_picture():
    text = '![An owl](owl.jpg "Photo by Nils Aho")\n\nThe owl sat on its gatepost.'

    story = read(text, Kind.MARKDOWN)

    assert story.fields.text("image") == "owl.jpg"
    assert story.fields.text("alt") == "An owl"
    assert story.fields.text("credit") == "Photo by Nils Aho"
    assert story.html == "<p>The owl sat on its gatepost.</p>"


def test_plain_text_is_escaped_and_its_addresses_linked():
    html = read("See https://a.example/x?a=1&b=2, <b>now</b>, or ana@b.example.").html

    assert (
        '<a href="https://a.example/x?a=1&amp;b=2">https://a.example/x?a=1&amp;b=2</a>,'
        in html
    )
    assert '<a href="mailto:ana@b.example">ana@b.example</a>.' in html
    assert "&lt;b&gt;now&lt;/b&gt;" in html


def test_an_editors_note_that_corrects_nothing_stays_in_the_story():
    story = read("Editor’s note: The writer keeps owls.\n\nThe owl sat still all day.")

    assert story.fields.text("correction") == ""
    assert "keeps owls" in story.html


def test_a_correction_below_the_end_mark_is_not_lost():
    story = read("The owl left at dawn.\n\n-30-\n\nCorrection: It left at dusk.\n\nbye")

    assert story.fields.text("correction") == "Correction: It left at dusk."
    assert "bye" not in story.html


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n\n\t\n", "is empty"),
        ("Courtesy of Ana Ruiz", "a credit line and no story"),
        ("Title: Only this", "headers and no story"),
        ("---\n{{{ %%%\n---\nA story.", "front matter is no YAML"),
        ("+++\n= = =\n+++\nA story.", "front matter is no TOML"),
    ],
)
def test_a_file_without_a_story_is_named_with_the_reason(text, says):
    with pytest.raises(newsroom.NoStoryError, match=says):
        read(text)


@given(st.text(max_size=400), st.sampled_from(Kind), st.text(max_size=30))
def test_any_text_is_a_story_or_none(text, kind, name):
    try:
        story = read(text, kind, name=name)
    except newsroom.NoStoryError:
        return
    assert story.html
    assert story.fields.text("headline")
    assert "<script" not in story.html.lower()


SENTENCE = (
    "the council Ana Ruiz ’07 said, met “good step” after Monday (again) on of to "
    "New Haven; because — students 1,140 Gov. don’t"
)
WORDS = st.lists(
    st.sampled_from(SENTENCE.split(" ")),
    min_size=3,
    max_size=60,
)


@given(WORDS)
def test_a_generated_headline_is_short_whole_and_keeps_names(words):
    sentence = " ".join(words) + "."

    made = lede.headline([sentence])

    assert len(made) <= 80
    assert made.count("“") == made.count("”")
    assert made.count("(") == made.count(")")
    if made.endswith("Ruiz"):
        assert not re.search(re.escape(made) + r"\s’07", sentence)


@given(WORDS)
def test_a_generated_headline_never_holds_the_credit(words):
    text = "Photo by Zora Quill ’99\n\n" + " ".join(words).capitalize() + "."

    try:
        story = read(text)
    except newsroom.NoStoryError:
        return
    assert "Quill" not in story.fields.text("headline") + story.fields.text("summary")


def test_broken_front_matter_is_told_and_the_story_is_taken():
    story = read("---\ntitle: [Owl\nauthor: Ana Ruiz\n---\nThe owl came back.")

    assert "Owl" in story.html or "owl" in story.html
    assert "It was read line by line" in story.fields.problems[0]


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("<p>Words.</p><script>x()</script>", "holds scripts;"),
        ('<p onclick="x()">Words.</p>', "holds event handlers;"),
        ('<p>Words: <a href=" javascript:x()">so</a>.</p>', "holds script links;"),
        ('<p>Words.</p><iframe src="https://a.test/"></iframe>', "embedded pages;"),
    ],
)
def test_what_is_active_in_a_page_is_left_out_and_told(html, says):
    story = read(html, Kind.HTML)

    assert "Words" in story.html
    assert says in story.fields.problems[0]


def test_words_about_scripts_are_no_scripts():
    html = "<p>Type <code>javascript:</code> or &lt;script&gt; once = one.</p>"

    assert not read(html, Kind.HTML).fields.problems


def test_a_script_inside_a_heading_is_no_headline():
    story = read("<h1>The <script>x()</script>owl</h1><p>It came.</p>", Kind.HTML)

    assert story.fields.text("headline") == "The owl"


def test_a_picture_inside_a_paragraph_leaves_its_words_in_the_story():
    html = '<p>The owl came back <img src="owl.jpg"> on Monday.</p><p>It is old.</p>'

    assert "The owl came back" in read(html, Kind.HTML).html
