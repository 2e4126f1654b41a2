"""Where mail providers post what came back: /hooks/PROVIDER/SECRET."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dispatch.actions.bounces import hooked
from dispatch.actions.bounces.hooked import Answer
from dispatch.app import App
from dispatch.web import forms, security

MOST_BYTES = 1024 * 1024
STATUS = {
    Answer.TAKEN: 200,
    Answer.UNKNOWN: 404,
    Answer.UNSIGNED: 403,
    Answer.UNREADABLE: 400,
}


class Hooks:
    """One address for each provider of `bounces.hooks`."""

    def __init__(self, app: App) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        """Return the one address."""
        return [Route("/hooks/{provider}/{secret}", self.take, methods=["POST"])]

    async def take(self, request: Request) -> Response:
        """Take in what is posted; it is answered once it is durable."""
        app, given = self._app, request.path_params
        settings, provider = app.settings.bounces, given["provider"]
        if not hooked.known(settings, app.tokens, provider, given["secret"]):
            return _answer(Answer.UNKNOWN)
        body = await forms.bounded(request, MOST_BYTES)
        answer = await run_in_threadpool(
            hooked.take,
            app.store,
            app.tokens,
            settings,
            provider,
            body,
            fetch=app.fetch,
            clock=app.clock,
        )
        return _answer(answer)


def _answer(answer: Answer) -> Response:
    return PlainTextResponse(f"{answer}\n", STATUS[answer], dict(security.PRIVATE))
