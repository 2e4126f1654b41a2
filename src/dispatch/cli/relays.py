"""relay test: the login and the dialogue with a relay, in words."""

from typing import Annotated

import typer

from dispatch.actions.delivery import relay_test
from dispatch.cli import output, session
from dispatch.deliver import dkim
from dispatch.errors import UsageError
from dispatch.text import address

app = typer.Typer(help="Try the relays that mail leaves through.")

To = Annotated[
    str,
    typer.Option(metavar="ADDRESS", help="Hand one letter over, to this address."),
]
Only = Annotated[
    str, typer.Option(metavar="NAME", help="Try this relay alone; else all in use.")
]


@app.callback()
def relay() -> None:
    """Try the relays that mail leaves through."""


@app.command("test")
def try_(
    context: typer.Context,
    to: To = "",
    relay: Only = "",
    as_json: session.Json = False,
) -> None:
    """Connect to a relay, log in, and say what it answered. Nothing is planned.

    `dispatch relay test`

    `dispatch relay test --to me@example.org`
    """
    with session.opened(context) as opened:
        letters = opened.settings.newsletter
        if to and not letters:
            raise UsageError("There is no [[newsletter]], so the letter has no sender.")
        chosen = [one for one in opened.channels if relay in ("", one.relay.name)]
        if not chosen:
            names = ", ".join(opened.relays)
            raise UsageError(f"There is no relay {relay!r} in use, but: {names}.")
        sender = address.sender(letters[0].sender).address if letters else ""
        now = opened.clock.now()
        signers = [one for one in opened.signers if one.aligned(sender)]
        report = relay_test.try_relays(
            chosen,
            now=now,
            title=opened.settings.site.title,
            sender=sender,
            to=_mailbox(to),
            sign=lambda message, relay: dkim.sign(
                message, signers, at=now, profile=relay.profile
            ),
        )
        if to and not opened.settings.site.live and not as_json:
            output.say("The site is not live: the letter goes to the catcher.")
    output.finish(report, as_json=as_json)


def _mailbox(text: str) -> str:
    try:
        return address.parse(text).address if text else ""
    except ValueError as error:
        raise UsageError(str(error)) from error
