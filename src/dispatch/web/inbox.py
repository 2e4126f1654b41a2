"""The mail catcher's page: every caught mail, as a reader would see it and as it is."""

import email
import re
from collections.abc import Sequence
from datetime import datetime
from email.policy import compat32
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dispatch import resources
from dispatch.model import Settings, SiteSettings
from dispatch.web import security
from dispatch.web.pages import Pages

LISTED = 200
MOST_DIGITS = 12
VIEWS = (
    ("html", "Wide"),
    ("phone", "Phone"),
    ("text", "Plain text"),
    ("headers", "Headers"),
    ("raw", "Source"),
)
HEADERS = security.HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
# The mail itself, in a frame: its inline styles and its pictures, no scripts and no
# forms, wherever it is opened.
LETTER_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "Referrer-Policy": "no-referrer",
}
HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


class Caught(Protocol):
    """A mail as it was caught."""

    @property
    def id(self) -> int:
        """Names it in addresses."""
        ...

    @property
    def received_at(self) -> datetime:
        """When it came in, UTC."""
        ...

    @property
    def sender(self) -> str:
        """The envelope's sender."""
        ...

    @property
    def recipients(self) -> Sequence[str]:
        """The envelope's recipients."""
        ...

    @property
    def raw(self) -> bytes:
        """The bytes that came over the wire."""
        ...

    @property
    def subject(self) -> str:
        """The decoded subject."""
        ...

    @property
    def from_(self) -> str:
        """The decoded From header."""
        ...

    @property
    def to(self) -> str:
        """The decoded To header."""
        ...

    @property
    def text(self) -> str:
        """The plain text part."""
        ...

    @property
    def html(self) -> str:
        """The HTML part; empty for none."""
        ...


class Mailbox(Protocol):
    """What the catcher keeps."""

    def messages(self) -> Sequence[Caught]:
        """Return every mail, newest first."""
        ...

    def get(self, message: int, /) -> Caught | None:
        """Return one mail, or None."""
        ...


def create_inbox(mailbox: Mailbox, *, title: str) -> Starlette:
    """Return the inbox page of `mailbox`."""
    folders = (resources.shipped("templates") / "web",)
    pages = Pages(folders, Settings(site=SiteSettings(title=title)))
    inbox = Inbox(mailbox, pages, title)
    return Starlette(
        routes=[*inbox.routes(), *pages.look.routes()],
        middleware=[Middleware(security.SafeHeaders, headers=HEADERS)],
    )


class Inbox:
    """The list, one mail in five views, and the mail as a file."""

    def __init__(self, mailbox: Mailbox, pages: Pages, title: str) -> None:
        self._mailbox = mailbox
        self._pages = pages
        self._title = title

    def routes(self) -> list[Route]:
        """Return every address."""
        return [
            Route("/", self.index),
            Route("/message/{id}.eml", self.file),
            Route("/message/{id}/html", self.letter),
            Route("/message/{id}", self.message),
        ]

    def index(self, _request: Request) -> Response:
        """The list, newest first."""
        mails = self._mailbox.messages()
        return self._pages.render(
            "inbox",
            headers=HEADERS,
            title=self._title,
            mails=mails[:LISTED],
            total=len(mails),
            more=max(0, len(mails) - LISTED),
        )

    def message(self, request: Request) -> Response:
        """One mail, in the view that ?view= names."""
        mail = self._find(request)
        views = [(n, w) for n, w in VIEWS if mail.html or n not in {"html", "phone"}]
        wanted = request.query_params.get("view", "")
        view = wanted if wanted in dict(views) else views[0][0]
        return self._pages.render(
            "inbox_message",
            headers=HEADERS,
            title=self._title,
            mail=mail,
            view=view,
            views=views,
            size=_size(len(mail.raw)),
            headers_=_headers(mail.raw) if view == "headers" else (),
            source=mail.text if view == "text" else _readable(mail.raw),
        )

    def letter(self, request: Request) -> Response:
        """The HTML part, for the frame; its links open beside the inbox."""
        html = self._find(request).html
        if not html:
            raise HTTPException(404)
        opened = HEAD.sub(r'\g<0><base target="_blank">', html, count=1)
        return HTMLResponse(opened, headers=LETTER_HEADERS)

    def file(self, request: Request) -> Response:
        """The bytes, for a mail program."""
        mail = self._find(request)
        return Response(
            mail.raw,
            headers={
                "Content-Type": "message/rfc822",
                "Content-Disposition": 'attachment; filename="message.eml"',
            },
        )

    def _find(self, request: Request) -> Caught:
        number: str = request.path_params["id"]
        known = number.isascii() and number.isdigit() and len(number) < MOST_DIGITS
        mail = self._mailbox.get(int(number)) if known else None
        if mail is None:
            raise HTTPException(404)
        return mail


def _headers(raw: bytes) -> list[tuple[str, str]]:
    """Return the headers as they stand, unfolded but not decoded."""
    message = email.message_from_bytes(raw, policy=compat32)
    return [(name, " ".join(str(value).split())) for name, value in message.items()]


def _readable(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _size(octets: int) -> str:
    kilo = 1024
    return f"{octets} bytes" if octets < kilo else f"{octets / kilo:.1f} kB"
