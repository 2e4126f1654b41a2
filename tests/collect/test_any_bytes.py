"""Any bytes give stories or one SourceError, soon and in little memory."""

import contextlib
import gzip
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from dispatch.collect import discover, sitemap
from dispatch.errors import SourceError
from dispatch.model import Errand, Response, SourceSettings
from support.wire import NOW, read, rss

CORPUS = [
    file.read_bytes()
    for file in sorted((Path(__file__).parents[1] / "data/feeds").iterdir())
]
MAP = SourceSettings(name="map", kind="sitemap", url="https://wire.example/map.xml")
SITEMAP = (
    b"<urlset><url><loc>https://wire.example/1</loc><lastmod>2026-03-02</lastmod>"
    b"<news:news><news:title>A</news:title></news:news></url></urlset>"
)
SLOWEST = 8  # seconds on a busy machine; most take a tenth
MOST_MEMORY = 8  # times the document
BIG = 200_000  # characters; what is not linear shows


def _feed(body):
    return read(body)


def _sitemap(body):
    def fetch(url, *, headers=None):
        return Response(404 if "robots" in url else 200, {}, body, url)

    return sitemap.read(Errand(MAP, fetch, NOW))


READERS = (_feed, _sitemap)


def _survives(body):
    for reader in READERS:
        with contextlib.suppress(SourceError):
            for one in reader(body).found:
                assert one.locator
                assert one.stamp
                assert "<script" not in one.content.html


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(body):
    _survives(body)


@given(
    st.sampled_from([*CORPUS, SITEMAP, gzip.compress(SITEMAP)]),
    st.floats(0, 1),
    st.floats(0, 1),
    st.binary(max_size=20)
    | st.sampled_from([b"<![CDATA[", b"<!--", b"]]>", b"<item>"]),
)
@settings(max_examples=80)
def test_any_damage_to_an_odd_document_is_survived(body, start, end, junk):
    a, b = sorted((int(start * len(body)), int(end * len(body))))
    _survives(body[:a] + junk + body[b:])


@given(st.sampled_from(CORPUS), st.sampled_from(CORPUS), st.floats(0, 1))
@settings(max_examples=30)
def test_any_two_odd_documents_in_one_are_survived(one, other, where):
    at = int(where * len(one))
    _survives(one[:at] + other + one[at:])


@given(st.sampled_from(CORPUS))
def test_any_document_may_be_taken_for_a_page(body):
    text = body.decode("utf-8", "replace")
    discover.feeds(text, "https://wire.example/")
    discover.wordpress_api(text, {}, "https://wire.example/")


HOSTILE = {
    "many tiny items": "<item><title>a</title></item>",
    "items without an end": "<item>",
    "elements without an end": "<a>",
    "elements": "<x/>",
    "links": "<link/>",
    "brackets": "<",
    "ampersands": "&a ",
    "CDATA without an end": "<item><![CDATA[",
    "comments without an end": "<item><!--",
    "instructions": "<?x",
    "attributes": "<a b='",
    "places of a sitemap": "<url>",
    "escaped elements": "&lt;p&gt;x",
    "escaped attributes": '&lt;i lang="',
    "white space": "\n \n",
    "authors' addresses": "a@",
}
PEOPLE = ("author", "managingEditor", "dc:creator", "dc:publisher", "webMaster")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "shell",
    ["<rss version='2.0'><channel>%s", "<item><description>%s</description></item>"],
    ids=["in the feed", "in an item"],
)
def test_hostile_megabytes_are_over_soon(piece, shell):
    body = shell % (piece * (BIG // len(piece)))
    started = time.monotonic()

    _survives((body if body.startswith("<rss") else rss(body)).encode())

    assert time.monotonic() - started < SLOWEST


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["a", "a.", "a@", "a<!-- -->", "<![CDATA[aaaa]]>"])
@pytest.mark.parametrize("element", PEOPLE)
def test_a_long_author_is_over_soon(element, piece):
    name = piece * (BIG // len(piece)) + "a@b.example"
    started = time.monotonic()

    _survives(rss(f"<item><guid>g</guid><{element}>{name}</{element}></item>").encode())

    assert time.monotonic() - started < SLOWEST


@pytest.mark.timeout(60)
def test_sections_of_a_sitemap_without_an_end_are_over_soon():
    place = f"<url><loc>https://wire.example/1</loc>{'<![CDATA[' * 2000}</url>"
    started = time.monotonic()

    _survives(f"<urlset>{place * 300}</urlset>".encode())

    assert time.monotonic() - started < SLOWEST


def test_the_memory_for_a_large_feed_is_a_small_multiple_of_it():
    one = "<item><guid>g{0}</guid><title>T</title><description>{1}</description></item>"
    words = "word " * 400
    body = rss("".join(one.format(n, words) for n in range(500))).encode()
    tracemalloc.start()
    try:
        harvest = read(body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(harvest.found) == 500
    assert peak < MOST_MEMORY * len(body)
