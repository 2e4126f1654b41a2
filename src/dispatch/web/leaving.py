"""Leaving and changing: one-click unsubscribe (RFC 8058), its page, preferences.

Mail scanners fetch every link of a mail, so GET and HEAD only show. A POST acts at
once: no cookie, no login, no second question, no redirect.
"""

import logging
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dispatch.actions import subscribing
from dispatch.app import App
from dispatch.model import MailFormat, Standing, Subscription, SubscriptionState
from dispatch.subscribe.tokens import Purpose
from dispatch.text import address
from dispatch.web import forms, security
from dispatch.web.forms import Form
from dispatch.web.pages import Pages

LONGEST_PAUSE = timedelta(days=366)

log = logging.getLogger(__name__)


class Leaving:
    """/unsubscribe/ and /preferences/."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    def routes(self) -> list[Route]:
        """Return both addresses, to look and to act."""
        post = ["POST"]
        return [
            Route("/unsubscribe/{token}", self.ask),
            Route("/unsubscribe/{token}", forms.posted(self.leave), methods=post),
            Route("/preferences/{token}", self.preferences),
            Route("/preferences/{token}", forms.posted(self.save), methods=post),
        ]

    def ask(self, request: Request) -> Response:
        """The page with the button, and with what to do instead."""
        token = request.path_params["token"]
        standing = self._look("unsubscribe", token)
        if standing is None:
            return self._unknown()
        subscription = standing.subscription
        if subscription.state is SubscriptionState.UNSUBSCRIBED:
            return self._gone(standing)
        own = self._app.tokens.make("preferences", subscription.id)
        return self._pages.render(
            "unsubscribe",
            headers=security.PRIVATE,
            token=token,
            preferences=self._pages.links.preferences(own),
            newsletter=self._pages.newsletter_title(subscription.newsletter),
            address=address.mask(standing.subscriber.address),
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
            return self._unknown()
        return self._gone(standing)

    def preferences(self, request: Request) -> Response:
        """Topics, format and pause, as they are."""
        token = request.path_params["token"]
        standing = self._look("preferences", token)
        if standing is None:
            return self._unknown()
        if standing.subscription.state is SubscriptionState.UNSUBSCRIBED:
            return self._gone(standing)
        return self._form(token, standing)

    def save(self, request: Request, form: Form) -> Response:
        """Keep what was chosen, and show it."""
        token = request.path_params["token"]
        standing = self._look("preferences", token)
        if standing is None:
            return self._unknown()
        before = standing.subscription
        if before.state is SubscriptionState.UNSUBSCRIBED:
            return self._gone(standing)
        until, problem = self._pause(form.one("pause_until"), before)
        if problem:
            return self._form(token, standing, problem=problem, form=form)
        saved = subscribing.set_preferences(
            self._app.store,
            self._app.tokens,
            token,
            topics=form.all("topics"),
            format=_format(form, before),
            paused_until=until,
            clock=self._app.clock,
            newsletters=self._app.settings.newsletter,
        )
        if saved is None:
            return self._unknown()
        return self._form(token, saved, saved="Saved.")

    def _form(
        self,
        token: str,
        standing: Standing,
        *,
        saved: str = "",
        problem: str = "",
        form: Form | None = None,
    ) -> Response:
        """Show the form as it stands, or as it was typed when that was no good."""
        subscription = standing.subscription
        today = self._app.clock.now().astimezone(self._zone(subscription)).date()
        until = subscription.paused_until
        pause = until.astimezone(self._zone(subscription)).date() if until else ""
        leave = self._app.tokens.make("unsubscribe", subscription.id)
        return self._pages.render(
            "preferences",
            status=400 if problem else 200,
            headers=security.PRIVATE,
            token=token,
            newsletter=self._pages.newsletter_title(subscription.newsletter),
            address=address.mask(standing.subscriber.address),
            subscription=subscription,
            sections=self._topics(subscription),
            topics=form.all("topics") if form else subscription.topics,
            format=_format(form, subscription) if form else subscription.format,
            pause=form.one("pause_until") if form else pause,
            earliest=today + timedelta(days=1),
            latest=today + LONGEST_PAUSE,
            leave=self._pages.links.unsubscribe(leave),
            saved=saved,
            problem=problem,
        )

    def _pause(
        self, typed: str, subscription: Subscription
    ) -> tuple[datetime | None, str]:
        """Return the end of the pause, at midnight there, or what is wrong with it."""
        if not typed:
            return None, ""
        zone = self._zone(subscription)
        today = self._app.clock.now().astimezone(zone).date()
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            return None, "Please write the date as year-month-day."
        if not today < day <= today + LONGEST_PAUSE:
            return None, "Please choose a day from tomorrow on, within a year."
        return datetime.combine(day, time(), zone).astimezone(UTC), ""

    def _topics(self, subscription: Subscription) -> tuple[str, ...]:
        """Return the topics on offer, and what was chosen while it still was."""
        named = (
            newsletter
            for newsletter in self._app.settings.newsletter
            if newsletter.name == subscription.newsletter
        )
        newsletter = next(named, None)
        offered = subscribing.topics(self._app.store, newsletter) if newsletter else ()
        return tuple(dict.fromkeys((*offered, *subscription.topics)))

    def _zone(self, subscription: Subscription) -> ZoneInfo:
        return ZoneInfo(self._pages.zone_of(subscription.newsletter))

    def _look(self, purpose: Purpose, token: str) -> Standing | None:
        return subscribing.look(self._app.store, self._app.tokens, purpose, token)

    def _gone(self, standing: Standing) -> Response:
        title = self._pages.newsletter_title(standing.subscription.newsletter)
        email = standing.subscriber.address
        links = self._pages.links
        feeds = (("Follow by feed instead", links.feeds()),)
        return self._pages.message(
            "You are unsubscribed",
            f"{title} does not come to {address.mask(email)} any more.",
            "A mail that has already left us may still arrive.",
            headers=security.PRIVATE,
            actions=(
                ("That was a mistake: subscribe again", links.subscribe()),
                *(feeds if self._app.settings.feed else ()),
            ),
        )

    def _unknown(self) -> Response:
        return self._pages.message(
            "This link is not known here",
            "It may have been cut off on its way. Copy it whole from the mail.",
            "You can also answer the mail and ask us to take you off the list.",
            status=404,
            headers=security.PRIVATE,
        )


def _format(form: Form, subscription: Subscription) -> MailFormat:
    try:
        return MailFormat(form.one("format"))
    except ValueError:
        return subscription.format
