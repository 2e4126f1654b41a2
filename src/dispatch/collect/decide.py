"""Decide what a collected story makes of the store: a new article, a change, nothing.

Pure: values and `now` in, an intent out; `actions.collection.collect` writes it down.

What readers rely on:
-   `published_at` never moves.
-   `updated_at` moves only when the words, headline, deck, bylines or correction
    change; a new picture or tag is a revision, but no news.
-   What an editor set stays, whatever the source says.
-   A source that rewrites its texts without saying so (a counter, a clock in the
    page) is followed 24 times in a row, then no more.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from dispatch.model import (
    Article,
    Collected,
    Content,
    HeadlineSource,
    Hold,
    PubStatus,
)
from dispatch.text import fingerprints

MOST_UNANNOUNCED = 24
CANCELED = "canceled by its source"
GONE = "gone from its source"
BY_SOURCE = frozenset({CANCELED, GONE})  # it is back when its source has it again
CONTENT_FIELDS = frozenset(one.name for one in fields(Content))


@dataclass(frozen=True, slots=True)
class New:
    """A story nobody has seen yet; its article's id is 0."""

    article: Article


@dataclass(frozen=True, slots=True)
class Changed:
    """The article as it shall be; its `revision` is the one it was made from."""

    article: Article
    significant: bool


@dataclass(frozen=True, slots=True)
class Same:
    """Nothing that readers would see. The item is remembered all the same."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Not for readers yet: no article, so that its life begins when it is released."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How one source's stories are taken."""

    source: str
    hold_generated: bool = False
    bounded: bool = False  # unannounced changes are counted; a person's edits are not


def decide(
    collected: Collected,
    existing: Article | None,
    terms: Terms,
    *,
    now: datetime,
    tag_id: str = "",
    baseline: bool = False,
    in_question: bool = False,
) -> New | Changed | Same | Draft:
    """Return what becomes of `collected`, which `collect.match` found to be `existing`.

    `tag_id` and `baseline` are for a new article. One that is `in_question` is held,
    since it may be another article's story. One that readers may not see yet is never
    baseline: its release is news.
    """
    doubt = Hold.TWIN.value if in_question else ""
    if existing is None:
        return _new(
            collected, terms, now=now, tag_id=tag_id, baseline=baseline, doubt=doubt
        )
    wanted = _merged(collected, existing, terms, now=now, doubt=doubt)
    if _hash(wanted) == _hash(existing):
        wanted = replace(
            wanted, content=existing.content, content_hash=existing.content_hash
        )
    else:
        wanted = _counted(
            wanted,
            existing,
            terms,
            announced=_later(collected, existing) or wanted.source != existing.source,
        )
    if wanted == existing:
        return Same()
    significant = _words(wanted) != _words(existing)
    if significant:
        wanted = replace(wanted, updated_at=_updated(collected, existing, now))
    return Changed(wanted, significant)


def _new(
    collected: Collected,
    terms: Terms,
    *,
    now: datetime,
    tag_id: str,
    baseline: bool,
    doubt: str,
) -> New | Draft:
    if collected.status is PubStatus.DRAFT:
        return Draft()
    published = collected.published_at or now
    updated = min(collected.updated_at or published, now)
    article = Article(
        id=0,
        tag_id=tag_id,
        source=terms.source,
        content=collected.content,
        published_at=published,
        updated_at=max(published, updated),
        first_seen_at=now,
        content_hash=fingerprints.content_hash(collected.content),
        guid=collected.guid,
        embargo_until=collected.embargo_until,
        held=_hold(collected, collected.content, terms) or doubt,
    )
    article = _withdrawn(article, collected.status, now)
    return New(replace(article, baseline=baseline and _public(article, now)))


def _merged(
    collected: Collected,
    existing: Article,
    terms: Terms,
    *,
    now: datetime,
    doubt: str,
) -> Article:
    """Return the article with what its source says now, but for an editor's words."""
    content = _kept(collected.content, existing)
    held = existing.held
    if held in {"", *Hold} and "held" not in existing.edited:
        held = _hold(collected, content, terms) or doubt
    embargo = collected.embargo_until
    if "embargo_until" in existing.edited:
        embargo = existing.embargo_until
    merged = replace(
        existing,
        source=terms.source,
        content=content,
        content_hash=fingerprints.content_hash(content),
        guid=collected.guid or existing.guid,
        embargo_until=embargo,
        held=held,
    )
    return _withdrawn(merged, collected.status, now)


def _kept(content: Content, existing: Article) -> Content:
    """Return `content` with the fields that an editor set."""
    names = existing.edited & CONTENT_FIELDS
    if "headline" in names:
        names |= {"headline_source"}
    return replace(content, **{name: getattr(existing.content, name) for name in names})


def _hold(collected: Collected, content: Content, terms: Terms) -> str:
    if collected.status is PubStatus.DRAFT:
        return Hold.DRAFT.value
    if collected.status is PubStatus.WITHHELD:
        return Hold.WITHHELD.value
    if terms.hold_generated and content.headline_source is HeadlineSource.GENERATED:
        return Hold.HEADLINE.value
    return ""


def _withdrawn(article: Article, status: PubStatus, now: datetime) -> Article:
    """Follow the source in taking a story back; what an editor decided stays so."""
    if "withdrawn" in article.edited:
        return article
    if status is PubStatus.CANCELED and article.withdrawn_at is None:
        return replace(article, withdrawn_at=now, withdrawn_reason=CANCELED)
    if status is not PubStatus.CANCELED and article.withdrawn_reason in BY_SOURCE:
        return replace(article, withdrawn_at=None, withdrawn_reason="")
    return article


def _counted(
    wanted: Article, existing: Article, terms: Terms, *, announced: bool
) -> Article:
    """Return `wanted` with its change counted, or with the old text at the limit."""
    if announced or not terms.bounded:
        return replace(wanted, unannounced=0)
    if existing.unannounced < MOST_UNANNOUNCED:
        return replace(wanted, unannounced=existing.unannounced + 1)
    return replace(wanted, content=existing.content, content_hash=existing.content_hash)


def _later(collected: Collected, existing: Article) -> bool:
    """Whether the source itself dates its version after the one we have."""
    moment = collected.updated_at
    return moment is not None and moment > existing.updated_at


def _updated(collected: Collected, existing: Article, now: datetime) -> datetime:
    said = collected.updated_at if _later(collected, existing) else None
    return max(existing.updated_at, min(said or now, now))


def _public(article: Article, now: datetime) -> bool:
    """Whether readers may see it at once, or nothing but a headline is wanting."""
    embargo = article.embargo_until
    return (
        article.published_at <= now
        and (embargo is None or embargo <= now)
        and article.held in {"", Hold.HEADLINE, Hold.TWIN}
        and article.withdrawn_at is None
    )


def _hash(article: Article) -> str:
    """Hash afresh: the stored hash may come from an older way of hashing."""
    return fingerprints.content_hash(article.content)


def _words(article: Article) -> tuple[object, ...]:
    """Return what makes a change worth a reader's attention."""
    content = article.content
    texts = (content.headline, content.deck, content.correction, *content.bylines)
    return (
        fingerprints.fingerprint(content.html),
        tuple(tuple(fingerprints.words(text)) for text in texts),
    )
