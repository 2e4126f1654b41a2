"""chaos: see for yourself what a crash costs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dispatch.cli import output, publication, session
from dispatch.errors import UsageError
from dispatch.worker import chaos as scenes
from dispatch.worker.chaos import POINTS, OpenDatabase, Scene

COLUMNS = (
    "Killed when",
    "Policy",
    "Kills#",
    "In doubt#",
    "Accepted#",
    "Twice#",
    "Missed#",
    "Lost#",
    "Books",
)


def chaos(
    context: typer.Context,
    readers: Annotated[
        int, typer.Option("--readers", min=10, max=10_000, help="Made-up readers.")
    ] = 60,
    connections: Annotated[
        int, typer.Option("--connections", min=1, max=50, help="To the server.")
    ] = 4,
    as_json: session.Json = False,
) -> None:
    """Kill the delivery at every point it can die at, and count what it cost.

    On a database of its own beside yours, on the same disk, with made-up readers and
    a mail server that misbehaves. Nothing real is touched. With PostgreSQL in the
    config, a SQLite file in the publication's folder is used all the same.

    `dispatch chaos`

    `dispatch chaos --readers 500 --connections 8`
    """
    played: list[Scene] = []
    with _databases(_folder(context)) as database:
        for scene in scenes.rehearse(
            database, readers=readers, connections=connections
        ):
            played.append(scene)
            output.warn(f"{_where(scene)}: {_books(scene)}")
    data = {"scenes": [_json(scene) for scene in played]}
    broken = [scene for scene in played if scene.broken]
    said = output.Said(_conclusion(played, broken), data, ok=not broken)
    table = output.table("", COLUMNS, [_row(scene) for scene in played])

    def show(console: Console) -> None:
        console.print(table)
        for line in said.lines():
            console.print(line)

    output.finish(said, as_json=as_json, show=show)


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(rich_help_panel=publication.PANEL)(chaos)


def _folder(context: typer.Context) -> Path:
    """Return the folder of the database, so that its disk is the one that is tried."""
    with session.opened(context) as opened:
        file = opened.store.file
        return file.parent if file else opened.settings.folder


@contextmanager
def _databases(folder: Path) -> Iterator[OpenDatabase]:
    numbers = count(1)
    try:
        with tempfile.TemporaryDirectory(prefix="chaos-", dir=folder) as made:
            yield lambda: f"sqlite:///{made}/{next(numbers)}.db"
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}).") from error


def _conclusion(played: list[Scene], broken: list[Scene]) -> list[str]:
    kills = sum(scene.crashes for scene in played)
    if broken:
        return [
            f"BROKEN: {_where(scene)}: {', '.join(scene.broken)}. Please report this."
            for scene in broken
        ]
    sentence = (
        f"{output.count(kills, 'kill')}, and every recipient is accounted for: nobody "
        "lost with resend_once, nobody mailed twice with hold, nothing called accepted "
        "that the server did not take."
    )
    return [sentence]


def _where(scene: Scene) -> str:
    at = POINTS.get(scene.script.point, "never")
    plain = not scene.script.nasty
    return at if plain else f"{at}; a nasty server"


def _books(scene: Scene) -> str:
    return "balanced" if not scene.broken else ", ".join(scene.broken)


def _row(scene: Scene) -> tuple[object, ...]:
    verdict = scene.verdict
    return (
        _where(scene),
        scene.script.policy,
        scene.crashes,
        scene.in_doubt,
        verdict.books.accepted,
        verdict.twice,
        verdict.missed,
        verdict.lost,
        _books(scene),
    )


def _json(scene: Scene) -> dict[str, object]:
    return {
        "point": scene.script.point,
        "policy": scene.script.policy,
        "nasty": scene.script.nasty,
        "crashes": scene.crashes,
        "in_doubt": scene.in_doubt,
        "accepted": scene.verdict.books.accepted,
        "twice": scene.verdict.twice,
        "missed": scene.verdict.missed,
        "lost": scene.verdict.lost,
        "broken": scene.broken,
    }
