"""collect, publish, compose, deliver, once and run: the stages, alone and together."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Annotated

import typer

from dispatch.actions.collection import collect as collecting
from dispatch.actions.delivery.deliver_all import deliver_all
from dispatch.actions.feeds import pings, publish as publishing
from dispatch.actions.issues import (
    compose as composing,
    plan as planning,
    proofing,
    slots,
)
from dispatch.actions.operations import demo, once as rounds
from dispatch.app import App
from dispatch.cli import following, output, session, watching
from dispatch.cli.catching import catching
from dispatch.errors import StartError, UsageError
from dispatch.model import NewsletterSettings, Report
from dispatch.worker import daemon, holder

Now = Annotated[
    bool, typer.Option("--now", help="Make an issue outside the schedule, and hold it.")
]
Send = Annotated[
    bool, typer.Option("--send", help="With --now: let it go, and print the audience.")
]


def collect(
    context: typer.Context,
    source: Annotated[
        str, typer.Option("--source", metavar="NAME", help="Only this source.")
    ] = "",
    as_json: session.Json = False,
) -> None:
    """Read the sources and store what is new or has changed.

    Asks even those feeds whose time has not come. Bad files and items are named and
    set aside; nothing that is stored gets lost.

    `dispatch collect`

    `dispatch collect --source newsroom`
    """
    with session.opened(context) as app:
        known = [one.name for one in app.settings.source]
        if source and source not in known:
            raise UsageError(
                f"There is no source {source!r}. In the config: {', '.join(known)}."
            )
        with watching.visits(quiet=as_json) as starting:
            report = collect_from(app, source, force=True, starting=starting)
        output.finish(report, as_json=as_json)


def publish(context: typer.Context, as_json: session.Json = False) -> None:
    """Write the feeds; what has not changed is not touched.

    `dispatch publish`
    """
    with session.opened(context) as app:
        report = publishing.publish(app.store, app.settings, clock=app.clock)
        output.warn(*_tell_hubs(app).lines())
        output.finish(report, as_json=as_json)


def compose(
    context: typer.Context,
    newsletter: Annotated[
        str, typer.Argument(metavar="NEWSLETTER", help="Only this one.")
    ] = "",
    now: Now = False,
    send: Send = False,
    as_json: session.Json = False,
) -> None:
    """Settle the slots that are due, and make the issues they ask for.

    `dispatch compose`

    `dispatch compose daily --now`

    `dispatch compose daily --now --send`
    """
    _refuse_send_alone(now=now, send=send)
    with session.opened(context) as app:
        if newsletter:
            session.newsletter(app, newsletter)
        elif now and len(app.settings.newsletter) != 1:
            raise UsageError("Say which newsletter: dispatch compose NAME --now.")
        report = rounds.once(_compose_steps(app, newsletter, now=now, send=send))
        output.finish(report, as_json=as_json)


def deliver(
    context: typer.Context,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="Send at most so many messages."),
    ] = None,
    as_json: session.Json = False,
) -> None:
    """Send what is due: plan the issues that are ready, then deliver.

    Ctrl-C stops between two messages. While the daemon serves this database, it is
    the daemon that delivers.

    `dispatch deliver`
    """
    with session.opened(context) as app, holder.only_one(app.store):
        steps = (_plan_step(app), ("deliver", lambda: deliver_from(app, limit)))
        zone = app.settings.site.timezone
        with following.while_delivering(app.store, zone, quiet=as_json):
            report = rounds.once(steps)
        output.finish(report, as_json=as_json)


def once(
    context: typer.Context,
    now: Now = False,
    send: Send = False,
    as_json: session.Json = False,
) -> None:
    """Collect, publish, compose what is due, deliver; then stop.

    While the site is not live, mail goes to the catcher, which is started for the
    purpose unless it runs already. The shipped demo sends its first issue, too.

    `dispatch once`

    `dispatch once --now --send`
    """
    _refuse_send_alone(now=now, send=send)
    with session.opened(context) as app, ExitStack() as stack:
        caught = stack.enter_context(catching(app))
        report = rounds.once(_steps(app, now=now, send=send))
        if not as_json:
            output.say(*report.lines(), *caught())
        else:
            output.finish(report, as_json=True)
        if not report.ok:
            raise typer.Exit(1)


def run(context: typer.Context) -> None:
    """Serve the publication: schedule, delivery and web pages in one process.

    SIGTERM and Ctrl-C stop it cleanly, SIGHUP reads the config anew.

    `dispatch --config /srv/courier/config.toml run`
    """
    daemon.run(session.config_of(context), say=output.say, program=session.program())


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (collect, publish, compose, deliver, once, run):
        app.command()(command)


def collect_from(
    app: App,
    only: str = "",
    *,
    force: bool = False,
    starting: collecting.Starting | None = None,
) -> Report:
    """Collect; the newsletters are made known first, so that all of it is news."""
    slots.register(app.store, app.settings.newsletter, clock=app.clock)
    return collecting.collect(
        app.store,
        app.settings.source,
        app.fetch,
        clock=app.clock,
        site=app.settings.site,
        authority=app.authority,
        only=only,
        force=force,
        starting=starting,
    )


def deliver_from(app: App, limit: int | None = None) -> Report:
    """Deliver until nothing is due."""
    return deliver_all(
        app.store,
        app.channels,
        app.tokens,
        routes=app.routes,
        zone=app.settings.site.timezone,
        clock=app.clock,
        stop=threading.Event(),
        signers=app.signers,
        limit=limit,
        insist=True,
    )


def _refuse_send_alone(*, now: bool, send: bool) -> None:
    if send and not now:
        raise UsageError("--send goes with --now: it lets that issue go.")


def _steps(app: App, *, now: bool, send: bool) -> list[tuple[str, rounds.Step]]:
    return [
        ("collect", lambda: collect_from(app)),
        _publish_step(app),
        *([("hubs", lambda: _tell_hubs(app))] if app.settings.feeds.hubs else []),
        *_compose_steps(app, now=now, send=send),
        _demo_step(app),
        _plan_step(app),
        ("deliver", lambda: deliver_unless_served(app)),
    ]


def _publish_step(app: App) -> tuple[str, rounds.Step]:
    return (
        "publish",
        lambda: publishing.publish(app.store, app.settings, clock=app.clock),
    )


def _tell_hubs(app: App) -> pings.PingReport:
    hubs = app.settings.feeds.hubs
    return pings.tell(app.store, hubs, app.submit, app.links, clock=app.clock)


def _plan_step(app: App) -> tuple[str, rounds.Step]:
    return (
        "plan",
        lambda: planning.plan_ready(
            app.store, app.press, app.settings.newsletter, clock=app.clock
        ),
    )


def _compose_steps(
    app: App, only: str = "", *, now: bool, send: bool
) -> list[tuple[str, rounds.Step]]:
    """Return the steps that make issues: those that are due, or those asked for."""
    letters = [one for one in app.settings.newsletter if only in {"", one.name}]
    if not now:
        asked = [one for one in letters if one.proof_to]
        ask = ("proofs", lambda: _ask(app, asked))
        return [("compose", lambda: _tick(app, only)), *([ask] if asked else [])]
    steps = [_now_step(app, one, send=send) for one in letters]
    return [*steps, _plan_step(app)] if send else steps


def _tick(app: App, only: str) -> Report:
    return composing.tick(
        app.store, app.press, app.settings.newsletter, clock=app.clock, only=only
    )


def _ask(app: App, letters: Sequence[NewsletterSettings]) -> Report:
    return proofing.ask(app.store, app.press, app.tokens, letters, clock=app.clock)


def _now_step(
    app: App, newsletter: NewsletterSettings, *, send: bool
) -> tuple[str, rounds.Step]:
    return (
        f"compose {newsletter.name}",
        lambda: composing.compose_now(
            app.store, app.press, newsletter, clock=app.clock, send=send
        ),
    )


def deliver_unless_served(app: App) -> Report:
    """Deliver, unless a daemon serves this database and does."""
    try:
        with holder.only_one(app.store):
            return deliver_from(app)
    except StartError:
        return output.Said(
            ["Delivery is left to the daemon that serves this database."]
        )


def _demo_step(app: App) -> tuple[str, rounds.Step]:
    """The shipped demo has readers to subscribe, and a first issue to let go."""

    def step() -> Report:
        prepared = demo.prepare(
            app.store, app.press, app.tokens, app.settings, clock=app.clock
        )
        return output.Said([f"The demo's first issue: {prepared}."] if prepared else [])

    return ("demo", step)
