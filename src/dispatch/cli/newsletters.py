"""newsletter list, pause, resume."""

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from dispatch.actions.issues import slots, steering
from dispatch.actions.operations import status as standing
from dispatch.actions.operations.status_report import NewsletterLine
from dispatch.cli import output, session
from dispatch.errors import UsageError
from dispatch.model import Cadence
from dispatch.text import plain
from dispatch.text.moments import iso

app = typer.Typer(help="See the newsletters; pause and resume them.")

Name = Annotated[str, typer.Argument(help="The newsletter's name in the config.")]
Then = Annotated[
    Literal["fresh", "backlog"],
    typer.Option(
        "--then",
        help="What becomes of the stories of the pause: fresh leaves them out, "
        "backlog sends them with the next issue.",
    ),
]


@app.command("list")
def list_(context: typer.Context, as_json: session.Json = False) -> None:
    """List the newsletters, their readers, and when the next issue is due.

    `dispatch newsletter list`
    """
    with session.opened(context) as opened:
        report = standing.status(opened.store, opened.settings, clock=opened.clock)
    lines = [sentence(one) for one in report.newsletters]
    data = {"newsletters": report.to_json()["newsletters"]}
    output.finish(output.Said(lines or ["There is none."], data), as_json=as_json)


def sentence(line: NewsletterLine) -> str:
    """Say how one newsletter stands."""
    readers = plain.count(line.active, "active reader") + _often(line)
    zone = line.settings.timezone
    if line.paused and line.paused_until is None:
        return f"{line.settings.name}: {readers}; paused until you resume it."
    when = output.local(line.next_slot, zone)
    if line.paused:
        until = output.local(line.paused_until, zone)
        return f"{line.settings.name}: {readers}; paused until {until}, then {when}."
    return f"{line.settings.name}: {readers}; next issue {when}."


def _often(line: NewsletterLine) -> str:
    """Say how often readers want mail, where not all want each issue."""
    if set(line.cadences) <= {Cadence.EACH}:
        return ""
    said = (
        f"{count:,} {'each issue' if one is Cadence.EACH else one}"
        for one, count in line.cadences.items()
    )
    return f" ({', '.join(said)})"


@app.command()
def pause(
    context: typer.Context,
    name: Name,
    until: Annotated[
        str,
        typer.Option(
            "--until", metavar="DATE", help="2026-08-31, or 2026-08-31T12:00."
        ),
    ] = "",
    then: Then = "fresh",
    as_json: session.Json = False,
) -> None:
    """Open no new issue until a date, or until you resume it.

    Issues that are being sent go on; `dispatch issue pause` stops those.

    `dispatch newsletter pause daily --until 2026-08-31`

    `dispatch newsletter pause daily --then backlog`
    """
    with session.opened(context) as opened:
        letter = session.newsletter(opened, name)
        moment = _moment(until, letter.timezone) if until else None
        steering.pause_newsletter(
            opened.store,
            letter,
            until=moment,
            fresh=then == "fresh",
            clock=opened.clock,
        )
    end = (
        f"until {output.local(moment, letter.timezone)}"
        if moment
        else "until you resume it"
    )
    said = output.Said([f"{name} is paused {end}."], {"paused_until": iso(moment)})
    output.finish(said, as_json=as_json)


@app.command()
def resume(
    context: typer.Context,
    name: Name,
    then: Then = "fresh",
    as_json: session.Json = False,
) -> None:
    """End a pause now.

    `dispatch newsletter resume daily`
    """
    with session.opened(context) as opened:
        letter = session.newsletter(opened, name)
        fresh = then == "fresh"
        if not slots.resume(opened.store, letter, fresh=fresh, clock=opened.clock):
            raise UsageError(f"{name} is not paused.")
    output.finish(output.Said([f"{name} goes on."]), as_json=as_json)


def _moment(text: str, zone: str) -> datetime:
    """Read a date or a moment in a newsletter's zone; a date means its first hour."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a date. Write it as in 2026-08-31 or 2026-08-31T12:00."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
