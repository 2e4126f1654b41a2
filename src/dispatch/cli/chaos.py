"""chaos: see for yourself what a crash costs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dispatch.cli import output, session
from dispatch.errors import UsageError
from dispatch.store import rehearsals
from dispatch.text import plain
from dispatch.worker import chaos as scenes
from dispatch.worker.chaos import POINTS, Scene

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
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            max=8,
            help="Processes that deliver at once; with PostgreSQL 2, else 1.",
        ),
    ] = None,
    as_json: session.Json = False,
) -> None:
    """Kill the delivery at every point it can die at, and count what it cost.

    On databases of its own beside yours (files on the same disk, or schemas in the same
    PostgreSQL database), with made-up readers and a mail server that misbehaves.
    Nothing real is touched.

    `dispatch chaos`

    `dispatch chaos --readers 500 --connections 8`
    """
    played: list[Scene] = []
    with session.opened(context) as opened:
        url, file = opened.settings.store.url, opened.store.file
    if file and workers not in {None, 1}:
        raise UsageError(
            "With SQLite one process delivers. Several take PostgreSQL: mend "
            "store.url, or leave --workers out."
        )
    with _databases(url, file) as databases:
        for scene in scenes.rehearse(
            databases,
            readers=readers,
            connections=connections,
            workers=workers or (1 if file else 2),
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
    app.command()(chaos)


@contextmanager
def _databases(url: str, file: Path | None) -> Iterator[Iterator[str]]:
    """Give the addresses of empty databases where the publication's own one is."""
    if file is None:
        with rehearsals.schemas(url) as made:
            yield made
        return
    try:
        with tempfile.TemporaryDirectory(prefix="chaos-", dir=file.parent) as folder:
            yield rehearsals.files(Path(folder))
    except OSError as error:
        raise UsageError(
            f"{file.parent}: cannot be written ({error.strerror})."
        ) from error


def _conclusion(played: list[Scene], broken: list[Scene]) -> list[str]:
    kills = sum(scene.crashes for scene in played)
    if broken:
        return [
            f"BROKEN: {_where(scene)}: {', '.join(scene.broken)}. Please report this."
            for scene in broken
        ]
    sentence = (
        f"{plain.count(kills, 'kill')}, and every recipient is accounted for: nobody "
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
        "workers": scene.script.workers,
        "nasty": scene.script.nasty,
        "crashes": scene.crashes,
        "in_doubt": scene.in_doubt,
        "accepted": scene.verdict.books.accepted,
        "twice": scene.verdict.twice,
        "missed": scene.verdict.missed,
        "lost": scene.verdict.lost,
        "broken": scene.broken,
    }
