"""The listening side of the daemon: public pages, metrics, and the mail catcher."""

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from dispatch.app import App
from dispatch.sandbox.catcher import Catcher
from dispatch.sandbox.mailbox import Mailbox
from dispatch.web.inbox import create_inbox
from dispatch.web.server import Server
from dispatch.web.site import create_admin, create_site

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class Swap:
    """An ASGI application that can be exchanged while it serves (SIGHUP)."""

    def __init__(self, current: Asgi) -> None:
        self.current = current

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to whichever application is current."""
        await self.current(scope, receive, send)


class Pages:
    """Servers that start together and stop in reverse order."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._site = Swap(create_site(app))
        self._admin = Swap(create_admin(app))
        self._open = ExitStack()
        self._catching = False

    def start(self) -> None:
        """Listen everywhere the config says. Raises StartError naming the address."""
        web = self._app.settings.web
        with ExitStack() as opened:
            self._open = opened
            if not self._app.settings.site.live:
                self._catch()
            self._serve(self._site, web.listen)
            if web.admin_listen:
                self._serve(self._admin, web.admin_listen)
            self._open = opened.pop_all()

    def replace(self, app: App) -> None:
        """Serve `app` from now on; the addresses stay as they are."""
        self._app = app
        self._site.current = create_site(app)
        self._admin.current = create_admin(app)
        if not app.settings.site.live:
            self._catch()

    def stop(self) -> None:
        """Finish the requests under way and stop listening."""
        self._open.close()

    def _catch(self) -> None:
        if self._catching:
            return
        sandbox = self._app.settings.sandbox
        mailbox = Mailbox(self._app.clock, self._caught())
        catcher = Catcher(sandbox.smtp, mailbox)
        catcher.start()
        self._open.callback(catcher.stop)
        title = f"Inbox of {self._app.settings.site.title}"
        self._serve(create_inbox(mailbox, title=title), sandbox.listen)
        self._catching = True

    def _caught(self) -> Path | None:
        """The folder that keeps caught mail over a restart, beside the database."""
        file = self._app.store.file
        return file.parent / "inbox" if file else None

    def _serve(self, app: Asgi, listen: str) -> None:
        server = Server(app, listen)
        server.start()
        self._open.callback(server.stop)
