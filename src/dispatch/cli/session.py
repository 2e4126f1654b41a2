"""What every command shares: where the config is, and the opened publication."""

import getpass
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch.errors import UsageError

if TYPE_CHECKING:
    from dispatch.app import App
    from dispatch.model import NewsletterSettings

Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object instead of sentences."),
]
UpToThousand = Annotated[
    int, typer.Option("--limit", min=1, max=1000, help="How many at the most.")
]
UpToTenThousand = Annotated[
    int, typer.Option("--limit", min=1, max=10_000, help="How many at the most.")
]
Newsletter = Annotated[
    str,
    typer.Option(
        "--newsletter",
        metavar="NAME",
        help="The newsletter, by its name in the config.",
    ),
]


@dataclass(frozen=True, slots=True)
class Session:
    """The options that stand before the command."""

    config: Path
    debug: bool = False


def config_of(context: typer.Context) -> Path:
    """Return the config file this call is about."""
    session = context.find_object(Session)
    return session.config if session else Path("config.toml")


def program() -> str:
    """Return what to type to call this program once more from the same place.

    `make run` calls it by a path, since a virtual environment is not on the PATH.
    """
    called = sys.argv[0]
    by_path = Path(called).name == "dispatch" and shutil.which("dispatch") is None
    return called if by_path else "dispatch"


def operator() -> str:
    """Return who sits at this terminal, for the history."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "operator"


def opened(context: typer.Context) -> "App":
    """Open the publication; use it in a `with` block."""
    from dispatch import app  # noqa: PLC0415 - brings every library; --help needs none

    return app.open_app(config_of(context))


def newsletter_ever(app: "App", name: str) -> str:
    """Return `name`, of a newsletter that is or was; or "". Raises UsageError."""
    from dispatch.store import newsletters  # noqa: PLC0415 - as above

    with app.store.read() as tx:
        known = not name or newsletters.state(tx, name) is not None
    return name if known else newsletter(app, name).name


def newsletter(app: "App", name: str) -> "NewsletterSettings":
    """Return the newsletter called `name`. Raises UsageError naming those there are."""
    for one in app.settings.newsletter:
        if one.name == name:
            return one
    names = ", ".join(one.name for one in app.settings.newsletter) or "none"
    raise UsageError(f"There is no newsletter {name!r}. In the config: {names}.")
