"""init, check, preview, go-live, sandbox: getting a publication ready."""

import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from dispatch import app as wiring, config, resources
from dispatch.actions.issues import preflight, preview as previewing, sending_preview
from dispatch.actions.operations import check as checking, go_live as opening
from dispatch.actions.operations.once import once
from dispatch.actions.sources import init as making
from dispatch.app import App, system_clock
from dispatch.cli import founding, output, session, stages
from dispatch.cli.catching import catching
from dispatch.compose.preflight import Preflight
from dispatch.errors import UsageError
from dispatch.model import NewsletterSettings, Settings
from dispatch.sandbox.catcher import Catcher
from dispatch.sandbox.mailbox import Mailbox
from dispatch.web.inbox import create_inbox
from dispatch.web.pages import Pages
from dispatch.web.server import Server
from dispatch.worker import signals

SMTP = "127.0.0.1:1025"


def init(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="The new publication's folder."),
    ] = None,
    *,
    url: Annotated[
        str,
        typer.Option("--from", metavar="URL", help="Make it of this site's stories."),
    ] = "",
    title: Annotated[
        str, typer.Option("--title", help="Its name; else the folder's.")
    ] = "",
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="As in Europe/Berlin.")
    ] = "",
    allow_private: Annotated[
        bool,
        typer.Option("--allow-private", help="The site may be in your own network."),
    ] = False,
    as_json: session.Json = False,
) -> None:
    """Make a new publication: of a site that is there, or a blank one to fill in.

    `dispatch init --from https://courier.example`

    `dispatch init /srv/courier --title "The Courier" --timezone Europe/Berlin`
    """
    del context
    if url:
        founded = founding.found(
            folder,
            url,
            title=title,
            timezone=timezone,
            private=allow_private,
            quiet=as_json,
        )
        output.finish(founded, as_json=as_json, show=founded.show)
        return
    if folder is None:
        raise UsageError("Name a folder, or a site: dispatch init --from URL")
    report = making.init(folder, title=title, timezone=timezone or "UTC")
    output.finish(report, as_json=as_json)


def check(context: typer.Context, as_json: session.Json = False) -> None:
    """Look at config, templates, folders and database; name every problem.

    Exits 2 when the config cannot be used, 1 for any other problem. No relay and no
    website is asked.

    `dispatch check`
    """
    report = checking.check(
        session.config_of(context), look_at_pages=_pages, clock=system_clock()
    )
    output.finish(report, as_json=as_json, code=1 if report.usable else 2)


def preview(
    context: typer.Context,
    newsletter: Annotated[str, typer.Argument(help="The newsletter's name.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to; else preview-NAME."),
    ] = None,
    reader: Annotated[
        str,
        typer.Option("--for", metavar="ADDRESS", help="As this reader would get it."),
    ] = "",
    send: Annotated[
        str, typer.Option("--send", metavar="ADDRESS", help="Mail it there, too.")
    ] = "",
    newest: Annotated[
        bool,
        typer.Option("--newest", help="The newest stories, where none is due yet."),
    ] = False,
    ask: Annotated[
        bool,
        typer.Option("--ask", help="Ask every link, and the one-click address, too."),
    ] = False,
    as_json: session.Json = False,
) -> None:
    """Write the next issue as it would be sent, and judge it; nothing is stored.

    Makes message.eml, body.html and body.txt.

    `dispatch preview daily`

    `dispatch preview daily --for ada@example.org --out proof`

    `dispatch preview daily --send editor@courier.example`
    """
    with session.opened(context) as app:
        letter = session.newsletter(app, newsletter)
        if send:
            sending_preview.recipient(send)
        made = _preview(app, letter, reader, newest=newest)
        if ask:
            asked = preflight.ask(made.html, app.links, app.fetch, app.submit)
            made = replace(made, preflight=(made.preflight or Preflight()) + asked)
        files = _write(out or Path(f"preview-{newsletter}"), made)
        wrote = output.Said(
            [*made.lines(), *(f"Wrote {file}" for file in files)],
            {**made.to_json(), "files": [str(file) for file in files]},
        )
        if not send:
            output.finish(wrote, as_json=as_json)
            return
        to = sending_preview.queue(app.store, app.tokens, letter, made, send)
        mailed = f"It goes to {to} next."
        with catching(app) as caught:
            steps = [
                ("preview", lambda: wrote),
                ("queue", lambda: output.Said([mailed], {"to": to})),
                ("deliver", lambda: stages.deliver_unless_served(app)),
            ]
            report = once(steps)
            if not as_json:
                output.say(*report.lines(), *caught())
    if as_json:
        output.finish(report, as_json=True)
    elif not report.ok:
        raise typer.Exit(1)


