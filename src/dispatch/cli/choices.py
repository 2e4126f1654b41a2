"""subscriber set: what a reader wants, set by an operator for them."""

from collections.abc import Callable
from typing import Annotated

import typer

from dispatch.actions.audience import reader_choices
from dispatch.actions.audience.choosing import Wishes
from dispatch.cli import output, session
from dispatch.errors import UsageError
from dispatch.model import Cadence, MailFormat
from dispatch.model.content import section_key
from dispatch.text import languages as tongues

EVERY = "all"
SEVERAL = "Names with commas between, or `all`."


def set_(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The reader's.")],
    newsletter: session.Newsletter,
    *,
    cadence: Annotated[
        Cadence | None, typer.Option("--cadence", help="How often mail comes.")
    ] = None,
    topics: Annotated[
        str, typer.Option("--topics", metavar="LIST", help=f"Sections. {SEVERAL}")
    ] = "",
    languages: Annotated[
        str, typer.Option("--languages", metavar="LIST", help=f"As en,fr. {SEVERAL}")
    ] = "",
    mail: Annotated[
        MailFormat | None, typer.Option("--format", help="text: no pictures, no HTML.")
    ] = None,
    as_json: session.Json = False,
) -> None:
    """Set what a reader wants of a newsletter, as they asked you to.

    `dispatch subscriber set ada@example.org --newsletter daily --cadence weekly`

    `dispatch subscriber set ada@example.org --newsletter daily --topics all`
    """
    wishes = Wishes(
        topics=_list(topics, section_key),
        format=mail,
        cadence=cadence,
        languages=_list(languages, tongues.base),
    )
    if wishes == Wishes():
        raise UsageError("Say what to set: --cadence, --topics, --languages, --format.")
    with session.opened(context) as opened:
        report = reader_choices.choose(
            opened.store,
            session.newsletter(opened, newsletter),
            address,
            wishes,
            clock=opened.clock,
            language=opened.settings.site.language,
        )
        output.finish(report, as_json=as_json)


def _list(text: str, written: Callable[[str], str]) -> tuple[str, ...] | None:
    """Return names as they are compared; None for nothing said, () for all."""
    if not text:
        return None
    if text.strip().lower() == EVERY:
        return ()
    return tuple(dict.fromkeys(written(word) for word in text.split(",")))
