"""What several values of config.toml must be together."""

from collections.abc import Iterator

from dispatch.config import feeds, places, relays
from dispatch.config.faults import Fault, did_you_mean, duplicates
from dispatch.deliver import dkim, route
from dispatch.model import (
    BounceSettings,
    DkimSettings,
    NewsletterSettings,
    RelaySettings,
    Settings,
    SourceSettings,
)
from dispatch.subscribe import tokens
from dispatch.text import address, urls


def faults(file: str, settings: Settings) -> Iterator[Fault]:
    """Yield what does not fit together in settings that are each fit."""
    for table, named in (
        ("source", settings.source),
        ("feed", settings.feed),
        ("newsletter", settings.newsletter),
        ("relay", settings.relay),
    ):
        yield from _same_names(file, table, [one.name for one in named])
    for source in settings.source:
        yield from _source(file, source)
    yield from _same_places(file, settings.source)
    yield from feeds.faults(file, settings)
    for newsletter in settings.newsletter:
        yield from _newsletter(file, newsletter)
        yield from _sections(file, newsletter)
        yield from _return_path(file, newsletter, _relay_of(settings, newsletter))
    yield from _not_if_in(file, settings)
    for key in settings.dkim:
        yield from _key(file, key)
    yield from _complaints(file, settings)
    yield from relays.faults(file, settings)
    yield from _bounces(file, settings.bounces)
    yield from _listeners(file, settings)


def _same_names(file: str, table: str, names: list[str]) -> Iterator[Fault]:
    for name in duplicates(names):
        what = f"two [[{table}]] have this name."
        yield Fault(file, f"{table}.{name}", what, "Give one of them another name.")


def _source(file: str, source: SourceSettings) -> Iterator[Fault]:
    at = f"source.{source.name}"
    if source.kind == "ghost" and not (source.key or source.key_file):
        what = 'is missing: a source of kind "ghost" needs it.'
        remedy = "Add a line key = …, from Ghost's page Settings, Integrations."
        yield Fault(file, f"{at}.key", what, remedy)
    if source.security == "none" and source.host and not urls.is_loopback(source.host):
        what = f'"none" would send the password to {source.host} in the clear.'
        yield Fault(file, f"{at}.security", what, 'Write "tls" or "starttls".')


def _same_places(file: str, sources: tuple[SourceSettings, ...]) -> Iterator[Fault]:
    places = [_place(source) for source in sources]
    for place in duplicates(place for place in places if place):
        names = [
            source.name
            for source, where in zip(sources, places, strict=True)
            if where == place
        ]
        what = f"reads the same place as source {names[0]}."
        yield Fault(file, f"source.{names[1]}", what, "Take one of them out.")


def _place(source: SourceSettings) -> str:
    """Return what tells two sources apart; empty where that is missing."""
    if source.kind == "mailbox":
        return f"{source.host} {source.username} {source.mailbox}".lower()
    return str(source.path or source.url)


def _key(file: str, key: DkimSettings) -> Iterator[Fault]:
    try:
        dkim.signer(key)
    except ValueError as error:
        yield Fault(file, f"dkim.{key.selector}.key_file", str(error))


def _complaints(file: str, settings: Settings) -> Iterator[Fault]:
    """RFC 9477 section 3.1: reports go to the sender's own domain, or nowhere."""
    host = address.domain(settings.site.complaints)
    for newsletter in settings.newsletter if host else ():
        sender = address.domain(address.sender(newsletter.sender).address)
        if f".{host}".endswith(f".{sender}") or f".{sender}".endswith(f".{host}"):
            continue
        what = f"is not at {sender}, the domain that {newsletter.name} is sent from."
        remedy = "Write an address at that domain, or take the line out."
        yield Fault(file, "site.complaints", what, remedy)


def _newsletter(file: str, newsletter: NewsletterSettings) -> Iterator[Fault]:
    if newsletter.max_articles < newsletter.min_articles:
        yield Fault(
            file,
            f"newsletter.{newsletter.name}.max_articles",
            f"{newsletter.max_articles} is less than min_articles "
            f"({newsletter.min_articles}), so no issue could ever be made.",
            "Raise max_articles or lower min_articles.",
        )


def _sections(file: str, newsletter: NewsletterSettings) -> Iterator[Fault]:
    """A section that the newsletter does not carry has no place to be shown in."""
    for one in newsletter.section:
        if newsletter.sections and one.name not in newsletter.sections:
            yield Fault(
                file,
                f"newsletter.{newsletter.name}.section",
                f"{one.name!r} is not in sections, so the newsletter has none of it.",
                "Add it to sections, or take it out here.",
            )


def _not_if_in(file: str, settings: Settings) -> Iterator[Fault]:
    names = [one.name for one in settings.newsletter]
    for newsletter in settings.newsletter:
        at = f"newsletter.{newsletter.name}.not_if_in"
        for other in newsletter.not_if_in:
            if other == newsletter.name:
                what = "names the newsletter itself, which sends no story twice anyway."
                yield Fault(file, at, what, "Name others, or take it out.")
            elif other not in names:
                remedy = did_you_mean(other, names)
                yield Fault(file, at, f"there is no newsletter {other!r}.", remedy)


def _relay_of(settings: Settings, newsletter: NewsletterSettings) -> RelaySettings:
    """Return the relay that a newsletter's mail goes through."""
    sender = address.sender(newsletter.sender).address
    routes = route.routes(settings.relays, settings.newsletter)
    name = routes.relay_of(newsletter.name, sender)
    return next((r for r in settings.relays if r.name == name), settings.smtp)


def _return_path(
    file: str, newsletter: NewsletterSettings, relay: RelaySettings
) -> Iterator[Fault]:
    """A return path has at most 64 characters before the @ (RFC 5321 4.5.3.1.1)."""
    local = address.sender(newsletter.sender).address.rpartition("@")[0]
    if (
        relay.return_path == "verp"
        and len(local) + tokens.BOUNCE_LENGTH >= places.LOCAL
    ):
        yield Fault(
            file,
            f"newsletter.{newsletter.name}.sender",
            "is too long for a return path that names the delivery.",
            f'Write a shorter one, or {relay.table}.return_path = "bounces+*@…".',
        )


def _bounces(file: str, back: BounceSettings) -> Iterator[Fault]:
    if back.host and not back.username:
        what = "is empty, but there is a mailbox to look into."
        remedy = "Write the user name, or take bounces.host out."
        yield Fault(file, "bounces.username", what, remedy)
    if back.host and back.security == "none" and not urls.is_loopback(back.host):
        what = f'"none" would send the password to {back.host} in the clear.'
        yield Fault(file, "bounces.security", what, 'Write "tls" or "starttls".')
    if back.done and back.done.lower() == back.mailbox.lower():
        what = "is the mailbox itself: every mail would be read again and again."
        yield Fault(file, "bounces.done", what, "Name another folder, or none.")


def _listeners(file: str, settings: Settings) -> Iterator[Fault]:
    """Each port can be opened once; 0 lets the system choose."""
    places = {
        "web.listen": settings.web.listen,
        "web.admin_listen": settings.web.admin_listen,
        "bounces.listen": settings.bounces.listen,
        "sandbox.smtp": settings.sandbox.smtp,
        "sandbox.listen": settings.sandbox.listen,
    }
    taken: dict[str, str] = {}
    for key, place in places.items():
        if not place or place.endswith(":0"):
            continue
        if place in taken:
            what = f"{place!r} is already the place of {taken[place]}."
            yield Fault(file, key, what, "Give one of them another port.")
        taken.setdefault(place, key)
