import pytest
from hypothesis import given, strategies as st

from dispatch.text import urls

ADDRESSES = st.one_of(
    st.text(max_size=60),
    st.from_regex(
        r"https?://[a-z.:0-9@]{1,20}(/[a-zA-Zä%/.?&=#]{0,30})?", fullmatch=True
    ),
)


@pytest.mark.parametrize(
    "same",
    [
        "http://example.org/story",
        "https://www.example.org/story/",
        "https://EXAMPLE.org:443/story?utm_source=rss&utm_medium=x",
        "https://m.example.org/story#comments",
        "https://amp.example.org/story/index.html?fbclid=abc",
        "  https://example.org./story  ",
    ],
)
def test_one_page_has_one_key_however_it_is_written(same):
    assert urls.canonical(same) == "example.org/story"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/story", "https://example.org/Story"),
        ("https://example.org/?p=1", "https://example.org/?p=2"),
        ("https://example.org/a", "https://example.org:8080/a"),
        ("https://m.example", "https://example"),
    ],
)
def test_different_pages_have_different_keys(one, other):
    assert urls.canonical(one) != urls.canonical(other)


def test_parameters_count_in_any_order():
    one = urls.canonical("https://example.org/?b=2&a=1&gclid=x")

    assert one == urls.canonical("http://example.org/?a=1&b=2") == "example.org?a=1&b=2"


def test_the_two_ways_to_write_an_international_host_are_one():
    assert urls.canonical("https://bücher.example/ä") == urls.canonical(
        "https://xn--bcher-kva.example/%c3%a4"
    )


@given(ADDRESSES)
def test_a_key_is_stable_and_never_raises(text):
    key = urls.canonical(text)

    if key:
        assert urls.canonical(f"https://{key}") in {
            key,
            urls.canonical(f"http://{key}"),
        }


@given(ADDRESSES, ADDRESSES)
def test_no_text_makes_the_rules_raise(one, other):
    urls.is_web(one)
    urls.join(one, other)
    assert urls.strip_tracking(urls.strip_tracking(one)) == urls.strip_tracking(one)
    assert "?" not in urls.shown(one)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org/a",
        "//example.org/a",
        "ftp://example.org/",
        "javascript:alert(1)",
        "mailto:a@example.org",
        "http://",
        "https:///path",
        "https://example.org/a b",
        "https://example.org/\n",
        "https://[::1",
        "https://example.org:99999/",
    ],
)
def test_only_absolute_http_addresses_are_web_addresses(text):
    assert not urls.is_web(text)
    assert urls.canonical(text.strip()) == "" or urls.is_web(text.strip())


def test_stripping_keeps_everything_else_as_it_was():
    url = "https://example.org/a?id=%C3%A4&utm_source=x&z&B=1#top"

    assert urls.strip_tracking(url) == "https://example.org/a?id=%C3%A4&z&B=1#top"


def test_a_question_mark_that_asks_nothing_any_more_goes_too():
    stripped = urls.strip_tracking("https://example.org/a?utm_source=x#top")

    assert stripped == "https://example.org/a#top"


@pytest.mark.parametrize("rest", ["/a", "/a?utm_source=x", ":80/@b?c=@d#@e"])
def test_no_login_is_left_in_an_address_for_readers(rest):
    kept = "https://example.org" + rest.replace("?utm_source=x", "")

    assert urls.strip_tracking(f"https://ann:s3@cret@example.org{rest}") == kept
    assert urls.strip_tracking(kept) == kept


def test_what_is_shown_of_an_address_holds_no_password_and_no_key():
    url = "https://ann:secret@example.org/feed?key=secret#secret"

    assert urls.shown(url) == "https://example.org/feed"


def test_a_link_that_cannot_be_resolved_stays_as_it_is():
    assert urls.join("https://example.org/", "http://[bad") == "http://[bad"
    assert urls.join("https://example.org/a/", "../b") == "https://example.org/b"


def test_a_ref_that_names_the_own_site_is_tracking_and_others_are_not():
    base = "https://www.news.example/story"

    def left(url, site=base):
        return urls.strip_tracking(url, site)

    assert left("https://b.example/?ref=news.example") == "https://b.example/"
    assert left("https://b.example/?a=1&REF=x&Ref=www.News.example#t") == (
        "https://b.example/?a=1&REF=x#t"
    )
    assert left("https://b.example/x?ref=b.example", "") == "https://b.example/x"
    for kept in ("ref=main", "ref=", "ref=news.example.org", "xref=news.example"):
        assert left(f"https://b.example/?{kept}") == f"https://b.example/?{kept}"
    assert left("?ref=news", "") == "?ref=news"


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("/run/dovecot/lmtp", True),
        ("localhost.example.org", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_this_machine_is_known_by_name_address_or_socket(host, here):
    assert urls.is_loopback(host) is here


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://news.example.org", True),
        ("http://news.example.org:8000", True),
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://192.168.1.4", False),
        ("http://[::1]:8000", False),
        ("http://box.local", False),
        ("ftp://news.example.org", False),
        ("", False),
    ],
)
def test_only_a_site_that_the_world_can_reach_is_public(url, public):
    assert urls.is_public(url) is public
