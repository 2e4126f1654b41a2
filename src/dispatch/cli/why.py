"""why: why a story is as it is, and why a reader gets mail or none."""

from typing import Annotated

import typer

from dispatch.actions.operations import why_file, why_reader, why_story
from dispatch.cli import output, session
from dispatch.cli.articles import describe, one_article


def why(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLE_OR_ADDRESS",
            help="A story (number, path, web address, headline words), a file of a "
            "folder, or a reader.",
        ),
    ],
    as_json: session.Json = False,
) -> None:
    """Say why a story is as it is and where it is, or why a reader gets mail or none.

    Of a story: which rule gave headline, byline, credit, date and section, how sure
    it is, and what other rules saw. Of a file that is no story: what keeps it out.
    For a reader it ends in a sentence that can be sent to them.

    `dispatch why 7`

    `dispatch why articles/news/bridge.txt`

    `dispatch why ada@example.org`
    """
    with session.opened(context) as opened:
        if "@" in subject and "/" not in subject:
            output.finish(
                why_reader.reader(
                    opened.store,
                    opened.tokens,
                    opened.settings,
                    subject,
                    now=opened.clock.now(),
                ),
                as_json=as_json,
            )
            return
        file = None
        if not subject.isdigit():
            file = why_file.file(opened.store, opened.settings, opened.clock, subject)
        if file is not None and file.article is None:
            output.finish(file, as_json=as_json)
            return
        found = one_article(opened.store, str(file.article) if file else subject)
        if not as_json:
            output.say(*describe(found, opened.settings.site.timezone))
        output.finish(
            why_story.story(opened.store, found, opened.settings, opened.clock),
            as_json=as_json,
        )


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(why)
