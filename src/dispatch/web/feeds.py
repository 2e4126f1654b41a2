"""Feeds over HTTP: what readers' programs fetch, and the page that explains them."""

import hashlib
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dispatch.app import App
from dispatch.model import FeedFamily
from dispatch.publish import families, files, packed
from dispatch.store import feeds
from dispatch.text import plain
from dispatch.web import conditional
from dispatch.web.pages import Pages

TYPES = {
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
}
OPML = "index.opml"
# A name that can leave the folder cannot be written in these characters.
FILE = re.compile(
    r"(?:(?:section|author|tag)/)?[A-Za-z0-9][A-Za-z0-9_-]*\.(?:rss|atom|json)"
    r"|index\.opml"
)
MOST_SHOWN = 300  # feeds of one family on the page; the list (OPML) has them all
# Some readers poll as often as this says, and never more often (Miniflux).
FRESH = "public, max-age=900"


@dataclass(frozen=True, slots=True)
class Family:
    """The feeds of one family for the page: the first of them, and how many in all."""

    kind: FeedFamily
    feeds: tuple[tuple[str, str], ...]  # title and name
    number: int


@dataclass(frozen=True, slots=True)
class Published:
    """A feed file as it lay on the disk at one moment, and its packed forms."""

    stamp: tuple[int, int, int]
    digest: str
    changed_at: datetime
    forms: Mapping[str, bytes]  # by content coding; "" is the file itself


class Shelf:
    """The folder of published feeds, read again only when a file has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._known: dict[str, Published] = {}

    def take(self, name: str) -> Published | None:
        """Return the file called `name`, or None when no such feed is published."""
        if not FILE.fullmatch(name):
            return None
        try:
            return self._read(name)
        except OSError:
            return None

    def _read(self, name: str) -> Published:
        with (self._folder / name).open("rb") as file:
            status = file_status(file.fileno())
            known = self._known.get(name)
            if known is not None and known.stamp == status:
                return known
            fresh = _publish(self._folder / name, status, file.read())
        with self._lock:
            self._known[name] = fresh
        return fresh


def file_status(descriptor: int) -> tuple[int, int, int]:
    """Return what changes whenever a file is replaced: inode, size and time."""
    status = os.fstat(descriptor)
    return status.st_ino, status.st_size, status.st_mtime_ns


def _publish(file: Path, stamp: tuple[int, int, int], data: bytes) -> Published:
    forms = {coding: _packed(file, coding, data) for coding in packed.CODINGS}
    return Published(
        stamp=stamp,
        digest=hashlib.sha256(data).hexdigest()[:32],
        changed_at=datetime.fromtimestamp(stamp[2] // 1_000_000_000, UTC),
        forms={"": data, **forms},
    )


def _packed(file: Path, coding: str, data: bytes) -> bytes:
    """Return what publishing laid beside the file, or pack it here and now."""
    ending, pack = packed.CODINGS[coding]
    beside = file.with_name(file.name + ending)
    try:
        if files.same_edition(file, beside):
            return beside.read_bytes()
    except OSError:
        pass
    return pack(data)


class Feeds:
    """/feeds/ and everything below it."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages
        self._shelf = Shelf(app.settings.feeds.directory)

    def routes(self) -> list[Route]:
        """Return the addresses under /feeds/."""
        return [
            Route("/feeds", self.moved),
            Route("/feeds/", self.index),
            Route("/feeds/{file}", self.file),
            Route("/feeds/{family}/{file}", self.file),
        ]

    def moved(self, _request: Request) -> Response:
        """The page without its slash."""
        return RedirectResponse(self._pages.links.feeds(), 301)

    def index(self, _request: Request) -> Response:
        """The page that lists all feeds and says what they are for."""
        opml = self._shelf.take(OPML) is not None
        return self._pages.render("feeds", opml=opml, families=self._families())

    def _families(self) -> list[Family]:
        """Return the feeds of sections, authors and tags that are published."""
        with self._app.store.read() as tx:
            titles = feeds.titles(tx)
        site = f"{plain.squash(self._app.settings.site.title)}: "
        kinds = self._app.settings.feeds.families
        found = {
            kind: sorted(
                (title.removeprefix(site), name)
                for name, title in titles.items()
                if families.kind_of(name) == kind
            )
            for kind in kinds
        }
        return [
            Family(kind, tuple(found[kind][:MOST_SHOWN]), len(found[kind]))
            for kind in kinds
            if found[kind]
        ]

    def file(self, request: Request) -> Response:
        """One feed file, with everything a polite reader needs to fetch it rarely."""
        name = "/".join(request.path_params.values())
        found = self._shelf.take(name)
        if found is None:
            raise HTTPException(404)
        coding = conditional.coding(request.headers, packed.CODINGS)
        etag = f'"{found.digest}-{coding}"' if coding else f'"{found.digest}"'
        headers = self._headers(name, etag, found.changed_at)
        if conditional.not_modified(
            request.headers, etag=etag, last_modified=found.changed_at
        ):
            return Response(status_code=304, headers=headers)
        headers["Content-Type"] = TYPES[Path(name).suffix]
        if coding:
            headers["Content-Encoding"] = coding
        return Response(found.forms[coding], headers=headers)

    def _headers(self, name: str, etag: str, changed_at: datetime) -> dict[str, str]:
        """Return what a 200 and its 304 have in common."""
        # Never later than Date (RFC 9110 8.8.2.1), as after a clock was set back.
        shown = min(changed_at, self._app.clock.now())
        return {
            "ETag": etag,
            "Last-Modified": conditional.http_date(shown),
            "Cache-Control": FRESH,
            "Vary": "Accept-Encoding",
            "Link": f'<{self._pages.absolute.feeds()}{name}>; rel="self"',
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "ETag, Last-Modified, Link",
        }
