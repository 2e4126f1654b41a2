"""issue list, show, approve, pause, resume, cancel; `cli.issue_edit` has edit."""

from typing import Annotated

import typer

from dispatch.actions.issues import approving, plan, resuming, steering
from dispatch.actions.issues.compose_report import ComposeReport
from dispatch.actions.operations.once import once
from dispatch.app import App
from dispatch.cli import books, following, issue_sheet as sheet, output, session
from dispatch.model import Issue, Tally
from dispatch.store import issues, tallies
from dispatch.text import plain

app = typer.Typer(help="See issues; approve, pause, resume and cancel them.")

Id = Annotated[
    str, typer.Argument(metavar="ID", help="An issue's id, or `next`, or `last`.")
]
COLUMNS = ("Issue", "State", "Planned#", "Accepted#", "Open#", "Subject")


@app.command("list")
def list_(
    context: typer.Context,
    limit: session.UpToThousand = 20,
    as_json: session.Json = False,
) -> None:
    """List the newest issues and how far each has come.

    `dispatch issue list`
    """
    with session.opened(context) as opened, opened.store.read() as tx:
        found = [
            (one, tallies.of_issue(tx, one.id)) for one in issues.recent(tx, limit)
        ]
    said = output.Said(
        ["There is no issue yet."] if not found else [],
        {"issues": [books.to_json(issue, tally) for issue, tally in found]},
    )
    shown = output.table("", COLUMNS, [_row(*one) for one in found])
    output.finish(
        said, as_json=as_json, show=(lambda c: c.print(shown)) if found else None
    )


@app.command()
def show(
    context: typer.Context,
    issue: Id,
    follow: Annotated[
        bool, typer.Option("--follow", help="Show how it goes until it is done.")
    ] = False,
    as_json: session.Json = False,
) -> None:
    """Show one issue: its state and books, what is in it, what preflight says.

    With `--json` there are its speed and when it will be done, too.

    `dispatch issue show last`

    `dispatch issue show last --follow`
    """
    with session.opened(context) as opened:
        found = steering.find_issue(opened.store, issue)
        if follow:
            following.follow(opened.store, found.id, opened.settings.site.timezone)
            found = steering.find_issue(opened.store, found.id)
        seen = sheet.look(opened, found)
    output.finish(output.Said(sheet.lines(seen), sheet.to_json(seen)), as_json=as_json)


@app.command()
def approve(context: typer.Context, issue: Id, as_json: session.Json = False) -> None:
    """Release a held issue: its audience is planned, and it goes out.

    `dispatch issue approve next`
    """
    with session.opened(context) as opened:
        found = steering.find_issue(opened.store, issue)
        letters = opened.settings.newsletter
        approved = _approve(opened, found)
        report = once(
            [
                ("approve", lambda: approved),
                (
                    "plan",
                    lambda: plan.plan_ready(
                        opened.store, opened.press, letters, clock=opened.clock
                    ),
                ),
            ]
        )
        output.finish(report, as_json=as_json)


@app.command()
def pause(context: typer.Context, issue: Id, as_json: session.Json = False) -> None:
    """Stop an issue that is being sent.

    `dispatch issue pause daily-2026-03-04`
    """
    with session.opened(context) as opened:
        found = steering.find_issue(opened.store, issue)
        after = steering.pause_issue(opened.store, found, clock=opened.clock)
        _tell(opened, after, as_json=as_json)


@app.command()
def resume(context: typer.Context, issue: Id, as_json: session.Json = False) -> None:
    """Let an issue go on with those who have not had it.

    One that is paused, or waits for its canary or for its undo window. Where a story
    was withdrawn meanwhile, they get the issue without it.

    `dispatch issue resume daily-2026-03-04`
    """
    with session.opened(context) as opened:
        found = steering.find_issue(opened.store, issue)
        after = resuming.resume(
            opened.store,
            opened.press,
            opened.settings.newsletter,
            found,
            clock=opened.clock,
        )
        _tell(opened, after, as_json=as_json)


@app.command()
def cancel(context: typer.Context, issue: Id, as_json: session.Json = False) -> None:
    """End an issue for good; who has had it has had it.

    `dispatch issue cancel next`
    """
    with session.opened(context) as opened:
        found = steering.find_issue(opened.store, issue)
        after, spared = steering.cancel_issue(opened.store, found, clock=opened.clock)
        more = f"{plain.count(spared, 'delivery', 'deliveries')} will not be tried."
        _tell(opened, after, more, as_json=as_json)


def _approve(opened: App, issue: Issue) -> ComposeReport:
    return approving.approve(
        opened.store,
        opened.press,
        opened.settings.newsletter,
        issue,
        clock=opened.clock,
        by=session.operator(),
    )


def _tell(opened: App, issue: Issue, *more: str, as_json: bool) -> None:
    with opened.store.read() as tx:
        tally = tallies.of_issue(tx, issue.id)
    said = output.Said(
        [f"{issue.id} is {issue.state}.", *more], books.to_json(issue, tally)
    )
    output.finish(said, as_json=as_json)


def _row(issue: Issue, tally: Tally) -> tuple[object, ...]:
    return (
        issue.id,
        issue.state,
        f"{tally.planned:,}",
        f"{tally.accepted:,}",
        f"{tally.open:,}",
        issue.subject,
    )
