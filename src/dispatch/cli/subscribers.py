"""subscriber add, show, unsubscribe, erase, list, reactivate; set is in `choices`."""

from typing import Annotated

import typer

from dispatch.actions.audience import subscribers
from dispatch.cli import choices, output, session
from dispatch.model import SubscriptionState

app = typer.Typer(help="Look after one reader; list them.")

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An email address.")]
OneNewsletter = Annotated[
    str, typer.Option("--newsletter", metavar="NAME", help="Only this newsletter.")
]

app.command("set")(choices.set_)


@app.command()
def add(
    context: typer.Context,
    address: Address,
    newsletter: session.Newsletter,
    *,
    confirmed: Annotated[
        bool,
        typer.Option("--confirmed", help="They agreed elsewhere: no mail asks them."),
    ] = False,
    name: Annotated[str, typer.Option("--name", help="The reader's name.")] = "",
    consent: Annotated[
        str, typer.Option("--consent", help="How they agreed; kept as evidence.")
    ] = "",
    as_json: session.Json = False,
) -> None:
    """Subscribe somebody; unless confirmed elsewhere, a mail asks them first.

    `dispatch subscriber add ada@example.org --newsletter daily`

    `dispatch subscriber add ada@example.org --newsletter daily --confirmed`
    """
    with session.opened(context) as opened:
        report = subscribers.add(
            opened.store,
            opened.press,
            opened.tokens,
            session.newsletter(opened, newsletter),
            address,
            confirmed=confirmed,
            clock=opened.clock,
            name=name,
            consent=consent,
        )
        output.finish(report, as_json=as_json)


@app.command()
def show(
    context: typer.Context, address: Address, as_json: session.Json = False
) -> None:
    """Show what is known of an address.

    `dispatch subscriber show ada@example.org`
    """
    with session.opened(context) as opened:
        report = subscribers.show(opened.store, opened.tokens, address)
        output.finish(report, as_json=as_json)


@app.command()
def unsubscribe(
    context: typer.Context,
    address: Address,
    newsletter: OneNewsletter = "",
    as_json: session.Json = False,
) -> None:
    """End a subscription; without --newsletter all of them, for good.

    `dispatch subscriber unsubscribe ada@example.org`
    """
    with session.opened(context) as opened:
        if newsletter:
            session.newsletter(opened, newsletter)
        report = subscribers.unsubscribe(
            opened.store,
            opened.tokens,
            address,
            clock=opened.clock,
            newsletter=newsletter,
        )
        output.finish(report, as_json=as_json)


@app.command()
def erase(
    context: typer.Context, address: Address, as_json: session.Json = False
) -> None:
    """Forget a person; a keyed hash stays, so that no import brings them back.

    `dispatch subscriber erase ada@example.org`
    """
    with session.opened(context) as opened:
        report = subscribers.erase(
            opened.store, opened.tokens, address, clock=opened.clock
        )
        output.finish(report, as_json=as_json)


@app.command()
def reactivate(
    context: typer.Context, address: Address, as_json: session.Json = False
) -> None:
    """Let mail go again to an address that bounced, complained or was barred.

    Who left by choice comes back only by their own sign-up.

    `dispatch subscriber reactivate ada@example.org`
    """
    with session.opened(context) as opened:
        report = subscribers.reactivate(
            opened.store, opened.tokens, address, clock=opened.clock
        )
        output.finish(report, as_json=as_json)


@app.command("list")
def list_(
    context: typer.Context,
    *,
    newsletter: OneNewsletter = "",
    state: Annotated[
        SubscriptionState | None, typer.Option("--state", help="Only in this state.")
    ] = None,
    after: Annotated[
        int, typer.Option("--after", help="Go on after this subscription's number.")
    ] = 0,
    limit: session.UpToTenThousand = 100,
    as_json: session.Json = False,
) -> None:
    """List subscriptions, oldest first, a page at a time.

    `dispatch subscriber list --newsletter daily --state active`
    """
    with session.opened(context) as opened:
        report = subscribers.listing(
            opened.store,
            newsletter=session.newsletter_ever(opened, newsletter),
            state=state,
            after=after,
            limit=limit,
        )
        output.finish(report, as_json=as_json)
