"""bounce list, forgive, apply, take, fetch, hooks."""

import os
import sys
from typing import Annotated

import typer

from dispatch.actions.bounces import bounce_desk, bounce_mailbox, returns
from dispatch.app import App
from dispatch.cli import output, session
from dispatch.errors import DispatchError, UsageError

app = typer.Typer(help="See what came back, decide about it, take it in.")

TRY_LATER = 75  # EX_TEMPFAIL: the mail stays in the queue of whoever called us
MOST_BYTES = 1024 * 1024
STEP = 65_536

Domain = Annotated[
    str, typer.Option("--domain", metavar="D", help="Only addresses at this domain.")
]


@app.command("list")
def list_(
    context: typer.Context,
    *,
    domain: Domain = "",
    after: Annotated[
        int, typer.Option("--after", help="Go on after this bounce's number.")
    ] = 0,
    limit: session.UpToTenThousand = 100,
    as_json: session.Json = False,
) -> None:
    """List what came back, newest first, and what waits for you to decide.

    `dispatch bounce list --domain example.net`
    """
    with session.opened(context) as opened:
        report = bounce_desk.listing(
            opened.store,
            clock=opened.clock,
            domain=domain,
            after=after,
            limit=limit,
            zone=opened.settings.site.timezone,
        )
        output.finish(report, as_json=as_json)


@app.command()
def forgive(
    context: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="[ADDRESS]", help="One reader.")
    ] = "",
    *,
    domain: Domain = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Everything that is held.")
    ] = False,
    as_json: session.Json = False,
) -> None:
    """Hold it against nobody; who was suspended for it is active again.

    `dispatch bounce forgive --domain example.net`
    """
    if sum(map(bool, (address, domain, everything))) != 1:
        raise UsageError("Say which: an address, --domain D, or --all that is held.")
    with session.opened(context) as opened:
        report = bounce_desk.forgive(
            opened.store, clock=opened.clock, domain=domain, address=address
        )
        output.finish(report, as_json=as_json)


@app.command()
def apply(
    context: typer.Context,
    *,
    domain: Domain = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Everything that is held.")
    ] = False,
    as_json: session.Json = False,
) -> None:
    """Let held bounces count against their readers after all.

    `dispatch bounce apply --domain example.net`
    """
    if bool(domain) == everything:
        raise UsageError("Say which: --domain D, or --all that is held.")
    with session.opened(context) as opened:
        report = bounce_desk.apply(opened.store, clock=opened.clock, domain=domain)
        output.finish(report, as_json=as_json)


@app.command()
def take(
    context: typer.Context,
    recipients: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RECIPIENT]...", help="The mail's envelope recipients."
        ),
    ] = None,
    as_json: session.Json = False,
) -> None:
    """Take in one mail that came back, from standard input.

    For a mail server's pipe. What is no report is counted and let go; the exit code is
    75 when the mail is to be brought again.

    `dispatch bounce take < message.eml`
    """
    raw = _standard_input()
    try:
        with session.opened(context) as opened:
            outcome = returns.take(
                opened.store,
                opened.tokens,
                raw,
                recipients=recipients or (),
                via="pipe",
                clock=opened.clock,
            )
    except DispatchError as error:
        output.warn(str(error))
        raise typer.Exit(TRY_LATER) from error
    said = output.Said([f"Taken: {outcome}."], {"outcome": outcome})
    output.finish(said, as_json=as_json)


@app.command()
def fetch(context: typer.Context, as_json: session.Json = False) -> None:
    """Empty the mailbox that bounces come to, as the daemon does by itself.

    `dispatch bounce fetch`
    """
    with session.opened(context) as opened:
        settings = opened.settings.bounces
        if not settings.host:
            raise UsageError(
                "bounces.host names no mailbox: there is nothing to fetch."
            )
        report = bounce_mailbox.empty(
            opened.store, opened.tokens, settings, clock=opened.clock
        )
        output.finish(report, as_json=as_json)


@app.command()
def hooks(context: typer.Context, as_json: session.Json = False) -> None:
    """Print the addresses that providers are to post bounces to. They are secret.

    `dispatch bounce hooks`
    """
    with session.opened(context) as opened:
        found = {name: _hook(opened, name) for name in opened.settings.bounces.hooks}
    lines = [f"{name}: {url}" for name, url in found.items()]
    none = ["No provider may post. Name it in bounces.hooks first."]
    output.finish(output.Said(lines or none, {"hooks": found}), as_json=as_json)


def _hook(opened: App, name: str) -> str:
    return opened.links.hook(name, opened.tokens.hook(name))


def _standard_input() -> bytes:
    """Read all of it, so that nobody's pipe breaks; keep the head."""
    kept = bytearray()
    while data := os.read(sys.stdin.fileno(), STEP):
        kept += data[: MOST_BYTES - len(kept)]
    return bytes(kept)
