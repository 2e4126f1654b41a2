"""import and export: whole lists of readers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from dispatch.actions.audience import exporting, importing
from dispatch.cli import output, session
from dispatch.errors import UsageError

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A .csv, or a .zip of several.")
]
Target = Annotated[
    Path, typer.Argument(metavar="FILE.csv|DIR", help="A file; with --all a folder.")
]


def import_(
    context: typer.Context,
    file: File,
    newsletter: session.Newsletter,
    *,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="They agreed elsewhere.")
    ] = False,
    ask: Annotated[
        bool, typer.Option("--ask", help="Mail each new one a button to confirm.")
    ] = False,
    consent: Annotated[
        str, typer.Option("--consent", help="How they agreed; kept as evidence.")
    ] = "",
    as_: Annotated[
        Literal["active", "unsubscribed", "bounced"],
        typer.Option("--as", help="What the rows are; opt-outs become suppressions."),
    ] = "active",
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar='FIELD="HEADING"',
            help='Name a column, for example email="E-Mail"; may be repeated.',
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; do nothing.")
    ] = False,
    as_json: session.Json = False,
) -> None:
    """Bring a list of readers in, as often as you like.

    Knows the exports of Mailchimp, listmonk, Ghost, MailPoet and Buttondown. Nobody
    who left or was suppressed is revived. Every row that cannot be used is named.

    `dispatch import readers.csv --newsletter daily --confirmed --dry-run`

    `dispatch import mailchimp.zip --newsletter daily --confirmed`

    `dispatch import fair.csv --newsletter daily --ask --map email="E-Mail"`
    """
    if confirmed == ask and as_ == "active":
        raise UsageError(
            "Say how they agreed, by one of two: --confirmed if they did elsewhere, "
            "--ask to mail each of them a button to confirm."
        )
    with session.opened(context) as opened, _progress(quiet=as_json) as moved:
        report = importing.import_file(
            opened.store,
            opened.press,
            opened.tokens,
            session.newsletter(opened, newsletter),
            file,
            confirmed=not ask,
            clock=opened.clock,
            consent=consent,
            as_=as_,
            mapping=_mapping(mapping or []),
            dry_run=dry_run,
            progress=moved,
        )
    output.finish(report, as_json=as_json)


def export(
    context: typer.Context,
    target: Target,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything worth keeping, into a folder.")
    ] = False,
    newsletter: Annotated[
        str, typer.Option("--newsletter", metavar="NAME", help="Only its readers.")
    ] = "",
    as_json: session.Json = False,
) -> None:
    """Write the readers to a CSV file, or everything to a folder.

    `dispatch export readers.csv --newsletter daily`

    `dispatch export /srv/backup/courier --all`
    """
    if everything and newsletter:
        raise UsageError("--all means every newsletter: leave --newsletter out.")
    with session.opened(context) as opened:
        if everything:
            report = exporting.export_all(opened.store, target)
        else:
            known = session.newsletter_ever(opened, newsletter)
            report = exporting.export_csv(opened.store, target, newsletter=known)
    output.finish(report, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("import")(import_)
    app.command()(export)


def _mapping(pairs: list[str]) -> dict[str, str]:
    """Read email="E-Mail" pairs."""
    found = {}
    for pair in pairs:
        field, equals, heading = pair.partition("=")
        if not equals or not heading.strip('" '):
            raise UsageError(f'--map {pair!r}: write FIELD="HEADING".')
        found[field.strip()] = heading.strip().strip('"')
    return found


@contextmanager
def _progress(*, quiet: bool) -> Iterator[importing.Progress]:
    """Show a bar on standard error while a terminal is watching."""
    console = output.console(stderr=True)
    columns = (
        "Importing",
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("import", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
