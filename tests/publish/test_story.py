import pytest

from dispatch.model import Image
from dispatch.publish import story
from support.publishing import words

PHOTO = Image(url="https://example.org/img/pier.jpg", alt="A <pier>", credit="Ada")


def test_a_story_without_extras_is_its_text():
    assert story.compose(words(html="<p>Hello.</p>"), None) == "<p>Hello.</p>"


def test_the_lead_picture_stands_above_the_text_with_its_credit():
    shown = story.compose(words(html="<p>Hello.</p>"), PHOTO)

    assert shown == (
        '<figure><img src="https://example.org/img/pier.jpg" alt="A &lt;pier&gt;">'
        "<figcaption><small>Ada</small></figcaption></figure>\n<p>Hello.</p>"
    )


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/img/pier.jpg",
        "http://example.org/img/pier.jpg",
        "https://example.org/img/pier-1024x683.jpg",
        "https://example.org/img/pier.jpg?w=640&amp;h=480",
        "https://example.org/img/pier.jpg#top",
    ],
)
def test_a_picture_that_the_text_shows_is_not_shown_twice(source):
    body = f'<p>Look:</p><img alt="" src="{source}">'

    assert story.compose(words(html=body), PHOTO) == body


@pytest.mark.parametrize(
    "source",
    ["https://example.org/img/other.jpg", "https://example.net/img/pier.jpg"],
)
def test_another_picture_in_the_text_does_not_hide_the_lead_picture(source):
    body = f'<img src="{source}">'

    assert story.compose(words(html=body), PHOTO).count("<img") == 2


def test_pictures_told_apart_by_their_query_alone_are_two():
    body = '<img src="https://example.org/image.php?id=1">'
    other = Image(url="https://example.org/image.php?id=2")

    assert story.compose(words(html=body), other).count("<img") == 2


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        ("It was Monday.", "<p><strong>Correction:</strong> It was Monday.</p>"),
        ("Correction: No & no.", "<p><strong>Correction:</strong> No &amp; no.</p>"),
        ("CLARIFICATION : So.", "<p><strong>CLARIFICATION:</strong> So.</p>"),
        ("Editor’s note: So.", "<p><strong>Editor’s note:</strong> So.</p>"),
    ],
)
def test_a_correction_is_the_first_thing_a_reader_sees(note, shown):
    content = words(html="<p>Hello.</p>", correction=note)

    assert story.compose(content, PHOTO).startswith(shown)


def test_a_correction_that_the_text_has_is_not_said_twice():
    content = words(
        html="<p>Correction: It was Monday.</p>", correction="It was Monday."
    )

    assert story.compose(content, None) == content.html


def test_a_brief_story_has_its_summary_and_a_link_to_the_whole():
    content = words(summary="Boats & more.", html="<p>The whole text.</p>")

    shown = story.brief(content, None, "https://bell.example.org/?a=1&b=2")

    assert "<p>Boats &amp; more.</p>" in shown
    assert 'href="https://bell.example.org/?a=1&amp;b=2"' in shown
    assert "The whole text" not in shown


def test_a_brief_story_without_a_summary_begins_as_its_text_does():
    content = words(html=f"<p>The <b>ferry</b> &lt;Gull&gt; {'sails on ' * 90}</p>")

    shown = story.brief(content, None, "https://bell.example.org/")

    assert shown.startswith("<p>The ferry &lt;Gull&gt; sails on")
    assert len(shown) < 450
