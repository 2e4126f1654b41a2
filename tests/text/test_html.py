import pytest
from hypothesis import given, strategies as st

from dispatch.text import html


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One <b>two</b>\n three</p><p>Four</p>", "One two three\n\nFour"),
        ("<p>a<br>b</p>", "a\nb"),
        ("<ul><li>a</li><li><p>b</p></li></ul>", "- a\n- b"),
        ("<h2>A</h2>b<hr>c", "A\n\nb\n\n* * *\n\nc"),
        ("<p>a &amp; b &lt;c&gt;</p>", "a & b <c>"),
        ("<script>x</script><style>y</style>a", "a"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("just text", "just text"),
        ("", ""),
        ("<p>Ruiz&nbsp;’07</p>", "Ruiz\u00a0’07"),
    ],
)
def test_html_becomes_readable_text(markup, text):
    assert html.to_text(markup) == text


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("D&amp;I", "D&I"),
        ("D&amp;amp;I", "D&amp;I"),
        ("<b>Owls</b> &#8217;07\n", "Owls ’07"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
    ],
)
def test_a_title_is_decoded_once(raw, title):
    assert html.unescape_title(raw) == title


def test_links_and_the_first_picture_are_found():
    markup = '<a href="x">One <b>two</b></a><a>no</a><img alt=""><img src="a.png">'

    assert html.links(markup) == [("One two", "x")]
    assert html.first_image(markup) == "a.png"
    assert html.first_image("<p>none</p>") == ""


def test_a_fragment_is_cut_at_its_top_level():
    parts = html.parts(
        "<div><article>lead <p>a</p> mid <p>b<b>c</b></p></article></div>"
    )

    assert [(one.tag, one.text) for one in parts] == [
        ("", "lead"),
        ("p", "a"),
        ("", "mid"),
        ("p", "bc"),
    ]
    assert parts[3].html == "<p>b<b>c</b></p>"


def test_a_page_is_taken_apart():
    page = html.page(
        '<html lang="es"><title>T</title><meta name="Author" content="Ana">'
        "<body><nav>x</nav><article><p>a</p><h1>Head</h1>tail<p>b</p></article></body>"
    )

    assert (page.title, page.heading, page.language) == ("T", "Head", "es")
    assert page.meta == {"author": "Ana"}
    assert page.body == "<p>a</p>tail<p>b</p>"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("bomb", ["<div>" * 200_000, "<a" * 300_000, "&amp;" * 300_000])
def test_hostile_html_is_over_soon(bomb):
    html.to_text(bomb)
    html.parts(bomb)


@given(st.text(max_size=300))
def test_any_text_is_html_of_some_kind(markup):
    html.to_text(markup)
    html.unescape_title(markup)
    html.first_image(markup)
    html.links(markup)
    html.parts(markup)
    html.page(markup)
    assert html.well_formed(html.well_formed(markup)) == html.well_formed(markup)
