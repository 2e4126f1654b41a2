from datetime import timedelta

import pytest

from dispatch.model import Content, IssueState
from dispatch.store import contents, entries, issues, newsletters, placement
from dispatch.store.placement import Placement
from dispatch.store.schema import article


@pytest.fixture
def number(store, clock):
    """An article with a place in the newsletter daily."""
    now = clock.now()
    values = {
        "tag_id": "tag:a.example,2026:1",
        "content": contents.to_json(Content(headline="Bridge", html="")),
        "content_hash": "x",
        "published_at": now,
        "updated_at": now,
        "first_seen_at": now,
    }

    def unit(tx):
        made = tx.execute(article.insert().values(**values)).inserted_primary_key[0]
        newsletters.ensure(tx, "daily", "Daily", now=now)
        entries.add(tx, "daily", [made], now=now)
        return made

    return store.write(unit)


def open_issue(store, now, after, upto):
    return store.write(
        lambda tx: issues.open(
            tx,
            "daily",
            now,
            day=now.date(),
            from_position=after,
            to_position=upto,
            expires_at=now + timedelta(hours=1),
            now=now,
        )
    )


def places(store, number):
    with store.read() as tx:
        return placement.of_article(tx, number)


def test_a_story_without_a_place_is_nowhere(store):
    assert places(store, 7) == ()


def test_a_place_waits_for_an_issue(store, number):
    assert places(store, number) == (Placement("daily", 1),)


def test_a_place_is_in_the_issue_that_covers_it(store, clock, number):
    issue = open_issue(store, clock.now(), 0, 3)
    open_issue(store, clock.now() + timedelta(days=1), 3, 5)

    assert places(store, number) == (Placement("daily", 1, issue.id, IssueState.DRAFT),)
