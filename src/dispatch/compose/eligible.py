"""Which articles belong in a newsletter: the rule, in one place and in words.

`store.entries` narrows by SQL, so that years of old stories cost nothing; what this
module says counts, and `why` repeats it to people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dispatch.model import Article, NewsletterSettings, Selection


@dataclass(frozen=True, slots=True)
class Rule:
    """What an article must be to get a place in an issue of `slot`."""

    selection: Selection
    since: datetime  # the newsletter was first seen
    published_from: datetime  # as far as it looks back before that
    slot: datetime


def rule(
    newsletter: NewsletterSettings, first_seen_at: datetime, slot: datetime
) -> Rule:
    """Return the rule for one slot of a newsletter that was first seen at a moment."""
    return Rule(
        newsletter.selection, first_seen_at, first_seen_at - newsletter.lookback, slot
    )


def choose(articles: Iterable[Article], asked: Rule) -> tuple[Article, ...]:
    """Return those that are eligible, in the order given."""
    return tuple(article for article in articles if not why_not(article, asked))


def why_not(article: Article, asked: Rule) -> str:
    """Say in a sentence why `article` is not eligible; empty when it is."""
    return hidden(article, asked.slot) or _not_for(article, asked)


def hidden(article: Article, now: datetime) -> str:
    """Say why readers may not see `article` at `now`; empty when they may."""
    if article.merged_into is not None:
        return f"It is the same story as article {article.merged_into}."
    if article.withdrawn_at is not None:
        return f"It was withdrawn. {article.withdrawn_reason}".strip()
    if article.held:
        return f"It is held: {article.held}."
    if article.embargo_until is not None and article.embargo_until > now:
        return f"It is under embargo until {article.embargo_until:%Y-%m-%d %H:%M} UTC."
    if article.published_at > now:
        return "It is to be published later than this issue."
    return ""


def _not_for(article: Article, asked: Rule) -> str:
    sections = asked.selection.sections
    if article.baseline:
        return "It was there when its source was first visited."
    if sections and article.content.section not in sections:
        return f"Its section, {article.content.section!r}, is not selected."
    seen_since = article.first_seen_at > asked.since
    if not seen_since and article.published_at < asked.published_from:
        return "It is older than the newsletter and its lookback."
    return ""
