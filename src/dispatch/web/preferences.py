"""Choosing: topics, how often, languages, format, a pause.

The page's own form sends everything there is. A form that names `only` changes that
one thing: the unsubscribe page has such, for whoever wants less and not nothing.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dispatch.actions.audience import choosing, subscribing
from dispatch.actions.audience.choosing import Wishes
from dispatch.actions.feeds import private_feeds
from dispatch.app import App
from dispatch.compose import cadence as cadences
from dispatch.model import (
    Cadence,
    MailFormat,
    NewsletterSettings,
    Standing,
    Subscription,
    SubscriptionState,
)
from dispatch.text import address
from dispatch.web import forms, security
from dispatch.web.forms import Form
from dispatch.web.pages import Pages

LONGEST_PAUSE = timedelta(days=366)
WORDS = {
    Cadence.EACH: "Every issue",
    Cadence.DAILY: "Once a day",
    Cadence.WEEKLY: "Once a week",
    Cadence.MONTHLY: "Once a month",
}

Value = TypeVar("Value", bound=StrEnum)


class Preferences:
    """/preferences/, and what other pages say of a reader's choices."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    def routes(self) -> list[Route]:
        """Return the address, to look and to act."""
        return [
            Route("/preferences/{token}", self.show),
            Route("/preferences/{token}", forms.posted(self.save), methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """What a reader chose, as it is."""
        token = request.path_params["token"]
        standing = self._look(token)
        if standing is None:
            return self.unknown()
        if standing.subscription.state is SubscriptionState.UNSUBSCRIBED:
            return self.gone(standing)
        return self._form(token, standing)

    def save(self, request: Request, form: Form) -> Response:
        """Keep what was chosen, and show it."""
        token = request.path_params["token"]
        standing = self._look(token)
        if standing is None:
            return self.unknown()
        before = standing.subscription
        if before.state is SubscriptionState.UNSUBSCRIBED:
            return self.gone(standing)
        only = form.one("only")
        until, problem = before.paused_until, ""
        if only in {"", "pause"}:
            until, problem = self._pause(form.one("pause_until"), before)
        if problem:
            return self._form(token, standing, problem=problem, form=form)
        saved = subscribing.set_preferences(
            self._app.store,
            self._app.tokens,
            token,
            wishes=_wishes(form, only),
            paused_until=until,
            clock=self._app.clock,
            newsletters=self._app.settings.newsletter,
            language=self._app.settings.site.language,
        )
        if saved is None:
            return self.unknown()
        return self._form(token, saved, saved="Saved.")

    def often(self) -> tuple[tuple[str, str], ...]:
        """Return the cadences that any newsletter offers, and their words."""
        offered = {
            one
            for newsletter in self._app.settings.newsletter
            for one in self._offered(newsletter)
        }
        return _worded(offered)

    def cadence(self, form: Form, newsletter: NewsletterSettings) -> Cadence:
        """Return how often a form asks for; each issue where that is rare enough."""
        wanted = _one_of(Cadence, form.one("cadence")) or Cadence.EACH
        return wanted if wanted in self._offered(newsletter) else Cadence.EACH

    def rarer(self, subscription: Subscription) -> tuple[tuple[str, str], ...]:
        """Return the cadences with less mail than a reader has now, and their words."""
        order = list(Cadence)
        fewer = order[order.index(subscription.cadence) + 1 :]
        return tuple(one for one in self._cadences(subscription) if one[0] in fewer)

    def is_text_only(self, subscription: Subscription) -> bool:
        """Whether a reader has mails without pictures already."""
        return subscription.format is MailFormat.TEXT

    def topics(self, subscription: Subscription) -> tuple[str, ...]:
        """Return the topics on offer, and what was chosen while it still was."""
        newsletter = self._newsletter(subscription)
        offered = subscribing.topics(self._app.store, newsletter) if newsletter else ()
        return tuple(dict.fromkeys((*offered, *subscription.topics)))

    def today(self, subscription: Subscription) -> date:
        """Return the day it is where the newsletter is."""
        return self._app.clock.now().astimezone(self._zone(subscription)).date()

    def gone(self, standing: Standing) -> Response:
        """The page for somebody who has left."""
        title = self._pages.newsletter_title(standing.subscription.newsletter)
        email = standing.subscriber.address
        links, subscription = self._pages.links, standing.subscription.id
        feeds = ("Follow by feed instead", links.feeds())
        if private_feeds.listing(self._app.store, self._app.tokens, subscription):
            own = self._app.tokens.make("preferences", subscription)
            feeds = ("Your own feeds go on", f"{links.preferences(own)}/feeds")
        return self._pages.message(
            "You are unsubscribed",
            f"{title} does not come to {address.mask(email)} any more.",
            "A mail that has already left us may still arrive.",
            headers=security.PRIVATE,
            actions=(
                ("That was a mistake: subscribe again", links.subscribe()),
                *([feeds] if self._app.settings.feed else ()),
            ),
        )

    def unknown(self) -> Response:
        """The page behind a link that is none of ours."""
        return self._pages.message(
            "This link is not known here",
            "It may have been cut off on its way. Copy it whole from the mail.",
            "You can also answer the mail and ask us to take you off the list.",
            status=404,
            headers=security.PRIVATE,
        )

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
        today, until = self.today(subscription), subscription.paused_until
        pause = until.astimezone(self._zone(subscription)).date() if until else ""
        leave = self._app.tokens.make("unsubscribe", subscription.id)
        typed = _wishes(form, form.one("only")) if form else Wishes()
        return self._pages.render(
            "preferences",
            status=400 if problem else 200,
            headers=security.PRIVATE,
            token=token,
            newsletter=self._pages.newsletter_title(subscription.newsletter),
            address=address.mask(standing.subscriber.address),
            subscription=subscription,
            sections=self.topics(subscription),
            topics=_typed(typed.topics, subscription.topics),
            cadences=self._cadences(subscription),
            cadence=typed.cadence or subscription.cadence,
            tongues=self._tongues(subscription),
            languages=_typed(typed.languages, subscription.languages),
            format=typed.format or subscription.format,
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
        today = self.today(subscription)
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            return None, "Please write the date as year-month-day."
        if not today < day <= today + LONGEST_PAUSE:
            return None, "Please choose a day from tomorrow on, within a year."
        midnight = datetime.combine(day, time(), self._zone(subscription))
        return midnight.astimezone(UTC), ""

    def _cadences(self, subscription: Subscription) -> tuple[tuple[str, str], ...]:
        """Return the cadences on offer and their words; none where none differs."""
        newsletter = self._newsletter(subscription)
        offered: tuple[Cadence, ...] = (Cadence.EACH,)
        if newsletter is not None:
            offered = self._offered(newsletter)
        return _worded({*offered, subscription.cadence})

    def _offered(self, newsletter: NewsletterSettings) -> tuple[Cadence, ...]:
        zone = self._pages.zone_of(newsletter.name)
        return cadences.offered(newsletter.schedule, zone)

    def _tongues(self, subscription: Subscription) -> tuple[str, ...]:
        """Return the languages on offer; none where there is but one."""
        site = self._app.settings.site.language
        offered = choosing.tongues(self._app.store, site)
        named = sorted({*offered, *subscription.languages})
        return tuple(named) if named[1:] else ()

    def _newsletter(self, subscription: Subscription) -> NewsletterSettings | None:
        name = subscription.newsletter
        known = (one for one in self._app.settings.newsletter if one.name == name)
        return next(known, None)

    def _zone(self, subscription: Subscription) -> ZoneInfo:
        return ZoneInfo(self._pages.zone_of(subscription.newsletter))

    def _look(self, token: str) -> Standing | None:
        return subscribing.look(self._app.store, self._app.tokens, "preferences", token)


def _worded(offered: Collection[Cadence]) -> tuple[tuple[str, str], ...]:
    """Return cadences with their words, in order; none where there is no choice."""
    named = [one for one in Cadence if one in offered]
    return tuple((one.value, WORDS[one]) for one in named) if named[1:] else ()


def _wishes(form: Form, only: str) -> Wishes:
    """Return what a form asks for; what makes no sense is left as it is."""
    whole = not only
    return Wishes(
        topics=form.all("topics") if whole else None,
        format=_one_of(MailFormat, form.one("format")),
        cadence=_one_of(Cadence, form.one("cadence")),
        languages=form.all("languages") if whole else None,
    )


def _one_of(values: type[Value], word: str) -> Value | None:
    try:
        return values(word)
    except ValueError:
        return None


def _typed(typed: object, stored: tuple[str, ...]) -> object:
    return stored if typed is None else typed
