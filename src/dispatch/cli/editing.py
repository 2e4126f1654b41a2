"""article edit, hold, withdraw, restore, history."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from dispatch.actions.collection import editing
from dispatch.actions.collection.editing import Done, Hand, Wishes
from dispatch.actions.operations import history
from dispatch.app import App
from dispatch.cli import articles, gone, output, session
from dispatch.cli.articles import Reference, one_article
from dispatch.errors import UsageError
from dispatch.model import Article
from dispatch.store import Tx, editing as kept
from dispatch.text import plain

FIELDS = {editing.spoken(one): one for one in (*kept.FIELDS, "held", "withdrawn")}
NO_EMBARGO = "none"

Reason = Annotated[str, typer.Option("--reason", help="Why, for the history.")]
Told = Annotated[
    str, typer.Option("--reason", help="Why; readers are told it in these words.")
]
Kept = Annotated[str, typer.Option("--reason", help="Why; only the desk sees it.")]


def edit(
    context: typer.Context,
    article: Reference,
    *,
    headline: Annotated[
        str | None, typer.Option("--headline", help="The headline it should have.")
    ] = None,
    deck: Annotated[
        str | None, typer.Option("--deck", help="The line under the headline.")
    ] = None,
    summary: Annotated[
        str | None, typer.Option("--summary", help="What feeds and digests show.")
    ] = None,
    section: Annotated[
        str | None, typer.Option("--section", help="The section it belongs to.")
    ] = None,
    byline: Annotated[
        list[str] | None,
        typer.Option("--byline", help="Who wrote it; once for each name."),
    ] = None,
    embargo: Annotated[
        str | None,
        typer.Option(
            "--embargo",
            metavar="WHEN",
            help='Nobody sees it before: "2026-03-04 07:00" in the site\'s zone, '
            "or none.",
        ),
    ] = None,
    undo: Annotated[
        list[str] | None,
        typer.Option(
            "--undo",
            metavar="FIELD",
            help=f"Give a field back to its source: {', '.join(FIELDS)}.",
        ),
    ] = None,
    reason: Reason = "",
    as_json: session.Json = False,
) -> None:
    """Set fields of a story; collecting leaves them alone from then on.

    `dispatch article edit 7 --headline "Library stays open until midnight"`

    `dispatch article edit 7 --byline "Ann Lee" --byline "Sam Roe" --section town`

    `dispatch article edit 7 --undo headline`
    """
    with session.opened(context) as opened:
        wished = {
            "headline": headline,
            "deck": deck,
            "summary": summary,
            "section": section,
            "bylines": byline,
            "embargo_until": _moment(embargo, opened.settings.site.timezone),
        }
        values = {
            name: _clean(name, value)
            for name, value in wished.items()
            if value is not None
        }
        if embargo == NO_EMBARGO:
            values["embargo_until"] = None
        wishes = Wishes(values, tuple(_field(name) for name in undo or ()))
        if not wishes.values and not wishes.undo:
            raise UsageError("Say what to change, as in: --headline “…”.")
        done = _do(
            opened,
            article,
            reason,
            lambda tx, id_, hand: editing.edit(tx, id_, wishes, hand),
        )
    changed = [*values, *wishes.undo]
    _tell(done, _edited(done.article, changed), as_json=as_json)


def hold(
    context: typer.Context,
    article: Reference,
    reason: Kept,
    as_json: session.Json = False,
) -> None:
    """Keep a story back: out of feeds, pages and unsent issues, without a notice.

    `dispatch article hold 7 --reason "waits for the council's answer"`
    """
    with session.opened(context) as opened:
        done = _do(opened, article, _reason(reason), editing.hold)
    _tell(
        done, f"Story {done.article.id} is held: {done.article.held}.", as_json=as_json
    )


def withdraw(
    context: typer.Context,
    article: gone.OneOrNone = "",
    source: gone.AllOf = "",
    *,
    reason: Told,
    as_json: session.Json = False,
) -> None:
    """Take a story back for good; readers are told the reason.

    It leaves feeds and unsent issues; its page says that it is gone.

    `dispatch article withdraw 7 --reason "it named the wrong firm"`

    `dispatch article withdraw --source newsroom --reason "it was a test"`
    """
    gone.one_of(article, source)
    if source:
        gone.withdraw_all(context, source, _reason(reason), as_json=as_json)
        return
    with session.opened(context) as opened:
        done = _do(opened, article, _reason(reason), editing.withdraw)
    line = f"Story {done.article.id} is withdrawn: {done.article.withdrawn_reason}."
    _tell(done, line, as_json=as_json)


def restore(
    context: typer.Context,
    article: Reference,
    reason: Reason = "",
    as_json: session.Json = False,
) -> None:
    """Bring back a story that was held or withdrawn, under the same id.

    Whoever was mailed it is not mailed it again.

    `dispatch article restore 7`
    """
    with session.opened(context) as opened:
        done = _do(opened, article, one_line(reason), editing.restore)
    _tell(done, f"Story {done.article.id} is back.", as_json=as_json)


def told(
    context: typer.Context, article: Reference, as_json: session.Json = False
) -> None:
    """Tell what became of a story: every revision, and who did what and why.

    `dispatch article history 7`
    """
    with session.opened(context) as opened:
        found = one_article(opened.store, article)
        report = history.history(
            opened.store, found, zone=opened.settings.site.timezone
        )
    output.finish(report, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (edit, hold, withdraw, restore):
        app.command()(command)
    app.command("history")(told)


def _do(
    opened: App, reference: str, reason: str, act: Callable[[Tx, int, Hand], Done]
) -> Done:
    found = one_article(opened.store, reference)
    hand = Hand(session.operator(), reason, opened.clock.now())
    return opened.store.write(lambda tx: act(tx, found.id, hand))


def _tell(done: Done, line: str, *, as_json: bool) -> None:
    data = {**articles.to_json(done.article), "followed": list(done.followed)}
    output.finish(output.Said([line, *done.followed], data), as_json=as_json)


def _edited(article: Article, changed: list[str]) -> str:
    fields = ", ".join(map(editing.spoken, changed))
    return f"Story {article.id} is changed ({fields}): “{article.content.headline}”."


def _clean(name: str, value: Any) -> Any:
    """Return a field as it is stored. Raises UsageError for an empty headline."""
    if name == "bylines":
        return tuple(filter(None, map(plain.squash, value)))
    if not isinstance(value, str):
        return value
    words = plain.squash(value)
    if name == "headline" and not words:
        raise UsageError(
            "A headline cannot be empty. To hide the story: dispatch article hold"
        )
    return words


def _moment(words: str | None, zone: str) -> datetime | None:
    if words is None or words == NO_EMBARGO:
        return None
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as error:
        raise UsageError(
            f'{words!r} is no moment. Write it as in "2026-03-04 07:00".'
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _field(name: str) -> str:
    if name not in FIELDS:
        raise UsageError(f"{name!r} is no field. There are: {', '.join(FIELDS)}.")
    return FIELDS[name]


def _reason(words: str) -> str:
    """Return the reason as one line without its full stop. Raises UsageError."""
    reason = one_line(words)
    if not reason:
        raise UsageError("Say why: --reason “…”.")
    return reason


def one_line(words: str) -> str:
    """Return a reason as one line without its full stop."""
    return plain.squash(words).rstrip(". ")
