"""issue edit: the next issue as an editor wants it."""

import re
from typing import Annotated

import typer

from dispatch.actions.issues import approving, issue_editing
from dispatch.actions.issues.compose_report import ComposeReport
from dispatch.actions.issues.issue_editing import Target, Wish
from dispatch.app import App
from dispatch.cli import output, session
from dispatch.compose import edits
from dispatch.errors import UsageError
from dispatch.model import EditKind

NUMBERS = re.compile(r"\d+(,\s*\d+)+")

Id = Annotated[
    str, typer.Argument(metavar="ID", help="An issue's id, or `next`, or `last`.")
]
Stories = list[str] | None


def edit(
    context: typer.Context,
    issue: Id,
    *,
    pin: Annotated[
        str | None,
        typer.Option("--pin", metavar="STORY", help="Make this story the lead."),
    ] = None,
    order: Annotated[
        Stories,
        typer.Option(
            "--order", metavar="STORY", help="These first, in this order: --order 7,3."
        ),
    ] = None,
    drop: Annotated[
        Stories,
        typer.Option(
            "--drop", metavar="STORY", help="Not in this issue; the next has it."
        ),
    ] = None,
    drop_source: Annotated[
        str | None,
        typer.Option("--drop-source", metavar="NAME", help="Drop all of a source."),
    ] = None,
    for_good: Annotated[
        bool,
        typer.Option("--for-good", help="What is dropped is in no later issue either."),
    ] = False,
    restore: Annotated[
        Stories,
        typer.Option("--restore", metavar="STORY", help="Take its pin or drop back."),
    ] = None,
    note: Annotated[
        str | None,
        typer.Option("--note", help='A note from the editors; "" takes it out.'),
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", help='The subject; "" is the lead story\'s again.'),
    ] = None,
    hold: Annotated[
        bool, typer.Option("--hold", help="Let it wait until somebody approves it.")
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve it, even before it exists.")
    ] = False,
    send: Annotated[
        bool, typer.Option("--send", help="Approve it, and do not wait for its slot.")
    ] = False,
    skip: Annotated[
        bool,
        typer.Option("--skip", help="No issue this time; the next has its stories."),
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take the last edit back; again, the last.")
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="Why it is skipped, for the history.")
    ] = "",
    newsletter: session.Newsletter = "",
    as_json: session.Json = False,
) -> None:
    """Change an issue before it leaves, or the next one before there is any.

    STORY is a number, a path, a web address or words of the headline. An issue that
    was ready is composed anew, and held again if it must be.

    `dispatch issue edit next --pin 7 --drop 12 --note "The paper is late on Friday."`

    `dispatch issue edit next --newsletter weekly --skip --reason "holidays"`
    """
    with session.opened(context) as opened:
        letters = opened.settings.newsletter
        found = issue_editing.target(opened.store, letters, issue, newsletter)

        def stories(kind: EditKind, references: Stories) -> list[Wish]:
            named = _stories(opened, found, references)
            return [Wish(kind, named)] if named else []

        out = EditKind.DISCARD if for_good else EditKind.DROP
        wishes = [
            *stories(out, drop),
            *_of_source(opened, found, drop_source, out),
            *stories(EditKind.ORDER, order),
            *stories(EditKind.PIN, [pin] if pin else None),
            *stories(EditKind.RESTORE, restore),
            *_words(note, subject),
            *([Wish(EditKind.UNDO)] if undo else ()),
            *([Wish(EditKind.HOLD)] if hold else ()),
            *([Wish(EditKind.SKIP, words=edits.subject(reason))] if skip else ()),
        ]
        release = EditKind.SEND if send else EditKind.APPROVE if approve else None
        if not wishes and release is None:
            raise UsageError("Say what to change, as in: --drop 7 --subject “…”.")
        report = _do(opened, found, wishes, release)
    output.finish(report, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(edit)


def _do(
    opened: App, found: Target, wishes: list[Wish], release: EditKind | None
) -> ComposeReport:
    """Do what is wished, then approve what came of it."""
    by, clock = session.operator(), opened.clock
    if release is EditKind.SEND and found.issue is None:
        raise UsageError(
            f"There is nothing to send yet: make {found.name} now with "
            f"dispatch compose {found.newsletter.name} --now --send"
        )
    if release is not None and found.issue is None:
        wishes = [*wishes, Wish(EditKind.APPROVE)]
    report = ComposeReport()
    if wishes:
        report = issue_editing.edit(
            opened.store, opened.press, found, wishes, by=by, clock=clock
        )
    if release is None or found.issue is None:
        return report
    (issue,) = report.issues or (found.issue,)
    return approving.approve(
        opened.store,
        opened.press,
        [found.newsletter],
        issue,
        by=by,
        clock=clock,
        kind=release,
    )


def _stories(opened: App, found: Target, references: Stories) -> tuple[int, ...]:
    """Return the numbers of the stories that are meant, in order, each once."""
    singly = [
        one.strip()
        for text in references or ()
        for one in (text.split(",") if NUMBERS.fullmatch(text) else [text])
    ]
    numbers = (issue_editing.story(opened.store, found, one).id for one in singly)
    return tuple(dict.fromkeys(numbers))


def _of_source(
    opened: App, found: Target, source: str | None, kind: EditKind
) -> list[Wish]:
    if source is None:
        return []
    return [Wish(kind, issue_editing.from_source(opened.store, found, source))]


def _words(note: str | None, subject: str | None) -> list[Wish]:
    """Return what an editor wrote. Raises UsageError for what is too long."""
    wishes = []
    try:
        if note is not None:
            wishes.append(Wish(EditKind.NOTE, words=edits.note(note)))
        if subject is not None:
            wishes.append(Wish(EditKind.SUBJECT, words=edits.subject(subject)))
    except ValueError as error:
        raise UsageError(str(error)) from error
    return wishes
