"""issue list, show, approve, pause, resume, cancel; `cli.issue_edit` has edit."""

from dataclasses import asdict
from typing import Annotated

import typer

from dispatch.actions.bounces import came_back
from dispatch.actions.delivery import relay_status
from dispatch.actions.issues import (
    approving,
    issue_history,
    plan,
    preflight,
    resuming,
    steering,
)
from dispatch.actions.issues.compose_report import ComposeReport
from dispatch.actions.issues.issue_history import Contents
from dispatch.actions.operations import progress
from dispatch.actions.operations.once import once
from dispatch.actions.operations.status_report import relay_json
from dispatch.app import App
from dispatch.cli import books, following, output, session, variants as choices
from dispatch.model import Issue, Tally
from dispatch.store import bounces, issues, mailings, readership
from dispatch.text.moments import iso

app = typer.Typer(help="See issues; approve, pause, resume and cancel them.")

Id = Annotated[
    str, typer.Argument(metavar="ID", help="An issue's id, or `next`, or `last`.")
]
COLUMNS = ("Issue", "State", "Planned#", "Accepted#", "Open#", "Subject")


@app.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 20,
    as_json: session.Json = False,
) -> None:
    """List the newest issues and how far each has come.

    `dispatch issue list`
    """
    with session.opened(context) as opened, opened.store.read() as tx:
        found = [
            (one, mailings.issue_tally(tx, one.id)) for one in issues.recent(tx, limit)
        ]
    said = output.Said(
        ["There is no issue yet."] if not found else [],
        {"issues": [_json(issue, tally) for issue, tally in found]},
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
        seen = progress.look(opened.store, found.id)
        with opened.store.read() as tx:
            tally = mailings.issue_tally(tx, found.id)
            variants = issues.variants(tx, found.id)
            readers = readership.by_body(tx, found.id)
            corrected = mailings.corrections_of(tx, found.id)
            contents = issue_history.contents(tx, found)
            zone = opened.settings.site.timezone
            used, routes = opened.relays_used, opened.routes
            leaving = relay_status.of_issue(tx, used, routes, found.id, zone=zone)
            returned = bounces.of_issue(tx, found.id)
        page = opened.links.issue(found.id)
        judged = preflight.of_issue(
            opened.store,
            opened.press,
            opened.settings.newsletter,
            found,
            now=opened.clock.now(),
        )
    lines = [
        *_sentences(found, tally, zone),
        *(words for relay in leaving for words in relay.sentences()),
        *choices.lines(found, variants, readers),
        *filter(None, [came_back.of_issue(returned)]),
        *(line for one in corrected for line in books.correction(*one, zone)),
        *_contents(contents, zone),
        f"Page: {page}",
    ]
    lines += judged.lines() if judged else []
    data = {
        **_json(found, tally),
        "variants": len(variants),
        "choices": choices.to_json(variants, readers),
        "page": page,
        "progress": seen.to_json(),
        "relays": [relay_json(relay) for relay in leaving],
        "bounces": {kind.value: number for kind, number in returned.items()},
        "corrections": [
            {"at": iso(one.created_at), **asdict(theirs), "gap": theirs.gap}
            for one, theirs in corrected
        ],
        "stories": [one.id for one in contents.shown],
        "dropped": [one.id for one in contents.dropped],
        "edits": [
            {"at": iso(edit.at), "by": edit.by, "kind": edit.kind.value, "did": did}
            for edit, did in contents.done
        ],
        "preflight": judged.to_json() if judged else None,
    }
    output.finish(output.Said(lines, data), as_json=as_json)


@app.command()
def approve(context: typer.Context, issue: Id, as_json: session.Json = False) -> None:
    """Release a held issue: its audience is planned, and it goes out.

    `dispatch issue approve next`
    """
    with session.opened(context) as opened:
        found = steering.find_issue(opened.store, issue)
        letters = opened.settings.newsletter
        report = once(
            [
                ("approve", lambda: _approve(opened, found)),
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
        more = f"{output.count(spared, 'delivery', 'deliveries')} will not be tried."
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
        tally = mailings.issue_tally(tx, issue.id)
    said = output.Said([f"{issue.id} is {issue.state}.", *more], _json(issue, tally))
    output.finish(said, as_json=as_json)


def _sentences(issue: Issue, tally: Tally, zone: str) -> list[str]:
    reason = f": {issue.held_reason}" if issue.held_reason else ""
    early = issue.leaves_at is not None and issue.planned is None
    leaves = f" It leaves {output.local(issue.leaves_at, zone)}." if early else ""
    lines = [
        f"{issue.id}: {issue.subject or 'no subject yet'}",
        f"Slot {output.local(issue.slot, zone)}. It is {issue.state}{reason}.{leaves}",
    ]
    return [*lines, *filter(None, [books.waits(issue, zone)]), *books.lines(tally)]


def _contents(found: Contents, zone: str) -> list[str]:
    """Name the stories with their numbers, and say what editors did."""
    stories = [f"  {one.id}: {one.content.headline}" for one in found.shown]
    gone = [f"  {one.id}: {one.content.headline} (dropped)" for one in found.dropped]
    done = [f"{output.local(one.at, zone)}: {one.by} {did}." for one, did in found.done]
    return [*stories, *gone, *done]


def _row(issue: Issue, tally: Tally) -> tuple[object, ...]:
    return (
        issue.id,
        issue.state,
        f"{tally.planned:,}",
        f"{tally.accepted:,}",
        f"{tally.open:,}",
        issue.subject,
    )


def _json(issue: Issue, tally: Tally) -> dict[str, object]:
    return {
        "id": issue.id,
        "newsletter": issue.newsletter,
        "slot": iso(issue.slot),
        "state": issue.state.value,
        "subject": issue.subject,
        "held_reason": issue.held_reason,
        "leaves_at": iso(issue.leaves_at),
        "canary": issue.canary,
        **asdict(tally),
        "gap": tally.gap,
        "balanced": not tally.gap and not tally.open,
    }
