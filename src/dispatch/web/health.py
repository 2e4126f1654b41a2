"""/livez: the process turns. /readyz: it can do its work."""

import os
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dispatch.app import App
from dispatch.errors import StoreError
from dispatch.store import sources
from dispatch.store.room import MEGABYTE, Room

Check = Callable[[], str]
"""Returns what is wrong, in a sentence that anybody may read, or an empty text."""

NO_STORE = {"Cache-Control": "no-store"}


class Health:
    """The two probes. `ready` adds checks that only the daemon can make."""

    def __init__(self, app: App, ready: Mapping[str, Check]) -> None:
        self._app = app
        least = app.settings.store.min_free * MEGABYTE
        self._space = Room(app.settings.feeds.directory, least)
        self._checks: dict[str, Check] = {
            "writer": self._writer,
            "database": self._database,
            "feeds": self._feeds,
            "disk": self._disk,
            **ready,
        }

    def routes(self) -> list[Route]:
        """Return /livez and /readyz."""
        return [Route("/livez", self.live), Route("/readyz", self.ready)]

    def live(self, _request: Request) -> Response:
        """Answer at all."""
        return PlainTextResponse("ok\n", headers=NO_STORE)

    def ready(self, _request: Request) -> Response:
        """Run every check; 503 when one of them finds something."""
        found = {name: check() for name, check in self._checks.items()}
        ok = not any(found.values())
        body = {
            "ready": ok,
            "checks": {name: problem or "ok" for name, problem in found.items()},
        }
        return JSONResponse(body, 200 if ok else 503, NO_STORE)

    def _writer(self) -> str:
        return "" if self._app.store.writable else "The database writer has stopped."

    def _database(self) -> str:
        try:
            with self._app.store.read() as tx:
                sources.states(tx)
        except StoreError:
            return "The database cannot be read."
        return ""

    def _feeds(self) -> str:
        folder = self._app.settings.feeds.directory
        if folder.is_dir() and os.access(folder, os.W_OK):
            return ""
        return "The folder of the feeds cannot be written."

    def _disk(self) -> str:
        return self._app.store.shortage or self._space.shortage
