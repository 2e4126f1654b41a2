"""article list, show; `cli.editing` and `cli.questions` have the rest."""

from typing import Annotated

import typer

from dispatch.actions.operations import why_findings
from dispatch.cli import output, session
from dispatch.errors import UsageError
from dispatch.model import Article, Finding, HeadlineSource
from dispatch.store import Store, articles
from dispatch.text.moments import iso

app = typer.Typer(help="See the stories; edit, hold, withdraw and restore them.")

Reference = Annotated[
    str,
    typer.Argument(
        metavar="ARTICLE", help="A number, a path, a web address or headline words."
    ),
]
DECISIONS = frozenset({"held", "withdrawn"})
COLUMNS = ("No.#", "Published", "Section", "Headline", "")


@app.command("list")
def list_(
    context: typer.Context,
    needs_headline: Annotated[
        bool,
        typer.Option("--needs-headline", help="Only those with a generated headline."),
    ] = False,
    limit: session.UpToThousand = 30,
    as_json: session.Json = False,
) -> None:
    """List the newest stories, hidden ones too.

    `dispatch article list --needs-headline`
    """
    with session.opened(context) as opened:
        zone = opened.settings.site.timezone
        with opened.store.read() as tx:
            found = (
                articles.needing_headline(tx)[:limit]
                if needs_headline
                else articles.recent(tx, limit)
            )
    said = output.Said(
        [] if found else ["There is none."],
        {"articles": [to_json(one) for one in found]},
    )
    shown = output.table("", COLUMNS, [_row(one, zone) for one in found])
    output.finish(
        said, as_json=as_json, show=(lambda c: c.print(shown)) if found else None
    )


@app.command()
def show(
    context: typer.Context, article: Reference, as_json: session.Json = False
) -> None:
    """Show one story and why each of its fields is what it is.

    `dispatch article show 7`

    `dispatch article show articles/council/library.txt`
    """
    with session.opened(context) as opened:
        found = one_article(opened.store, article)
        with opened.store.read() as tx:
            findings = articles.findings(tx, found.id)
        page = opened.links.article(found)
        zone = opened.settings.site.timezone
    told = (one for one in findings if one.confidence > 0)
    why = (finding(one) for one in told if one.field not in found.edited)
    lines = [*describe(found, zone), f"Page: {page}", *why, *_edited(found)]
    output.finish(output.Said(lines, {**to_json(found), "page": page}), as_json=as_json)


def one_article(store: Store, reference: str) -> Article:
    """Return the one story that is meant. Raises UsageError for none or several."""
    with store.read() as tx:
        found = articles.find(tx, reference)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"There is no story {reference!r}. Name it by number, path, web address "
            "or words of its headline."
        )
    listed = "\n".join(f"  {one.id}: {one.content.headline}" for one in found)
    raise UsageError(f"{reference!r} may mean several stories:\n{listed}")


def describe(article: Article, zone: str) -> list[str]:
    """Say what a story is and where it stands."""
    content = article.content
    first = f"{article.id}: {content.headline}"
    if content.headline_source is HeadlineSource.GENERATED:
        first += " (generated)"
    by = f" by {', '.join(content.bylines)}" if content.bylines else ""
    where = f"From {article.source}, section {content.section or 'none'}{by}."
    published = output.local(article.published_at, zone)
    when = f"Published {published}, revision {article.revision}."
    return [first, where, when, *_hidden(article, zone)]


def finding(found: Finding) -> str:
    """Say why a field has the value it has."""
    note = f": {found.note}" if found.note else ""
    sure = why_findings.sureness(found.confidence)
    return f"{found.field} by rule {found.rule} ({sure}){note}"


def _edited(article: Article) -> list[str]:
    """Name the fields that collecting leaves alone."""
    return [
        f"{name}: {'decided' if name in DECISIONS else 'written'} by an editor"
        for name in sorted(article.edited)
    ]


def _hidden(article: Article, zone: str) -> list[str]:
    """Say why readers do not see it, or get no mail of it."""
    embargo = output.local(article.embargo_until, zone)
    reasons = {
        f"It is withdrawn: {article.withdrawn_reason}.": article.withdrawn_at,
        f"It is held: {article.held}.": article.held,
        f"It is the same story as {article.merged_into}.": article.merged_into,
        f"Embargo until {embargo}.": article.embargo_until,
        "It was there at the source's first visit: published, never mailed.": (
            article.baseline
        ),
    }
    return [sentence for sentence, applies in reasons.items() if applies]


def _row(article: Article, zone: str) -> tuple[object, ...]:
    content = article.content
    generated = content.headline_source is HeadlineSource.GENERATED
    notes = [
        word
        for word, applies in (
            ("generated", generated),
            (f"withdrawn: {article.withdrawn_reason}", article.withdrawn_at),
            (f"held: {article.held}", article.held),
            (f"same as {article.merged_into}", article.merged_into),
        )
        if applies
    ]
    return (
        article.id,
        output.local(article.published_at, zone).rpartition(" ")[0],
        content.section,
        content.headline,
        ", ".join(notes),
    )


def to_json(article: Article) -> dict[str, object]:
    """Return a story for a machine."""
    return {
        "number": article.id,
        "id": article.tag_id,
        "headline": article.content.headline,
        "headline_source": article.content.headline_source.value,
        "section": article.content.section,
        "source": article.source,
        "url": article.content.url,
        "published": iso(article.published_at),
        "updated": iso(article.updated_at),
        "revision": article.revision,
        "held": article.held,
        "withdrawn": iso(article.withdrawn_at),
        "withdrawn_reason": article.withdrawn_reason,
        "edited": sorted(article.edited),
        "embargo_until": iso(article.embargo_until),
        "merged_into": article.merged_into,
        "baseline": article.baseline,
    }
