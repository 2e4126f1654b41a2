"""issue replace, correct: when the wrong story is half out."""

from typing import Annotated, Literal

import typer

from dispatch.actions.issues import correcting, replacing, steering
from dispatch.cli import output, session
from dispatch.cli.issues import Id
from dispatch.errors import UsageError

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking; for scripts.")]


def replace(
    context: typer.Context, issue: Id, yes: Yes = False, as_json: session.Json = False
) -> None:
    """Stop an issue, compose it anew, and go on with the new version.

    First mend its stories (`dispatch article edit`). Whoever has not had the issue
    gets the new version; whoever has it keeps it; who is in doubt is listed and gets
    nothing more.

    `dispatch issue replace last`
    """
    with session.opened(context) as opened:
        found = steering.find_issue(opened.store, issue)
        whom = replacing.audience(opened.store, found)
        if not _agreed(found.id, whom, yes=yes, as_json=as_json):
            return
        report = replacing.replace_issue(
            opened.store,
            opened.press,
            opened.settings.newsletter,
            found,
            clock=opened.clock,
        )
        output.finish(report, as_json=as_json)


def correct(
    context: typer.Context,
    issue: Id,
    *,
    to: Annotated[
        Literal["accepted", "all"],
        typer.Option(
            "--to",
            help="accepted: those whose server took it; all: those in doubt, too.",
        ),
    ],
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="What was wrong, in words.")
    ] = "",
    yes: Yes = False,
    as_json: session.Json = False,
) -> None:
    """Mail a correction to those who got an issue.

    It says the note, and what was corrected in the issue's stories since. The same
    correction never reaches anybody twice.

    `dispatch issue correct last --to accepted --note "The vote is on Tuesday."`
    """
    with session.opened(context) as opened:
        found = steering.find_issue(opened.store, issue)
        erratum = correcting.prepare(
            opened.store,
            opened.press,
            opened.settings.newsletter,
            found,
            to=to,
            note=note,
            clock=opened.clock,
        )
        if not _agreed(found.id, [erratum.audience()], yes=yes, as_json=as_json):
            return
        output.finish(correcting.queue(opened.store, erratum), as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(replace)
    app.command()(correct)


def _agreed(issue: str, whom: list[str], *, yes: bool, as_json: bool) -> bool:
    """Ask for the issue's id, after the audience was said in words.

    With --json nothing is asked: without --yes it is only told what would happen.
    """
    if yes:
        return True
    if as_json:
        output.finish(output.Said(whom, {"done": False}), as_json=True)
        return False
    output.warn(*whom)
    if typer.prompt(f"Type the issue's id ({issue})", err=True).strip() != issue:
        raise UsageError("That is not its id; nothing was done.")
    return True
