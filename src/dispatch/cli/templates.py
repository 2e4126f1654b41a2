"""templates copy, check."""

from typing import Annotated

import typer

from dispatch import config
from dispatch.actions.operations import check as checking, template_files
from dispatch.cli import output, session

app = typer.Typer(help="Copy the mails' templates to change them, and check them.")

Kinds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KIND]…",
        help="A kind of mail, a folder of one, or a file; none: all.",
        show_default=False,
    ),
]


@app.command()
def copy(
    context: typer.Context, kinds: Kinds = None, as_json: session.Json = False
) -> None:
    """Copy shipped mail templates beside config.toml. Nothing there is overwritten.

    `dispatch templates copy digest/front-page`
    """
    settings = config.load(session.config_of(context))
    copied = template_files.copy(settings.folder, kinds or ())
    output.finish(copied, as_json=as_json)


@app.command()
def check(context: typer.Context, as_json: session.Json = False) -> None:
    """Render every mail in every design with made-up stories, and name what fails.

    `dispatch templates check`
    """
    found = checking.check_templates(session.config_of(context))
    output.finish(found, as_json=as_json)
