"""dkim generate."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dispatch.actions.delivery import dkim_keys
from dispatch.cli import output, session
from dispatch.errors import UsageError

app = typer.Typer(help="Sign mail, where the relay does not.")

HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.IGNORECASE)


class Algorithm(StrEnum):
    """Every receiver knows RSA; Ed25519 may be used beside it."""

    RSA = "rsa"
    ED25519 = "ed25519"


@app.callback()
def group() -> None:
    """Sign mail, where the relay does not."""


@app.command()
def generate(
    domain: Annotated[str, typer.Argument(help="The domain of the sender's address.")],
    selector: Annotated[
        str, typer.Option(help="The key's name in the DNS; another for each key.")
    ] = "dispatch",
    algorithm: Annotated[
        Algorithm, typer.Option(help="Every receiver knows rsa.")
    ] = Algorithm.RSA,
    file: Annotated[
        Path | None,
        typer.Option(help="Where the key goes.", show_default="var/dkim-SELECTOR.pem"),
    ] = None,
    as_json: session.Json = False,
) -> None:
    """Make a key for signing mail, and print its DNS record.

    `dispatch dkim generate paper.example`
    """
    for said in (domain, selector):
        if not HOST.fullmatch(said):
            raise UsageError(
                f"{said!r} cannot stand in the DNS: use a to z, 0 to 9, -."
            )
    place = file or Path(f"var/dkim-{selector}.pem")
    output.finish(
        dkim_keys.generate(domain.lower(), selector, algorithm, place), as_json=as_json
    )
