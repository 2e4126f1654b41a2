"""status and why: what is, and why it is so."""

from typing import Annotated

import typer
from rich.console import Console

from dispatch.actions.operations import (
    status as standing,
    why_file,
    why_reader,
    why_story,
)
from dispatch.actions.operations.status_report import StatusReport
from dispatch.cli import output, session, sources
from dispatch.cli.articles import describe, one_article
from dispatch.cli.newsletters import local, sentence

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


def why(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLE_OR_ADDRESS",
            help="A story (number, path, web address, headline words), a file of a "
            "folder, or a reader.",
        ),
    ],
    as_json: session.Json = False,
) -> None:
    """Say why a story is as it is and where it is, or why a reader gets mail or none.

    Of a story: which rule gave headline, byline, credit, date and section, how sure
    it is, and what other rules saw. Of a file that is no story: what keeps it out.
    For a reader it ends in a sentence that can be sent to them.

    `dispatch why 7`

    `dispatch why articles/news/bridge.txt`

    `dispatch why ada@example.org`
    """
    with session.opened(context) as opened:
        if "@" in subject and "/" not in subject:
            output.finish(
                why_reader.reader(
                    opened.store,
                    opened.tokens,
                    opened.settings,
                    subject,
                    now=opened.clock.now(),
                ),
                as_json=as_json,
            )
            return
        file = None
        if not subject.isdigit():
            file = why_file.file(opened.store, opened.settings, opened.clock, subject)
        if file is not None and file.article is None:
            output.finish(file, as_json=as_json)
            return
        found = one_article(opened.store, str(file.article) if file else subject)
        if not as_json:
            output.say(*describe(found, opened.settings.site.timezone))
        output.finish(
            why_story.story(opened.store, found, opened.settings, opened.clock),
            as_json=as_json,
        )


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel="What there is")(status)
    app.command(rich_help_panel="What there is")(why)


def _show(console: Console, report: StatusReport) -> None:
    live = "live" if report.live else "not live: every mail goes to the catcher"
    console.print(f"{report.title}, {live}.")
    readers = [f"{n:,} {state}" for state, n in report.subscriptions.items()]
    suppressed = f"{report.suppressed:,} suppressed"
    console.print(f"{output.count(report.articles, 'story', 'stories')}.")
    console.print(f"Readers: {', '.join([*readers, suppressed])}.")
    for line in report.lines():
        console.print(f"! {line}")
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
            local(one.updated, report.timezone),
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
