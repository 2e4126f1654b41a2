"""Where hubs of feeds answer us: /websub/TOKEN, unguessable, one for each source.

A hub asks first whether we really subscribed (GET), and brings news later (POST).
Nothing here parses what it brings: that is written down, and the cycle woken.
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dispatch.actions.collection import push, pushed
from dispatch.actions.collection.pushed import Received
from dispatch.app import App
from dispatch.web import forms, security

MOST_BYTES = 15 * 1024 * 1024
LONGEST_CHALLENGE = 4096


class WebSub:
    """The callback. `arrived` is called when something was brought."""

    def __init__(self, app: App, arrived: Callable[[], None]) -> None:
        self._app = app
        self._arrived = arrived

    def routes(self) -> list[Route]:
        """Return the one address."""
        return [
            Route("/websub/{token}", self.verify),
            Route("/websub/{token}", self.bring, methods=["POST"]),
        ]

    def verify(self, request: Request) -> Response:
        """Echo the challenge of a hub that asks about what we asked of it."""
        query = dict(request.query_params)
        if len(query.get("hub.challenge", "")) > LONGEST_CHALLENGE:
            return _plain("Not found.\n", 404)
        echo = push.confirm(
            self._app.store,
            request.path_params["token"],
            query,
            clock=self._app.clock,
        )
        return _plain("Not found.\n", 404) if echo is None else _plain(echo, 200)

    async def bring(self, request: Request) -> Response:
        """Take what a hub brings; one whose signature is wrong hears nothing of it."""
        store, token = self._app.store, request.path_params["token"]
        if not await run_in_threadpool(pushed.is_known, store, token):
            return _plain("There is no such subscription.\n", 410)
        body = await forms.bounded(request, MOST_BYTES)
        received = await run_in_threadpool(
            pushed.receive,
            store,
            token,
            body,
            signature=request.headers.get("x-hub-signature", ""),
            content_type=request.headers.get("content-type", ""),
            clock=self._app.clock,
        )
        if received is Received.UNKNOWN:
            return _plain("There is no such subscription.\n", 410)
        if received is Received.KEPT:
            self._arrived()
        return _plain("", 202)


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(text, status, dict(security.PRIVATE))
