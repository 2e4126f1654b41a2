"""source list: where stories come from, and how the sources fare."""

import typer
from rich.console import Console

from dispatch.actions.operations import status as standing
from dispatch.actions.operations.status_report import SourceLine, StatusReport
from dispatch.cli import output, session

app = typer.Typer(help="See where stories come from; look at places and add them.")

COLUMNS = ("Source", "Kind", "Stories#", "Week#", "Last success", "Next", "State")


@app.command("list")
def list_(context: typer.Context, as_json: session.Json = False) -> None:
    """List the sources, how they fared, what waits, and what was set aside.

    `dispatch source list`
    """
    with session.opened(context) as opened:
        report = standing.status(opened.store, opened.settings, clock=opened.clock)
    machine = report.to_json()
    said = output.Said(
        [],
        {key: machine[key] for key in ("sources", "problems", "questions")},
    )
    output.finish(said, as_json=as_json, show=lambda c: _show_list(c, report))


def _show_list(console: Console, report: StatusReport) -> None:
    """Print the sources, and why each is asked again when it is."""
    show(console, report)
    for line in report.sources:
        if line.next_at and line.state and line.state.next_why:
            console.print(f"  {line.settings.name}, next visit: {line.state.next_why}")


def show(console: Console, report: StatusReport) -> None:
    """Print the sources as a table, what they need, and the bad input below it."""
    rows = [_row(one, report.timezone) for one in report.sources]
    console.print(output.table("Sources", COLUMNS, rows))
    for line in report.sources:
        for sentence in line.sentences():
            console.print(f"  {line.settings.name}: {sentence}")
    for problem in report.problems:
        console.print(f"  {problem.source}: {problem.where}: {problem.what}")


def _row(line: SourceLine, zone: str) -> tuple[object, ...]:
    state = line.state
    return (
        line.settings.name,
        line.settings.kind,
        f"{line.articles:,}",
        f"{line.week:,}",
        short(output.local(state.last_success_at, zone))
        if state
        else "not visited yet",
        _next(line, zone),
        line.word,
    )


def _next(line: SourceLine, zone: str) -> str:
    """Say when a source is asked again; folders are looked at in every round."""
    if line.settings.kind == "folder":
        return "every round"
    if line.state is None:
        return "next round"
    return short(output.local(line.next_at, zone)) if line.next_at else ""


def short(text: str) -> str:
    """Leave out the zone: the whole table is in one."""
    return text.rpartition(" ")[0] or text
