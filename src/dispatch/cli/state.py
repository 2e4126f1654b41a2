"""status: how everything stands."""

import typer
from rich.console import Console

from dispatch.actions.operations import status as standing
from dispatch.actions.operations.status_report import StatusReport
from dispatch.cli import output, session, sources
from dispatch.cli.newsletters import sentence
from dispatch.text import plain

FEEDS = ("Feed", "Files", "Stories#", "Last changed", "Error")
ISSUES = ("Issue", "State", "Planned#", "Accepted#", "Open#", "Unknown#", "Subject")


def status(context: typer.Context, as_json: session.Json = False) -> None:
    """Show how everything stands: stories, feeds, issues, readers, troubles.

    `dispatch status`

    `dispatch status --json`
    """
    with session.opened(context) as opened:
        report = standing.status(
            opened.store,
            opened.settings,
            clock=opened.clock,
            relays=opened.relays_used,
            routes=opened.routes,
        )
    output.finish(report, as_json=as_json, show=lambda c: _show(c, report))


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(status)


def _show(console: Console, report: StatusReport) -> None:
    live = "live" if report.live else "not live: every mail goes to the catcher"
    console.print(f"{report.title}, {live}.")
    readers = [f"{n:,} {state}" for state, n in report.subscriptions.items()]
    suppressed = f"{report.suppressed:,} suppressed"
    console.print(f"{plain.count(report.articles, 'story', 'stories')}.")
    console.print(f"Readers: {', '.join([*readers, suppressed])}.")
    for line in report.lines():
        console.print(f"! {line}")
    for line in report.progress():
        console.print(line)
    console.print()
    sources.show(console, report)
    console.print()
    console.print(output.table("Feeds", FEEDS, _feeds(report)))
    console.print("\nNewsletters")
    for newsletter in report.newsletters:
        console.print(f"  {sentence(newsletter)}")
    if report.issues:
        console.print()
        console.print(output.table("Issues", ISSUES, _issues(report)))


def _feeds(report: StatusReport) -> list[tuple[object, ...]]:
    return [
        (
            one.name,
            ", ".join(file.rpartition(".")[2] for file in one.files) or "none yet",
            one.entries,
            output.local(one.updated, report.timezone),
            one.error,
        )
        for one in report.feeds
    ]


def _issues(report: StatusReport) -> list[tuple[object, ...]]:
    return [
        (
            one.issue.id,
            one.issue.state,
            f"{one.tally.planned:,}",
            f"{one.tally.accepted:,}",
            f"{one.tally.open:,}",
            f"{one.tally.unknown:,}",
            one.issue.held_reason or one.issue.subject,
        )
        for one in report.issues
    ]
