import contextlib
import io
import zipfile

import pytest
from hypothesis import given, settings, strategies as st

from dispatch.collect import newsroom, word
from dispatch.collect.newsroom import Kind
from support import pictures, word_files
from support.word_files import docx, paragraph

LEDE = (
    "The owl sat on the gatepost of the infirmary from dawn until half past four, and "
    "nobody at the school could say where it had come from or why it stayed so long."
)
SECOND = "It left at dusk, over the roofs of the lower town, and was not seen again."


def understood(*body, **options):
    return newsroom.read(word.read(docx(*body, **options)).html, Kind.WORD)


def test_a_document_of_plain_lines_is_read_as_a_text_file_is():
    story = understood(
        "Courtesy of Nils Aho ’07",
        "An owl keeps the infirmary company",
        "By Ann Lee and Bo Park",
        LEDE,
        SECOND,
    )

    assert story.fields.text("headline") == "An owl keeps the infirmary company"
    assert story.fields.text("credit") == "Courtesy of Nils Aho\u00a0’07"
    assert story.fields.many("bylines") == ("Ann Lee", "Bo Park")
    assert story.html == f"<p>{LEDE}</p>\n<p>{SECOND}</p>"


@pytest.mark.parametrize("style", ["Title", "heading1"])
def test_a_heading_style_is_the_headline(style):
    story = understood(paragraph("Owl", style=style), "Photo by Nils Aho", LEDE, SECOND)

    assert story.fields.text("headline") == "Owl"
    assert story.fields.rule("headline") == "T5"
    assert story.fields.text("credit") == "Photo by Nils Aho"


def test_headers_stand_one_to_a_paragraph():
    story = understood("Status: ready", "Section: Arts", LEDE, SECOND)

    assert story.fields.text("status") == "ready"
    assert story.fields.text("section") == "Arts"
    assert "Status" not in story.html


def test_lines_of_one_paragraph_are_told_apart():
    story = understood(
        paragraph("An owl keeps us company", "By Ann Lee", "Staff Reporter"),
        LEDE,
        SECOND,
    )

    assert story.fields.text("headline") == "An owl keeps us company"
    assert story.fields.many("bylines") == ("Ann Lee",)
    assert "Staff" not in story.html


def test_a_short_bold_paragraph_is_a_crosshead():
    story = understood(LEDE, paragraph("A second night", bold=True), SECOND)

    assert "<h3>A second night</h3>" in story.html


def test_what_was_deleted_moved_away_or_hidden_does_not_come_out():
    deleted = '<w:del w:id="1"><w:r><w:delText>SECRET-1</w:delText></w:r></w:del>'
    moved = '<w:moveFrom w:id="2"><w:r><w:t>SECRET-2</w:t></w:r></w:moveFrom>'
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>SECRET-3</w:t></w:r>"
    shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t> and came back</w:t></w:r>'
    added = '<w:ins w:id="3"><w:r><w:t> twice</w:t></w:r></w:ins>'
    remark = '<w:r><w:commentReference w:id="0"/></w:r>'
    comments = (
        f'<w:comments xmlns:w="{word_files.W}"><w:comment w:id="0" w:author="Ed">'
        "<w:p><w:r><w:t>SECRET-4</w:t></w:r></w:p></w:comment></w:comments>"
    )

    made = word.read(
        docx(
            LEDE,
            paragraph("It left", run=deleted + moved + hidden + shown + added + remark),
            parts={"word/comments.xml": comments},
            relations=word_files.relation("c", "comments.xml", kind="comments"),
        )
    )

    assert "SECRET" not in made.html
    assert "It left and came back twice" in made.html


def test_pictures_inside_come_with_the_text():
    data = pictures.png(4, 4)
    made = word.read(
        docx(
            word_files.picture("p"),
            LEDE,
            parts={"word/media/image1.png": data},
            relations=word_files.relation("p", "media/image1.png"),
        )
    )

    assert made.pictures == {"word-picture-1.png": data}
    assert 'src="word-picture-1.png"' in made.html
    assert 'alt="An owl"' in made.html


@pytest.mark.parametrize("target", ["http://127.0.0.1:1/owl.png", "file:///etc/hosts"])
def test_nothing_outside_a_document_is_fetched(target, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("connects"))
    made = word.read(
        docx(
            word_files.picture("p").replace("r:embed", "r:link"),
            LEDE,
            relations=word_files.relation("p", target, external=True),
        )
    )

    assert made.pictures == {}
    assert LEDE in made.html


def test_the_properties_are_a_last_resort():
    core = word_files.core("A quiet owl", "Office User", "2026-03-01T10:00:00Z")
    made = word.read(docx(LEDE, core=core))
    story = newsroom.read(made.html, Kind.WORD, title=made.title)

    assert story.fields.text("headline") == "A quiet owl"
    assert (made.author, made.changed) == ("Office User", "2026-03-01T10:00:00Z")


@pytest.mark.parametrize("title", ["Microsoft Word - owl.doc", "Document1", ""])
def test_a_title_that_word_made_up_is_no_headline(title):
    story = newsroom.read(f"<p>{LEDE}</p>", Kind.WORD, title=title)

    assert story.fields.rule("headline") == "T11c"


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"word/bomb.xml": "<a>" + " " * 31_000_000 + "</a>"}, "unpacks to far more"),
        ({f"x/{n}.xml": "<a/>" for n in range(2_000)}, "unpacks to far more"),
        ({"word/x.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'}, "Word does not write"),
        ({"word/x.xml": "<a/>".encode("utf-16")}, "Word does not write"),
        ({"word/x.xml": "<a/>" * 400_001}, "far longer than a story"),
    ],
    ids=["one large part", "many parts", "a document type", "utf-16", "many tags"],
)
def test_a_bomb_is_refused_before_it_is_parsed(parts, says, monkeypatch):
    monkeypatch.setattr(word.mammoth, "convert_to_html", None)

    with pytest.raises(word.UnreadableError, match=says):
        word.read(docx(LEDE, parts=parts))


def test_deep_nesting_is_an_answer_not_a_crash():
    deep = "<w:smartTag>" * 20_000 + "</w:smartTag>" * 20_000

    with pytest.raises(word.UnreadableError):
        word.read(docx(f"<w:p>{deep}</w:p>"))


def test_an_old_or_locked_document_is_named_as_such():
    with pytest.raises(word.UnreadableError, match="password"):
        word.read(b"\xd0\xcf\x11\xe0" + b"\0" * 600)


def test_an_archive_of_something_else_is_no_document():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hello.txt", "hello")

    with pytest.raises(word.UnreadableError, match="no Word document"):
        word.read(packed.getvalue())


WHOLE = docx(LEDE, SECOND)


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_damage_is_a_document_or_one_sentence(at, put):
    with contextlib.suppress(word.UnreadableError):
        word.read(WHOLE[:at] + put + WHOLE[at + len(put) :])
