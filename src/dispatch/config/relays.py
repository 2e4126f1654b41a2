"""What the settings of a relay must be together."""

from collections.abc import Iterator

from dispatch.config.faults import Fault
from dispatch.model import RelaySettings, Settings
from dispatch.text import urls

WAYS = ("token_file", "token_command", "token_url")


RESERVED = {"default": "the name of [smtp]", "catcher": "the name of the catcher"}


def faults(file: str, settings: Settings) -> Iterator[Fault]:
    """Yield what does not fit together in relays whose settings are each fit."""
    if settings.smtp.name != "default":
        what = f'is always "default", not "{settings.smtp.name}".'
        yield Fault(file, "smtp.name", what, "Take the line out.")
    for relay in settings.relay:
        if relay.name in RESERVED:
            what = f'"{relay.name}" is {RESERVED[relay.name]}.'
            yield Fault(file, "relay.name", what, "Give it a name of its own.")
    for relay in settings.relays:
        yield from _security(file, relay)
        yield from _login(file, relay)
        yield from _warm_up(file, relay)
    yield from _names(file, settings)
    yield from _senders(file, settings)


def _names(file: str, settings: Settings) -> Iterator[Fault]:
    """Whoever names a relay must name one that is there."""
    there = {relay.name for relay in settings.relays}
    named = [(f"{one.table}.failover", one.failover) for one in settings.relays]
    named += [
        (f"newsletter.{one.name}.relay", one.relay) for one in settings.newsletter
    ]
    for key, name in named:
        if name and name not in there:
            what = f'there is no [[relay]] "{name}".'
            yield Fault(file, key, what, "Write the name of one, or take the line out.")
    for relay in settings.relays:
        if relay.failover == relay.name:
            what = "is the relay itself, which cannot stand in for itself."
            yield Fault(file, f"{relay.table}.failover", what, "Name another one.")


def _senders(file: str, settings: Settings) -> Iterator[Fault]:
    taken: dict[str, str] = {}
    for relay in settings.relays:
        for sender in relay.senders:
            place = sender.lower().lstrip("@")
            if place in taken:
                what = f"{sender} already goes through {taken[place]}."
                remedy = "Take it out of one of them."
                yield Fault(file, f"{relay.table}.senders", what, remedy)
            taken[place] = relay.name


def _warm_up(file: str, relay: RelaySettings) -> Iterator[Fault]:
    if not relay.warm_up:
        return
    if not relay.warm_up_start:
        what = "is missing: a warm-up is counted from its first day."
        remedy = 'Add a line warm_up_start = "2026-03-01".'
        yield Fault(file, f"{relay.table}.warm_up_start", what, remedy)
    if not any(rate.endswith("/d") for rate in relay.rate):
        what = "grows to what may go in a day, and no rate says how much that is."
        remedy = 'Add one to rate, as in "50000/d".'
        yield Fault(file, f"{relay.table}.warm_up", what, remedy)


def _security(file: str, relay: RelaySettings) -> Iterator[Fault]:
    if relay.protocol == "folder" and relay.folder is None:
        what = 'is missing: protocol = "folder" needs one.'
        remedy = 'Add a line folder = "var/mail".'
        yield Fault(file, f"{relay.table}.folder", what, remedy)
    if relay.protocol == "sendmail" and not relay.command:
        what = "is empty."
        remedy = 'Write a program that speaks SMTP: ["/usr/sbin/sendmail", "-bs"].'
        yield Fault(file, f"{relay.table}.command", what, remedy)
    if relay.local:
        return
    key = f"{relay.table}.security"
    if relay.security == "none" and not (
        relay.allow_plaintext or urls.is_loopback(relay.host)
    ):
        yield Fault(
            file,
            key,
            f'"none" would send mail to {relay.host} in the clear.',
            'Write "tls" or "starttls"; or, if the way there is your own, add '
            "allow_plaintext = true.",
        )
    if relay.host.startswith("/") and relay.security != "none":
        what = "is for a network; a socket of this machine needs none."
        yield Fault(file, key, what, 'Write "none".')


def _login(file: str, relay: RelaySettings) -> Iterator[Fault]:
    given = [key for key in WAYS if getattr(relay, key)]
    if len(given) > 1:
        what = f"stands beside {given[0]}: a token can come from one place only."
        yield Fault(file, f"{relay.table}.{given[1]}", what, "Take one of them out.")
    if relay.password_file:
        given.append("password_file")
    if given and not relay.username:
        what = f"is empty, but there is a {given[0]}."
        remedy = f"Write the user name, or take {given[0]} out."
        yield Fault(file, f"{relay.table}.username", what, remedy)
    if relay.by_token and relay.password_file:
        what = "stands beside a way to get a token, which replaces the password."
        yield Fault(file, f"{relay.table}.password_file", what, "Take one of them out.")
    if relay.token_url and not relay.client_id:
        what = "is missing: a token_url wants to know who asks."
        remedy = "Add a line client_id = …, from your provider's page for apps."
        yield Fault(file, f"{relay.table}.client_id", what, remedy)
