"""Everything that must be true before real readers get real mail, and who they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dispatch import config
from dispatch.actions.issues.preview import preview
from dispatch.actions.operations import check
from dispatch.compose.preflight import Level, Preflight
from dispatch.compose.press import Press
from dispatch.config import Fault
from dispatch.errors import DispatchError, TemplateError, UsageError
from dispatch.model import Clock, NewsletterSettings, Settings
from dispatch.store import Store, subscribers
from dispatch.text import address, urls


@dataclass(frozen=True, slots=True)
class Audience:
    """Who would get the next issue of a newsletter."""

    newsletter: NewsletterSettings
    active: int

    def __str__(self) -> str:
        noun = "active reader" if self.active == 1 else "active readers"
        return f"{self.newsletter.title}: {self.active:,} {noun}."


@dataclass(frozen=True, slots=True)
class GoLive:
    """What stands in the way of going live, and the audience in words."""

    settings: Settings
    faults: tuple[Fault, ...]
    audience: tuple[Audience, ...]
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.faults

    def lines(self) -> list[str]:
        """Say it in sentences."""
        if self.faults:
            return [*map(str, self.faults), *self.warnings]
        site = self.settings.site
        places = ", ".join(relay.where for relay in self.settings.relays)
        return [
            *map(str, self.audience),
            f"Mail will leave through {places}.",
            f"Links will lead to {site.url}.",
            *self.warnings,
        ]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "live": self.settings.site.live,
            "problems": [fault.to_json() for fault in self.faults],
            "warnings": list(self.warnings),
            "audience": {one.newsletter.name: one.active for one in self.audience},
        }


def examine(store: Store, settings: Settings, press: Press, *, clock: Clock) -> GoLive:
    """Check everything, and count who would get mail. Changes nothing.

    `press` is that of the live site: of its relays, not of the catcher.
    """
    file = str(settings.file)
    found = (
        *check.faults(file, settings),
        *check.senders(file, settings),
        *_address(file, settings),
        *_words(file, settings),
        *_relay(file, settings),
        *_samples(file, settings),
    )
    issues = [
        _next_issue(store, press, one, file, clock) for one in settings.newsletter
    ]
    blocked = (fault for faults, _said in issues for fault in faults)
    return GoLive(
        settings,
        tuple(dict.fromkeys((*found, *blocked))),
        _audience(store, settings),
        tuple(line for _faults, said in issues for line in said),
    )


def go_live(file: Path, *, typed: str, title: str) -> None:
    """Set `live = true` in the config, if the operator typed the site's title.

    Raises UsageError when it is another text: then nothing has changed.
    """
    if " ".join(typed.split()).casefold() != " ".join(title.split()).casefold():
        raise UsageError(f"That is not {title!r}. Nothing has changed.")
    config.set_live(file, live=True)


def _next_issue(
    store: Store,
    press: Press,
    newsletter: NewsletterSettings,
    file: str,
    clock: Clock,
) -> tuple[list[Fault], list[str]]:
    """Look at the next issue as preflight will; return what blocks, and warnings."""
    at, title = f"newsletter.{newsletter.name}", newsletter.title or newsletter.name
    try:
        shown = preview(store, press, newsletter, clock=clock, samples=True)
    except TemplateError as error:
        return [Fault(file, at, f"no issue can be made: {error}")], []
    except DispatchError:
        unseen = "there is no story yet to make an issue of, so none was looked at."
        return [], [f"{title}: {unseen}"]
    found = shown.preflight or Preflight()
    held = not found.ok and newsletter.preflight == "hold"
    said = [one for one in found.remarks if one.level is not Level.PASS]
    warned = [one for one in said if not (held and one.level is Level.BLOCK)]
    warnings = [f"{title}: look at {one.check}: {one.says}" for one in warned]
    if not held:
        return [], warnings
    remedy = f"See it whole: dispatch preview {newsletter.name}"
    what = f"the next issue would be held: {found.reason}"
    return [Fault(file, at, what, remedy)], warnings


def _audience(store: Store, settings: Settings) -> tuple[Audience, ...]:
    with store.read() as tx:
        return tuple(
            Audience(one, subscribers.active_count(tx, one.name))
            for one in settings.newsletter
        )


def _address(file: str, settings: Settings) -> Iterator[Fault]:
    """Readers elsewhere must reach us, and over TLS: the links are their keys."""
    parts = urlsplit(settings.site.url)
    host = parts.hostname or ""
    if all(urls.is_loopback(relay.host) for relay in settings.relays):
        return
    if urls.is_loopback(host) or "." not in host.strip("."):
        what = f"{settings.site.url} leads nowhere from a reader's machine."
        yield Fault(file, "site.url", what, _PUBLIC)
    elif parts.scheme != "https":
        what = "links in mails would go over plain http."
        yield Fault(file, "site.url", what, _PUBLIC)
    elif check.reserved(host):
        what = f"{host} is a name for examples."
        yield Fault(file, "site.url", what, _PUBLIC)


_PUBLIC = "Write the public https address that Dispatch answers under."


def _words(file: str, settings: Settings) -> Iterator[Fault]:
    site = settings.site
    if not site.postal_address.strip():
        what = "is empty; the law of many countries wants one in every newsletter."
        yield Fault(file, "site.postal_address", what, "Write a postal address.")
    if not site.contact.strip():
        what = "is empty, and readers need somebody to write to."
        yield Fault(file, "site.contact", what, "Write an address that is read.")
    elif check.reserved(address.domain(site.contact)):
        what = f"{site.contact} is an address for examples."
        yield Fault(file, "site.contact", what, "Write an address that is read.")
    if not settings.newsletter:
        what = "there is none, so there is nothing to mail."
        yield Fault(file, "newsletter", what, "Add a [[newsletter]].")


def _relay(file: str, settings: Settings) -> Iterator[Fault]:
    for relay in settings.relays:
        if relay.username and not (relay.password or relay.by_token):
            what = "is set, but there is no password for it."
            variable = config.variable(relay.table, "password")
            remedy = f"Name a password_file, or set {variable}."
            yield Fault(file, f"{relay.table}.username", what, remedy)
        if relay.where == settings.sandbox.smtp:
            what = "this is the built-in catcher, which delivers nothing."
            remedy = "Write the relay of your provider."
            yield Fault(file, f"{relay.table}.host", what, remedy)


def _samples(file: str, settings: Settings) -> Iterator[Fault]:
    """The demo's readers must be gone: nobody lives at their addresses."""
    if settings.sandbox.sample_subscribers:
        what = "the demo's readers would get real mail."
        remedy = "Take the line out, and erase them: dispatch subscriber erase ADDRESS"
        yield Fault(file, "sandbox.sample_subscribers", what, remedy)
