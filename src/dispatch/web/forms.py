"""Read a posted form: small, bounded, and without a single await in the handlers."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

MOST_BYTES = 64 * 1024
MOST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, in order. Files are not taken."""

    fields: tuple[tuple[str, str], ...] = ()
    readable: bool = True

    def one(self, name: str) -> str:
        """Return the first value of `name`, trimmed; empty when there is none."""
        return next((value.strip() for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of `name`, trimmed."""
        return tuple(value.strip() for key, value in self.fields if key == name)


Handler = Callable[[Request, Form], Response]


def posted(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint of `handler`: read the form here, answer in a thread.

    A body over 64 kB is answered 413. A body that cannot be read as a form comes
    as an empty, unreadable form: whether that matters is for the handler to say.
    """

    async def endpoint(request: Request) -> Response:
        body = await bounded(request, MOST_BYTES)
        form = await _parse(request, body)
        return await run_in_threadpool(handler, request, form)

    return endpoint


async def bounded(request: Request, most: int) -> bytes:
    """Return the body of a request; one over `most` bytes is answered 413."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(413)
    return bytes(body)


async def _parse(request: Request, body: bytes) -> Form:
    media_type = request.headers.get("content-type", "").partition(";")[0]
    try:
        if media_type.strip().lower() == "multipart/form-data":
            return await _multipart(request, body)
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
        )
    except (MultiPartException, ValueError, KeyError):
        return Form(readable=False)
    return Form(tuple(pairs))


async def _multipart(request: Request, body: bytes) -> Form:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers, whole(), max_files=0, max_fields=MOST_FIELDS
    )
    data = await parser.parse()
    return Form(tuple((k, v) for k, v in data.multi_items() if isinstance(v, str)))
