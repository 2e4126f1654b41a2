"""unknown list, resend, close."""

from typing import Annotated

import typer

from dispatch.actions.delivery import unknown as doubts
from dispatch.cli import output, session
from dispatch.errors import UsageError

app = typer.Typer(help="Decide about deliveries of which nobody knows the end.")

Issue = Annotated[
    str, typer.Option("--issue", metavar="ID", help="Only those of this issue.")
]
Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="DELIVERY...", help="Numbers as `unknown list` shows."),
]
All = Annotated[bool, typer.Option("--all", help="All that are in doubt.")]


@app.command("list")
def list_(
    context: typer.Context, issue: Issue = "", as_json: session.Json = False
) -> None:
    """List the deliveries in doubt: the last byte left, no answer came.

    `dispatch unknown list`
    """
    with session.opened(context) as opened:
        zone = opened.settings.site.timezone
        report = doubts.listed(opened.store, issue=issue, zone=zone)
        output.finish(report, as_json=as_json)


@app.command()
def resend(
    context: typer.Context,
    deliveries: Numbers = None,
    issue: Issue = "",
    everything: All = False,
    as_json: session.Json = False,
) -> None:
    """Send them once more; some readers may get the mail twice.

    `dispatch unknown resend --issue daily-2026-03-04`

    `dispatch unknown resend 17 18`
    """
    _want_something(deliveries, issue, everything=everything)
    with session.opened(context) as opened:
        report = doubts.resend(
            opened.store,
            issue=issue,
            deliveries=deliveries or (),
            zone=opened.settings.site.timezone,
        )
        output.finish(report, as_json=as_json)


@app.command()
def close(
    context: typer.Context,
    deliveries: Numbers = None,
    issue: Issue = "",
    everything: All = False,
    as_json: session.Json = False,
) -> None:
    """Leave them as they are for good; some readers may have got nothing.

    `dispatch unknown close --all`
    """
    _want_something(deliveries, issue, everything=everything)
    with session.opened(context) as opened:
        report = doubts.close(opened.store, issue=issue, deliveries=deliveries or ())
        output.finish(report, as_json=as_json)


def _want_something(
    deliveries: list[int] | None, issue: str, *, everything: bool
) -> None:
    if not (deliveries or issue or everything):
        raise UsageError("Say which: numbers, --issue ID, or --all.")
