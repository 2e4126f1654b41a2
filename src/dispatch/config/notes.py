"""What config.toml may say, but what will not do what somebody may expect of it."""

from collections.abc import Iterator
from importlib.util import find_spec

from dispatch.compose import inline_quick
from dispatch.config import secrets
from dispatch.config.faults import Fault
from dispatch.deliver import profiles
from dispatch.model import NewsletterSettings, RelaySettings, Settings, SourceSettings


def notes(file: str, settings: Settings) -> Iterator[Fault]:
    """Yield a warning for every setting that will surprise; none of them stops."""
    if not settings.source:
        remedy = "Add one with: dispatch source add URL_OR_PATH"
        yield Fault(file, "source", "there is none, so nothing is collected.", remedy)
    for source in settings.source:
        yield from _source(file, source)
    yield from _feeds(file, settings)
    for newsletter in settings.newsletter:
        yield from _newsletter(file, newsletter)
    if settings.site.inliner == "css-inline" and not inline_quick.available():
        what = "css-inline is not installed, so premailer does its work."
        remedy = "Run: pip install 'dispatch-news[css-inline]'"
        yield Fault(file, "site.inliner", what, remedy)
    for relay in settings.relays:
        yield from _relay(file, relay)
        if settings.dkim and profiles.of(relay.profile).rebuilds:
            what = f'"{relay.profile}" rebuilds each message and signs it itself.'
            remedy = "[[dkim]] has no effect with it."
            yield Fault(file, f"{relay.table}.profile", what, remedy)


def _feeds(file: str, settings: Settings) -> Iterator[Fault]:
    """A source that was taken out keeps its stories: its name may well be meant."""
    there = {source.name for source in settings.source}
    for feed in settings.feed:
        for name in feed.sources:
            if name not in there:
                what = (
                    f'"{name}" is no [[source]] here: only old stories can be from it.'
                )
                remedy = "Check its spelling, or leave it."
                yield Fault(file, f"feed.{feed.name}.sources", what, remedy)


def _source(file: str, source: SourceSettings) -> Iterator[Fault]:
    at = f"source.{source.name}"
    if source.kind == "mailbox":
        yield from _mailbox(file, at, source)
    fetches = source.kind == "sitemap" or source.full_text == "teasers"
    if fetches and find_spec("trafilatura") is None:
        key = "full_text" if source.full_text == "teasers" else "kind"
        what = "needs a library that is not installed."
        remedy = "Run: pip install 'dispatch-news[fulltext]'"
        yield Fault(file, f"{at}.{key}", what, remedy)


def _mailbox(file: str, at: str, source: SourceSettings) -> Iterator[Fault]:
    if not source.authserv:
        what = "is empty, so nobody vouches for its senders: every story is held."
        remedy = (
            "Write the name your mail server signs Authentication-Results with, for "
            f'example "{source.host}".'
        )
        yield Fault(file, f"{at}.authserv", what, remedy)
    if not source.password:
        what = "is set, but there is no password for it."
        remedy = f"Name a password_file, or set {secrets.variable(at, 'password')}."
        yield Fault(file, f"{at}.username", what, remedy)


def _newsletter(file: str, newsletter: NewsletterSettings) -> Iterator[Fault]:
    at = f"newsletter.{newsletter.name}"
    if newsletter.approval == "unless_held" and not newsletter.proof_to:
        what = "has nobody to ask: issues go out as with none."
        yield Fault(file, f"{at}.approval", what, "Name editors in proof_to.")
    usual = NewsletterSettings("", "", "").proof
    if newsletter.proof != usual and not newsletter.proof_to:
        what = "has no effect without proof_to."
        yield Fault(file, f"{at}.proof", what, "Name editors there, or take it out.")
    if newsletter.canary and newsletter.canary_wait >= newsletter.expires:
        what = "is longer than the issue lives: the rest would expire."
        yield Fault(file, f"{at}.canary_wait", what, "Make it shorter than expires.")


def _relay(file: str, relay: RelaySettings) -> Iterator[Fault]:
    if relay.username and not (relay.password or relay.by_token):
        what = "is set, but there is no password for it."
        variable = secrets.variable(relay.table, "password")
        remedy = f"Name a password_file, or set {variable}."
        yield Fault(file, f"{relay.table}.username", what, remedy)
