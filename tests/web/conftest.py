import re

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from dispatch.web.server import Server
from dispatch.web.site import create_site
from support import web
from support.asking import Client


class Page(SingleFileSnapshotExtension):
    """An HTML file, free of what changes without anybody seeing it."""

    _write_mode = WriteMode.TEXT
    file_extension = "html"

    def serialize(self, data, **_named):
        steady = re.sub(r"\?v=[0-9a-f]{12}", "?v=VERSION", data)
        return steady.replace(web.PICTURE_HASH, "PICTURE")


@pytest.fixture
def page(snapshot):
    """A snapshot that a browser can open."""
    return snapshot.use_extension(Page)


@pytest.fixture
def app(tmp_path, sqlite_store, clock):
    """The invented publication, with its stories, on SQLite."""
    web.fill(sqlite_store)
    return web.make_app(tmp_path, sqlite_store, clock)


class Stage:
    """A listening server whose application each test exchanges: starting costs."""

    def __init__(self):
        self.current = None
        self.server = Server(self, "127.0.0.1:0")
        self.server.start()

    async def __call__(self, scope, receive, send):
        await self.current(scope, receive, send)


@pytest.fixture(scope="session")
def stages():
    built = []
    yield built
    for stage in built:
        stage.server.stop()


@pytest.fixture
def serve(stages):
    """Answer for an application until the test ends; return a client of it."""
    free = iter(stages)
    taken = []

    def start(asgi):
        stage = next(free, None)
        if stage is None:
            stage = Stage()
            taken.append(stage)
        stage.current = asgi
        return Client(stage.server.url)

    yield start
    stages.extend(taken)


@pytest.fixture
def site(app, serve):
    """A client of the public site of `app`."""
    return serve(create_site(app))
