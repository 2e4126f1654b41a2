"""What the commands share that answer about stories gone from their source."""

from typing import Annotated

import typer

from dispatch.actions.collection import missing
from dispatch.actions.collection.editing import Hand
from dispatch.cli import output, session
from dispatch.errors import UsageError
from dispatch.store import Tx, questions
from dispatch.text import plain

OneOrNone = Annotated[
    str,
    typer.Argument(
        metavar="[ARTICLE]", help="A number, a path, a web address or headline words."
    ),
]
AllOf = Annotated[
    str,
    typer.Option(
        "--source", metavar="NAME", help="All that went from this source at once."
    ),
]


def one_of(article: str, source: str) -> None:
    """Check that a story or a source is named. Raises UsageError for both or none."""
    if bool(article) == bool(source):
        raise UsageError("Name a story, or --source NAME for all that are gone of it.")


def question_about(tx: Tx, article: int | None, source: str) -> int:
    """Return the question about a story, or a whole source, that is gone.

    Raises UsageError when nobody asks.
    """
    for one in questions.standing(tx, questions.MISSING):
        if one.article == article and (article is not None or one.source == source):
            return one.id
    raise UsageError(
        f"Nobody asks whether story {article} shall stay: it does."
        if article is not None
        else f"Nobody asks about stories that are gone from {source!r}."
    )


def withdraw_all(
    context: typer.Context, source: str, reason: str, *, as_json: bool
) -> None:
    """Withdraw all that went from a source at once."""
    with session.opened(context) as opened:
        hand = Hand(session.operator(), reason, opened.clock.now())
        withdrawn = opened.store.write(
            lambda tx: missing.withdraw(tx, question_about(tx, None, source), hand)
        )
    line = f"{plain.count(len(withdrawn), 'story', 'stories')} of {source} withdrawn."
    output.finish(output.Said([line], {"articles": list(withdrawn)}), as_json=as_json)