def go_live(
    context: typer.Context,
    confirm: Annotated[
        str,
        typer.Option(
            "--confirm", metavar="TITLE", help="The site's title; else it is asked."
        ),
    ] = "",
    as_json: session.Json = False,
) -> None:
    """Check everything, show the audience, ask, and set `live = true` in the config.

    `dispatch go-live`
    """
    file = session.config_of(context)
    settings = config.load(file)
    if settings.site.live:
        output.finish(output.Said(["The site is live already."]), as_json=as_json)
        return
    with session.opened(context) as app:
        live = replace(settings, site=replace(settings.site, live=True))
        press = wiring.rewire(app, live).press
        found = opening.examine(app.store, settings, press, clock=app.clock)
    if not found.ok or (as_json and not confirm):
        output.finish(found, as_json=as_json)
        return
    output.warn(*found.lines())
    title = settings.site.title
    typed = confirm or typer.prompt(f"Type the site's title ({title})", err=True)
    opening.go_live(file, typed=typed, title=title)
    said = [f"{file} says live = true now. Start the daemon anew: dispatch run"]
    output.finish(output.Said(said, {"live": True}), as_json=as_json)


def sandbox(
    smtp: Annotated[
        str, typer.Option("--smtp", metavar="HOST:PORT", help="Where mail is taken.")
    ] = SMTP,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Its inbox as a page.")
    ] = "127.0.0.1:8025",
) -> None:
    """Run the mail catcher alone: mail goes in, nothing goes out; Ctrl-C ends it.

    `dispatch sandbox`
    """
    for option, place in (("--smtp", smtp), ("--listen", listen)):
        if not re.fullmatch(r"\S+:\d{1,5}", place):
            raise UsageError(f"{option} {place!r}: write HOST:PORT, as in {SMTP}.")
    stop = threading.Event()
    mailbox = Mailbox(system_clock())
    with signals.heard(stop=stop.set), Catcher(smtp, mailbox) as catcher:
        server = Server(create_inbox(mailbox, title="Mail catcher"), listen)
        server.start()
        try:
            host = smtp.rpartition(":")[0]
            output.say(
                f"SMTP at {host}:{catcher.port}, inbox at {server.url}/, Ctrl-C ends."
            )
            stop.wait()
        finally:
            server.stop()


def _write(folder: Path, made: previewing.Preview) -> list[Path]:
    """Write the three files; return their paths."""
    contents = {
        "message.eml": made.eml,
        "body.html": made.html.encode(),
        "body.txt": made.text.encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}).") from error
    return [folder / name for name in contents]


def _preview(
    app: App, letter: NewsletterSettings, reader: str, *, newest: bool
) -> previewing.Preview:
    try:
        return previewing.preview(
            app.store,
            app.press,
            letter,
            clock=app.clock,
            address=reader,
            samples=newest,
        )
    except ValueError as error:
        raise UsageError(f"{reader!r}: {error}") from error


def _pages(settings: Settings) -> tuple[str, ...]:
    """Return what is wrong with the templates of web pages."""
    folders = resources.template_folders(settings.folder, "web")
    return Pages(folders, settings).check()


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(init)
    app.command()(check)
    app.command()(preview)
    app.command("go-live")(go_live)
    app.command()(sandbox)
