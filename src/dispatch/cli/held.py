"""source release, discard: what becomes of a source that is held."""

from collections.abc import Callable
from typing import Annotated

import typer

from dispatch.actions.collection import storms
from dispatch.cli import output, session

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The held source, by its name in the config."),
]


def release(context: typer.Context, name: Name, as_json: session.Json = False) -> None:
    """Take in what a held source brought, as the news it is.

    `dispatch source release bell`
    """
    _settle(context, storms.release, name, as_json=as_json)


def discard(context: typer.Context, name: Name, as_json: session.Json = False) -> None:
    """Record what a held source brought; no newsletter will carry it.

    `dispatch source discard bell`
    """
    _settle(context, storms.discard, name, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(release)
    app.command()(discard)


def _settle(
    context: typer.Context,
    answer: Callable[..., storms.StormReport],
    name: str,
    *,
    as_json: bool,
) -> None:
    with session.opened(context) as opened:
        report = answer(
            opened.store,
            name,
            sources=opened.settings.source,
            authority=opened.authority,
            clock=opened.clock,
        )
    output.finish(report, as_json=as_json)
