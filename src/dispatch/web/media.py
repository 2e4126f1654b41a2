"""Pictures that arrived beside a story, served under the hash of their bytes."""

import re
from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dispatch.app import App
from dispatch.model.links import EXTENSIONS
from dispatch.store import articles
from dispatch.web import conditional
from dispatch.web.look import FOREVER

NAME = re.compile(r"([0-9a-f]{64})\.([a-z]{3,4})")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class MediaFiles:
    """/media/."""

    def __init__(self, app: App) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        """Return the addresses under /media/."""
        return [Route("/media/{name}", self.picture)]

    def picture(self, request: Request) -> Response:
        """One picture; its address never means anything else, so keep it for ever."""
        match = NAME.fullmatch(request.path_params["name"])
        if match is None:
            raise HTTPException(404)
        sha256, extension = match.groups()
        with self._app.store.read() as tx:
            media = articles.media(tx, sha256)
        if media is None or EXTENSIONS.get(media.media_type) != extension:
            raise HTTPException(404)
        headers = {
            "ETag": f'"{sha256[:32]}"',
            "Cache-Control": FOREVER,
            # Mail programs on the web show it too.
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        if conditional.not_modified(
            request.headers, etag=headers["ETag"], last_modified=LONG_AGO
        ):
            return Response(status_code=304, headers=headers)
        headers["Content-Type"] = media.media_type
        return Response(media.data, headers=headers)
