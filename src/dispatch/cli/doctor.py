"""doctor: the world around a publication, in words."""

import typer

from dispatch import app as wiring, config
from dispatch.actions.operations import doctor as examining
from dispatch.cli import output, session


def doctor(context: typer.Context, as_json: session.Json = False) -> None:
    """Look at the world: relays, DNS records, public address, clock, disk, backups.

    Sends no mail and changes nothing; `dispatch relay test --to` sends a letter. Exits
    1 when something fails. What is missing in the DNS is printed as lines to paste.

    `dispatch doctor`
    """
    settings = config.load(session.config_of(context))
    report = examining.doctor(
        settings,
        wiring.trying(settings),
        wiring.looking(settings),
        wiring.system_clock(),
    )
    output.finish(report, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(doctor)
