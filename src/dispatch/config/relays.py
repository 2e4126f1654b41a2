"""What the settings of a relay must be together."""

from collections.abc import Iterator

from dispatch.config.faults import Fault
from dispatch.model import RelaySettings, Settings
from dispatch.text import urls

WAYS = ("token_file", "token_command", "token_url")


def faults(file: str, settings: Settings) -> Iterator[Fault]:
    """Yield what does not fit together in relays whose settings are each fit."""
    yield from _security(file, settings.smtp)
    yield from _login(file, settings.smtp)


def _security(file: str, relay: RelaySettings) -> Iterator[Fault]:
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
