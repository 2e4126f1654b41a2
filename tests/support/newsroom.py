"""Articles and newsletters to start from, written as collecting would."""

import itertools
from datetime import timedelta

from dispatch.model import Content, NewsletterSettings
from dispatch.store.contents import to_json
from dispatch.store.schema import article

_NUMBERS = itertools.count(1)


def newsletter(**changes):
    given = {
        "name": "daily",
        "title": "The Daily",
        "sender": "The Daily <daily@courier.example>",
        "schedule": "0 7 * * *",
        "timezone": "UTC",
    }
    return NewsletterSettings(**{**given, **changes})


def content(headline, **changes):
    given = {
        "html": f"<p>{headline}, said the mayor on Tuesday.</p>",
        "summary": f"{headline}, in short.",
    }
    return Content(headline=headline, **{**given, **changes})


def put_article(store, headline, *, seen, **changes):
    """Store an article first seen and published at `seen`; return its number."""
    made = changes.pop("content", None) or content(
        headline, section=changes.pop("section", "news")
    )
    values = {
        "tag_id": f"tag:courier.example,2026:{next(_NUMBERS)}",
        "source": "newsroom",
        "section": made.section,
        "content": to_json(made),
        "content_hash": headline,
        "headline_source": made.headline_source.value,
        "published_at": seen - timedelta(minutes=1),
        "updated_at": seen,
        "first_seen_at": seen,
        **changes,
    }
    return store.write(
        lambda tx: (
            tx.execute(article.insert().values(values).returning(article.c.id))
        ).scalar_one()
    )
