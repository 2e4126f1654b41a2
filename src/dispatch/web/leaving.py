"""Leaving: one-click unsubscribe (RFC 8058), its page, and what to do instead.

Mail scanners fetch every link of a mail, so GET and HEAD only show. A POST acts at
once: no cookie, no login, no second question, no redirect.
"""

import logging
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dispatch.actions.audience import subscribing
from dispatch.app import App
from dispatch.model import SubscriptionState
from dispatch.text import address
from dispatch.web import forms, security
from dispatch.web.forms import Form
from dispatch.web.pages import Pages
from dispatch.web.preferences import Preferences

A_MONTH = timedelta(days=30)

log = logging.getLogger(__name__)


class Leaving:
    """/unsubscribe/."""

    def __init__(self, app: App, pages: Pages, preferences: Preferences) -> None:
        self._app = app
        self._pages = pages
        self._preferences = preferences

    def routes(self) -> list[Route]:
        """Return the address, to look and to act."""
        return [
            Route("/unsubscribe/{token}", self.ask),
            Route("/unsubscribe/{token}", forms.posted(self.leave), methods=["POST"]),
        ]

    def ask(self, request: Request) -> Response:
        """The page with the button, and with what to do instead."""
        token = request.path_params["token"]
        standing = subscribing.look(
            self._app.store, self._app.tokens, "unsubscribe", token
        )
        if standing is None:
            return self._preferences.unknown()
        subscription = standing.subscription
        if subscription.state is SubscriptionState.UNSUBSCRIBED:
            return self._preferences.gone(standing)
        own = self._app.tokens.make("preferences", subscription.id)
        return self._pages.render(
            "unsubscribe",
            headers=security.PRIVATE,
            token=token,
            preferences=self._pages.links.preferences(own),
            newsletter=self._pages.newsletter_title(subscription.newsletter),
            address=address.mask(standing.subscriber.address),
            rarer=self._preferences.rarer(subscription),
            until=self._preferences.today(subscription) + A_MONTH,
            text_only=self._preferences.is_text_only(subscription),
            topics=self._preferences.topics(subscription),
        )

    def leave(self, request: Request, form: Form) -> Response:
        """Unsubscribe at once. Mail programs get one line, people a page.

        A body that is not the one RFC 8058 asks for is no reason to keep somebody.
        """
        by_page = form.one("from") == "page"
        standing = subscribing.unsubscribe(
            self._app.store,
            self._app.press,
            self._app.tokens,
            self._app.settings.newsletter,
            request.path_params["token"],
            clock=self._app.clock,
            by="page" if by_page else "one-click",
        )
        if standing is None:
            log.info("unsubscribe with an unknown token")
        if not by_page:
            said = "Unsubscribed.\n" if standing else "This link is not known here.\n"
            return PlainTextResponse(said, headers=security.PRIVATE)
        if standing is None:
            return self._preferences.unknown()
        return self._preferences.gone(standing)
