import pytest

from dispatch.model import Links
from dispatch.web import pictures

SITE = Links("https://quad.example/news")


def kept(html):
    return pictures.own_only(html, SITE)


def test_a_picture_of_ours_stays_and_is_asked_for_on_this_host():
    html = '<p><img src="https://quad.example/news/media/abc.png" alt="A &amp; B"></p>'

    assert kept(html) == (
        '<p><img src="/news/media/abc.png" alt="A &amp; B" loading="lazy"></p>'
    )


def test_a_picture_from_elsewhere_becomes_a_link_to_it():
    html = '<img src="https://cdn.example/a.jpg?x=1&amp;y=2" alt="A boat">'

    assert kept(html) == (
        '<a class="picture" href="https://cdn.example/a.jpg?x=1&amp;y=2">'
        "Picture: A boat</a>"
    )


def test_a_linked_picture_from_elsewhere_leaves_its_words_in_the_link():
    picture = '<img src="https://cdn.example/a.jpg" alt="Go">'
    html = f'<a href="https://x.example/">{picture}</a>'

    assert kept(html) == '<a href="https://x.example/">Go</a>'


@pytest.mark.parametrize(
    "source",
    [
        "https://quad.example.evil.example/news/media/a.png",
        "//quad.example/news/media/a.png",
        "https://quad.example/news/media/../../x.png",
    ],
)
def test_no_picture_is_loaded_from_another_place(source):
    html = kept(f'<img src="{source}" alt="">')

    assert "<img" not in html or 'src="/news/media/' in html
    assert ".." not in html.partition("<img")[2]


def test_all_other_html_comes_through_as_it_was():
    html = "<h2>A &lt; B &#8217;</h2>\n<p>x<br>y &nbsp; z</p><hr><p>“ü”</p>"

    assert kept(html) == html


def test_tags_that_close_themselves_are_no_obstacle():
    html = '<p>a<br/>b<a/><img src="https://cdn.example/a.jpg" alt=""/></p>'

    assert kept(html) == (
        '<p>a<br/>b<a/><a class="picture" href="https://cdn.example/a.jpg">Picture</a>'
        "</p>"
    )
