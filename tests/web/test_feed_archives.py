"""Archive documents over HTTP, as a program that walks the chain fetches them."""

import gzip
import os

import pytest

from dispatch.web.shelf import Shelf

RSS = b"<rss version='2.0'>" + b"<!-- a month -->" * 100 + b"</rss>"
NAMES = ["archive/all/2026-03.rss", "archive/section/town/2026-03-12.rss"]


def lay(app, name, *, packed_too=True):
    file = app.settings.feeds.directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(RSS)
    if packed_too:
        beside = file.with_name(f"{file.name}.gz")
        beside.write_bytes(gzip.compress(RSS))
        os.utime(beside, ns=(file.stat().st_mtime_ns,) * 2)


@pytest.mark.parametrize("name", NAMES)
def test_an_archive_is_served_like_a_feed(app, site, name):
    lay(app, name)

    answer = site.get(f"/feeds/{name}")

    assert answer.body == RSS
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    tag = answer.headers["ETag"]
    assert site.get(f"/feeds/{name}", If_None_Match=tag).status == 304


def test_only_what_lies_packed_beside_an_archive_is_served_packed(app, site):
    lay(app, NAMES[0])
    lay(app, NAMES[1], packed_too=False)

    for name in NAMES:
        answer = site.get(f"/feeds/{name}", Accept_Encoding="br")
        assert "Content-Encoding" not in answer.headers
        assert answer.body == RSS


def test_an_archive_comes_in_gzip_to_who_asks_for_it(app, site):
    lay(app, NAMES[0])

    answer = site.get(f"/feeds/{NAMES[0]}", Accept_Encoding="br, gzip")

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.body) == RSS


def test_archives_are_not_kept_in_memory(app):
    lay(app, NAMES[0])
    shelf = Shelf(app.settings.feeds.directory)

    assert shelf.take(NAMES[0]).forms[""] == RSS
    assert not shelf._known


@pytest.mark.parametrize(
    "path",
    [
        "archive/",
        "archive/all/",
        "archive/all/2026.rss",
        "archive/all/2026-03.opml",
        "archive/../all/2026-03.rss",
        "archive/all/2026-03.rss.gz",
        "archive/etc/town/2026-03.rss",
    ],
)
def test_nothing_else_is_below_the_archives(app, site, path):
    lay(app, NAMES[0])

    assert site.get(f"/feeds/{path}").status == 404
