"""issue export: the proof, for whoever asks."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch.actions.issues import issue_export, steering
from dispatch.cli import output, session
from dispatch.cli.issues import Id


def export(
    context: typer.Context,
    issue: Id,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Where to.", dir_okay=False)
    ],
    as_json: session.Json = False,
) -> None:
    """Write every delivery of an issue to a CSV file: state, reply, queue id, times.

    Corrections to the issue are in it, too.

    `dispatch issue export last deliveries.csv`
    """
    with session.opened(context) as opened:
        found = steering.find_issue(opened.store, issue)
        report = issue_export.export(opened.store, found, file)
        output.finish(report, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(export)
