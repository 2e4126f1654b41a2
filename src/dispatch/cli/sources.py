"""source list."""

import typer
from rich.console import Console

from dispatch.actions import status as standing
from dispatch.actions.status_report import SourceLine, StatusReport
from dispatch.cli import output, session
from dispatch.cli.newsletters import local

app = typer.Typer(help="See where stories come from.")

COLUMNS = ("Source", "Kind", "Stories#", "Last success", "Next", "Error")


@app.command("list")
def list_(context: typer.Context, as_json: session.Json = False) -> None:
    """List the sources, how they fared, and what was set aside.

    `dispatch source list`
    """
    with session.opened(context) as opened:
        report = standing.status(opened.store, opened.settings, clock=opened.clock)
    machine = report.to_json()
    said = output.Said(
        [], {"sources": machine["sources"], "problems": machine["problems"]}
    )
    output.finish(said, as_json=as_json, show=lambda c: show(c, report))


def show(console: Console, report: StatusReport) -> None:
    """Print the sources as a table, and the bad input below it."""
    rows = [_row(one, report.timezone) for one in report.sources]
    console.print(output.table("Sources", COLUMNS, rows))
    for problem in report.problems:
        console.print(f"  {problem.source}: {problem.where}: {problem.what}")


def _row(line: SourceLine, zone: str) -> tuple[object, ...]:
    state = line.state
    return (
        line.settings.name,
        line.settings.kind,
        f"{line.articles:,}",
        _short(local(state.last_success_at, zone)) if state else "not visited yet",
        _next(line, zone),
        state.error if state else "",
    )


def _next(line: SourceLine, zone: str) -> str:
    """Say when a feed is asked again; folders are looked at in every round."""
    if line.settings.kind != "feed":
        return "every round"
    state = line.state
    return _short(local(state.next_at, zone)) if state and state.next_at else ""


def _short(text: str) -> str:
    """Leave out the zone: the whole table is in one."""
    return text.rpartition(" ")[0] or text
