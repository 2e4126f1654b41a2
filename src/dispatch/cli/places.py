"""source check, add, import, export: places that are, or could become, sources."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console

from dispatch import app as wiring, config
from dispatch.actions.sources import source_check as checking, source_edit as editing
from dispatch.actions.sources.source_check_report import Item, SourceCheck
from dispatch.cli import output, session
from dispatch.cli.sources import short
from dispatch.errors import SourceError, UsageError
from dispatch.model import Fetch, Settings
from dispatch.text import plain, urls

ITEMS = ("Date", "Headline", "By", "Section", "Words#", "Picture")
CUT = 70  # characters of a headline in a table

Place = Annotated[
    str,
    typer.Argument(
        metavar="URL_OR_PATH",
        help="A feed, a site, a sitemap, or a folder.",
        show_default=False,
    ),
]
Private = Annotated[
    bool,
    typer.Option(
        "--allow-private", help="The address may be in a network of your own."
    ),
]


def check(
    context: typer.Context,
    place: Place,
    allow_private: Private = False,
    as_json: session.Json = False,
) -> None:
    """Look at a place: what kind it is, what would come in, and what to paste.

    Works without a config; with one, a source may be given by its name. Nothing is
    stored.

    `dispatch source check https://bell.example`

    `dispatch source check articles --json`
    """
    settings = _settings(session.config_of(context))
    fetch = _fetch(settings, place, allow_private=allow_private)
    with _private_told():
        report = checking.check(place, settings, fetch, now=wiring.system_clock().now())
    zone = settings.site.timezone
    typed = f"{session.program()} source add {urls.without_login(place)}"
    output.finish(
        report, as_json=as_json, show=lambda c: _show_check(c, report, zone, typed)
    )


def add(
    context: typer.Context,
    place: Place,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Its name; else one is made.")
    ] = "",
    allow_private: Private = False,
    as_json: session.Json = False,
) -> None:
    """Look at a place and write it into the config as a source.

    Every comment of the config stays in place. What does not fit is not written.

    `dispatch source add https://bell.example --name bell`
    """
    file = session.config_of(context)
    settings = config.load(file)
    fetch = _fetch(settings, place, allow_private=allow_private)
    with _private_told():
        report = editing.add(
            file, place, settings, fetch, now=wiring.system_clock().now(), name=name
        )
    host = urlsplit(place).hostname or ""
    if allow_private and host and host not in settings.fetch.allow_private:
        said = f'Now write it under [fetch], too: allow_private = ["{host}"]'
        report = replace(report, sentences=(*report.sentences, said))
    output.finish(report, as_json=as_json)


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list, as OPML.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be added; write nothing.")
    ] = False,
    as_json: session.Json = False,
) -> None:
    """Add the feeds of an OPML file, as feed readers export it; folders are sections.

    Nothing is fetched. What is a source already is named and passed over.

    `dispatch source import subscriptions.opml --dry-run`

    `dispatch source import subscriptions.opml`
    """
    to = session.config_of(context)
    report = editing.import_opml(to, file, config.load(to), dry_run=dry_run)
    output.finish(report, as_json=as_json)


def export(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Where to; else standard output."),
    ] = None,
    as_json: session.Json = False,
) -> None:
    """Write the feeds among the sources as OPML, for a feed reader.

    Passwords in addresses are left out.

    `dispatch source export sources.opml`
    """
    settings = config.load(session.config_of(context))
    data = editing.export_opml(settings)
    number = sum(one.kind == "feed" for one in settings.source)
    said = [f"{plain.count(number, 'feed')} written to {file}."] if file else []
    if file:
        _write(file, data)
    elif not as_json:
        sys.stdout.write(data.decode())
    report = output.Said(said, {"feeds": number, "opml": data.decode()})
    output.finish(report, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(check)
    app.command()(add)
    app.command("import")(import_)
    app.command()(export)


def _settings(file: Path) -> Settings:
    """Return the publication's settings; the defaults where there is no config."""
    return config.load(file) if file.exists() else Settings()


def _fetch(settings: Settings, place: str, *, allow_private: bool) -> Fetch:
    host = urlsplit(place).hostname or ""
    return wiring.fetching(
        settings.fetch,
        site_url=settings.site.home,  # tells those we ask whom to ask
        also=host if allow_private else "",
    )


@contextmanager
def _private_told() -> Iterator[None]:
    """Say how to look all the same, where an address is refused as private."""
    try:
        yield
    except SourceError as error:
        if "fetch.allow_private" not in str(error):
            raise
        raise SourceError(f"{error} To look at it now, add --allow-private.") from error


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written ({error.strerror}).") from error


def _show_check(console: Console, report: SourceCheck, zone: str, typed: str) -> None:
    for line in report.head():
        console.print(line)
    if report.items:
        console.print()
        rows = [_item(one, zone) for one in report.items]
        console.print(output.table("", ITEMS, rows))
        console.print()
    for line in report.tail():
        console.print(line)
    if report.block:
        console.print("\nFor config.toml, or type: " + typed + "\n", soft_wrap=True)
        console.print(report.block, soft_wrap=True)


def _item(one: Item, zone: str) -> tuple[object, ...]:
    headline = one.headline
    return (
        short(output.local(one.published_at, zone)) if one.published_at else "none",
        headline if len(headline) <= CUT else f"{headline[: CUT - 1]}…",
        one.byline,
        one.section,
        f"{one.words:,}",
        "yes" if one.picture else "",
    )
