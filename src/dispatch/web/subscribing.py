"""Joining: the form, and the page behind the confirmation mail's link.

What the form answers is the same for an address that is known and one that is
not, so that nobody can ask the site who reads it.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dispatch.actions.audience import subscribing
from dispatch.actions.audience.subscribing import Confirmation
from dispatch.app import App
from dispatch.model import NewsletterSettings, SubscriptionState
from dispatch.text import address
from dispatch.web import forms, security
from dispatch.web.forms import Form
from dispatch.web.leaving import Leaving
from dispatch.web.pages import Pages
from dispatch.web.preferences import Preferences

BURST = 30  # sign-ups at once: a lecture hall shares one address
PER_SECOND = 0.1
LONGEST = 254  # octets of an address, RFC 5321 4.5.3.1.3 without its brackets
CONFIRMED = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAUSED})
SENT = (
    "Please look into your mailbox",
    (
        "If that address can be subscribed, a mail with a link is on its way to it. "
        "Nothing comes until you follow that link."
    ),
    "No mail within ten minutes? Look into the folder for unwanted mail, or try again.",
)


class Subscribing:
    """/subscribe and the pages behind links in mails."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages
        self._visitors = security.Visitors(app.settings.web.trusted_proxies)
        self._allowance = security.Allowance(burst=BURST, per_second=PER_SECOND)
        self._preferences = Preferences(app, pages)
        self._leaving = Leaving(app, pages, self._preferences)

    def routes(self) -> list[Route]:
        """Return every address that has to do with a subscription."""
        return [
            Route("/subscribe", self.form),
            Route("/subscribe", forms.posted(self.sign_up), methods=["POST"]),
            Route("/confirm/{token}", self.ask),
            Route("/confirm/{token}", forms.posted(self.confirm), methods=["POST"]),
            *self._leaving.routes(),
            *self._preferences.routes(),
        ]

    def form(self, request: Request) -> Response:
        """The subscribe form; ?newsletter=NAME ticks that one."""
        chosen = tuple(request.query_params.getlist("newsletter"))
        return self._pages.render(
            "subscribe",
            chosen=chosen,
            email="",
            problem="",
            often=self._preferences.often(),
            cadence="",
        )

    def sign_up(self, request: Request, form: Form) -> Response:
        """Have a confirmation mail sent; say no more than that."""
        visitor = self._visitors.of(request)
        self._allowance.spend(visitor)
        if form.one("website"):  # a field that no person sees
            return self._pages.message(*SENT)
        typed = form.one("email")
        chosen = self._chosen(form)
        problem = _problem(typed, chosen)
        if problem:
            return self._pages.render(
                "subscribe",
                status=400,
                headers={"Cache-Control": "no-store"},
                chosen=form.all("newsletter"),
                email=typed[:LONGEST],
                problem=problem,
                often=self._preferences.often(),
                cadence=form.one("cadence"),
            )
        for newsletter in chosen:
            subscribing.sign_up(
                self._app.store,
                self._app.press,
                self._app.tokens,
                newsletter,
                address=typed,
                ip=visitor,
                clock=self._app.clock,
                cadence=self._preferences.cadence(form, newsletter),
            )
        return self._pages.message(*SENT)

    def ask(self, request: Request) -> Response:
        """The page with the button. Mail scanners follow links; it changes nothing."""
        token = request.path_params["token"]
        standing = subscribing.look(self._app.store, self._app.tokens, "confirm", token)
        if standing is None:
            return self._unknown()
        if standing.subscription.state in CONFIRMED:
            return self._welcome(token)
        return self._pages.render(
            "confirm",
            headers=security.PRIVATE,
            token=token,
            newsletter=self._pages.newsletter_title(standing.subscription.newsletter),
            address=address.mask(standing.subscriber.address),
        )

    def confirm(self, request: Request, _form: Form) -> Response:
        """Confirm, and say what became of it."""
        token = request.path_params["token"]
        outcome = subscribing.confirm(
            self._app.store,
            self._app.press,
            self._app.tokens,
            self._app.settings.newsletter,
            token,
            clock=self._app.clock,
            ip=self._visitors.of(request),
        )
        again = (("Subscribe again", self._pages.links.subscribe()),)
        match outcome:
            case Confirmation.CONFIRMED | Confirmation.ALREADY:
                return self._welcome(token)
            case Confirmation.EXPIRED:
                return self._pages.message(
                    "This link is too old",
                    "Ask for a new one: it takes a minute.",
                    status=410,
                    headers=security.PRIVATE,
                    actions=again,
                )
            case Confirmation.UNKNOWN:
                return self._unknown()

    def _welcome(self, token: str) -> Response:
        standing = subscribing.look(self._app.store, self._app.tokens, "confirm", token)
        if standing is None:
            return self._unknown()
        subscription = standing.subscription
        own = self._app.tokens.make("preferences", subscription.id)
        title = self._pages.newsletter_title(subscription.newsletter)
        return self._pages.message(
            "You are subscribed",
            f"{title} will come to {address.mask(standing.subscriber.address)}.",
            headers=security.PRIVATE,
            actions=(
                (
                    "Choose topics, how often, and format",
                    self._pages.links.preferences(own),
                ),
                ("Read past issues", self._pages.links.archive()),
            ),
        )

    def _unknown(self) -> Response:
        return self._pages.message(
            "This link is not known here",
            "It may have been cut off on its way. Copy it whole from the mail, "
            "or subscribe again.",
            status=404,
            headers=security.PRIVATE,
            actions=(("Subscribe", self._pages.links.subscribe()),),
        )

    def _chosen(self, form: Form) -> tuple[NewsletterSettings, ...]:
        """Return the newsletters that were ticked; the only one needs no tick."""
        offered = self._app.settings.newsletter
        names = set(form.all("newsletter"))
        if not names and len(offered) == 1:
            return offered
        return tuple(newsletter for newsletter in offered if newsletter.name in names)


def _problem(typed: str, chosen: tuple[NewsletterSettings, ...]) -> str:
    """Return what has to be mended before somebody can sign up."""
    if not chosen:
        return "Please choose a newsletter."
    if not typed:
        return "Please type your email address."
    try:
        address.parse(typed)
    except ValueError as error:
        return str(error)
    return ""
