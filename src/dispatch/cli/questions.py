"""article questions, merge, separate, keep: what waits for an editor, and answers."""

from collections.abc import Callable
from typing import Annotated

import typer

from dispatch.actions.collection import missing, twins
from dispatch.actions.collection.editing import Hand
from dispatch.actions.collection.twins import TwinReport
from dispatch.cli import gone, output, session
from dispatch.cli.articles import Reference, one_article
from dispatch.cli.editing import Reason, one_line
from dispatch.model import Article
from dispatch.store import articles as stored, questions
from dispatch.store.questions import Question
from dispatch.text.moments import iso

Other = Annotated[
    str, typer.Argument(metavar="OTHER", help="The other story, named the same way.")
]
ANSWERS = {
    "twin": "dispatch article merge {article} {other} · "
    "dispatch article separate {article} {other}",
    "missing": "dispatch article keep {article} · "
    'dispatch article withdraw {article} --reason "…"',
    "missing of all": "dispatch article keep --source {source} · "
    'dispatch article withdraw --source {source} --reason "…"',
    "storm": "dispatch source release {source} · dispatch source discard {source}",
}


def asked(context: typer.Context, as_json: session.Json = False) -> None:
    """List what waits for an editor's answer, and what to type.

    `dispatch article questions`
    """
    with session.opened(context) as opened, opened.store.read() as tx:
        waiting = questions.standing(tx)
        about = stored.by_ids(
            tx, [id_ for one in waiting for id_ in (one.article, one.other) if id_]
        )
    lines = [line for one in waiting for line in _lines(one, about)]
    found = {"questions": [_json(one) for one in waiting]}
    output.finish(output.Said(lines or ["Nothing waits."], found), as_json=as_json)


def keep(
    context: typer.Context,
    article: gone.OneOrNone = "",
    source: gone.AllOf = "",
    reason: Reason = "",
    as_json: session.Json = False,
) -> None:
    """Let a story stay though it is gone from its source.

    `dispatch article keep 7`

    `dispatch article keep --source newsroom`
    """
    gone.one_of(article, source)
    with session.opened(context) as opened:
        hand = Hand(session.operator(), one_line(reason), opened.clock.now())
        number = None if source else one_article(opened.store, article).id
        opened.store.write(
            lambda tx: missing.keep(tx, gone.question_about(tx, number, source), hand)
        )
    which = f"Story {number} stays." if number else f"The stories of {source} stay."
    output.finish(output.Said([which], {"article": number}), as_json=as_json)


def merge(
    context: typer.Context,
    article: Reference,
    into: Other,
    reason: Reason = "",
    as_json: session.Json = False,
) -> None:
    """Make one story of two: the second keeps its words, its id and its date.

    Whoever was mailed one is not mailed the other.

    `dispatch article merge 12 7`
    """
    _decide(context, article, into, twins.merge, reason, as_json=as_json)


def separate(
    context: typer.Context,
    article: Reference,
    other: Other,
    reason: Reason = "",
    as_json: session.Json = False,
) -> None:
    """Say that two stories are two; the one that was held for it is published.

    `dispatch article separate 12 7`
    """
    _decide(context, article, other, twins.separate, reason, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("questions")(asked)
    for command in (merge, separate, keep):
        app.command()(command)


def _decide(
    context: typer.Context,
    article: str,
    other: str,
    verdict: Callable[..., TwinReport],
    reason: str,
    *,
    as_json: bool,
) -> None:
    """Carry out what an editor says of two stories."""
    with session.opened(context) as opened:
        one = one_article(opened.store, article)
        two = one_article(opened.store, other)
        why = {"reason": one_line(reason)} if reason.strip() else {}
        report = verdict(
            opened.store,
            one.id,
            two.id,
            by=session.operator(),
            clock=opened.clock,
            **why,
        )
    output.finish(report, as_json=as_json)


def _lines(one: Question, about: dict[int, Article]) -> list[str]:
    """Say what is asked, about which stories, and how to answer."""
    named = [
        f"  {id_}: {about[id_].content.headline} ({about[id_].source})"
        for id_ in (one.article, one.other)
        if id_ in about
    ]
    of_all = one.kind == questions.MISSING and one.article is None
    answer = ANSWERS.get(f"{one.kind} of all" if of_all else one.kind, "").format(
        article=one.article, other=one.other, source=one.source
    )
    question = one.detail or f"{one.kind} of {one.source}"
    return [question, *named, f"  {answer}"]


def _json(one: Question) -> dict[str, object]:
    return {
        "number": one.id,
        "kind": one.kind,
        "article": one.article,
        "other": one.other,
        "source": one.source,
        "detail": one.detail,
        "asked": iso(one.asked_at),
    }
