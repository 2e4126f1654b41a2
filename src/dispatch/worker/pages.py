"""The listening side of the daemon: public pages, metrics, and the mail catcher."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import ExitStack
from typing import Any

from dispatch.app import App
from dispatch.sandbox.catcher import Catcher
from dispatch.sandbox.mailbox import Mailbox, kept_beside
from dispatch.web.health import Check
from dispatch.web.inbox import create_inbox
from dispatch.web.server import Polls, Server
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
    """Servers that start together and stop in reverse order.

    `ready` has the checks that only the daemon can make, for /readyz; `arrived` is
    called when a hub has brought news.
    """

    def __init__(
        self,
        app: App,
        *,
        ready: Mapping[str, Check],
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        self._app = app
        self._ready = ready
        self._arrived = arrived
        self._public = create_site(app, ready=ready, arrived=arrived)
        self._site = Swap(self._public)
        self._admin = Swap(create_admin(app, ready=ready))
        self._open = ExitStack()
        self._catching = False

    def start(self) -> None:
        """Listen everywhere the config says. Raises StartError naming the address."""
        web = self._app.settings.web
        with ExitStack() as opened:
            self._open = opened
            if not self._app.settings.site.live:
                self._catch(self._app)
            self._serve(self._site, web.listen, polls=self._poll)
            if web.admin_listen:
                self._serve(self._admin, web.admin_listen)
            self._open = opened.pop_all()

    def replace(self, app: App) -> None:
        """Serve `app` from now on; the addresses stay as they are.

        Raises TemplateError, ConfigError or StartError, and then serves on as before.
        """
        site = create_site(app, ready=self._ready, arrived=self._arrived)
        admin = create_admin(app, ready=self._ready)
        if not app.settings.site.live:
            self._catch(app)
        self._app = app
        self._public = site
        self._site.current, self._admin.current = site, admin

    def stop(self) -> None:
        """Finish the requests under way and stop listening."""
        self._open.close()

    def _catch(self, app: App) -> None:
        """Start the catcher and its inbox, if they do not run already."""
        if self._catching:
            return
        sandbox = app.settings.sandbox
        mailbox = Mailbox(app.clock, kept_beside(app.store.file))
        catcher = Catcher(sandbox.smtp, mailbox)
        inbox = Server(
            create_inbox(mailbox, title=f"Inbox of {app.settings.site.title}"),
            sandbox.listen,
        )
        with ExitStack() as opened:
            catcher.start()
            opened.callback(catcher.stop)
            inbox.start()
            opened.callback(inbox.stop)
            self._open.push(opened.pop_all())
        self._catching = True

    def _poll(self, request: bytes) -> bytes | None:
        return self._public.polls.answer(request)

    def _serve(
        self, app: Asgi, listen: str, polls: Polls = lambda _request: None
    ) -> None:
        server = Server(app, listen, polls)
        server.start()
        self._open.callback(server.stop)
