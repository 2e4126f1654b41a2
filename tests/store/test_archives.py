"""Archives at rest: what they hold, and that finding it reads no more than it must."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from dispatch.model import FeedArchive, FeedFormat, Place, Selection
from dispatch.store import archives, articles, disturbed, feeds
from support.publishing import article, words

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
EVERY = Selection()


def archive(**fields):
    return FeedArchive(
        **{
            "feed": "all",
            "name": "2026-03",
            "number": 1,
            "since": Place(MARCH, 1),
            "until": Place(APRIL),
            "before": APRIL,
            "closed_at": APRIL + timedelta(days=20),
            "style": "x",
            "sha256": {FeedFormat.RSS: "ab"},
            **fields,
        }
    )


@pytest.fixture
def shelf(store, clock):
    """A store in which there is a feed."""
    clock.moment = APRIL + timedelta(days=30)
    store.write(lambda tx: feeds.ensure(tx, "all", ids="tag", authority="x.example"))
    return store


def add(store, number, moment, *, seen=None, **fields):
    new = article(
        number,
        content=words(**fields),
        published_at=moment,
        updated_at=moment,
        first_seen_at=seen or moment,
    )
    return store.write(lambda tx: articles.add(tx, new))


def test_an_archive_comes_back_as_it_was_written_down(shelf):
    first = archive()
    second = archive(name="2026-03-2", number=2, older="2026-03", entries=7)
    for one in (first, second):
        shelf.write(lambda tx, one=one: archives.close(tx, one))

    with shelf.read() as tx:
        assert archives.of(tx, "all") == (first, second)
        assert archives.newest(tx, "all") == second
        assert archives.newest(tx, "other") is None

    changed = replace(second, entries=8, sha256={FeedFormat.RSS: "cd"})
    shelf.write(lambda tx: archives.amend(tx, changed))
    with shelf.read() as tx:
        assert archives.newest(tx, "all") == changed
    shelf.write(lambda tx: archives.forget(tx, "all"))
    with shelf.read() as tx:
        assert archives.of(tx, "all") == ()


def test_an_archive_holds_its_stretch_and_who_came_late_before_it_closed(shelf, clock):
    closed = archive()
    add(shelf, 1, MARCH - timedelta(days=3))  # of an archive before
    add(shelf, 2, MARCH + timedelta(days=3))
    late = closed.before + timedelta(days=1)
    add(shelf, 3, MARCH - timedelta(days=3), seen=late)
    add(shelf, 4, MARCH + timedelta(days=4), seen=clock.now())  # after it was closed
    add(shelf, 5, APRIL)

    with shelf.read() as tx:
        held = archives.stories(tx, closed, EVERY, now=clock.now())
        waiting = archives.latecomers(tx, EVERY, closed, now=clock.now(), limit=9)

    assert sorted(one.id for one in held) == [2, 3]
    assert [one.id for one in waiting] == [4]
    for one in held:
        assert closed.holds(Place(one.published_at, one.id), one.first_seen_at)


def test_a_stretch_ends_where_it_is_told_to_even_within_a_second(shelf, clock):
    for number in range(1, 7):
        add(shelf, number, MARCH)

    with shelf.read() as tx:
        found = archives.open_stretch(
            tx, EVERY, Place(MARCH, 2), Place(MARCH, 5), now=clock.now(), limit=9
        )

    assert [one.id for one in found] == [2, 3, 4]


def test_what_was_changed_is_found_with_every_label_it_ever_had(shelf, clock):
    shelf.write(lambda tx: archives.close(tx, archive()))
    one = add(shelf, 1, MARCH + timedelta(days=1), section="town", tags=("Ferry",))
    add(shelf, 2, APRIL + timedelta(days=9))
    clock.advance(days=1)
    now = clock.now()
    changed = replace(one, content=replace(one.content, section="sea", tags=("Pier",)))
    shelf.write(lambda tx: articles.change(tx, changed, now=now))

    with shelf.read() as tx:
        [found] = disturbed.since(tx, moment=now, now=now)
        labels = disturbed.labels_of(tx, [found])

    assert found.place == Place(one.published_at, 1)
    assert found.edition == (1, 2, True)
    assert labels == {
        1: {("section", "town"), ("section", "sea"), ("tag", "ferry"), ("tag", "pier")}
    }


def plans(tx, ask):
    """What SQLite does for each statement that `ask` executes."""
    statements = []
    listener = lambda *given: statements.append(given[2:4])  # noqa: E731
    event.listen(tx.connection, "before_cursor_execute", listener)
    ask()
    event.remove(tx.connection, "before_cursor_execute", listener)
    return [
        row[3]
        for sql, values in statements
        for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
    ]


@pytest.mark.parametrize(
    "selection",
    [
        EVERY,
        Selection(("news",)),
        Selection(tags=("ferry",)),
        Selection(authors=("a",)),
    ],
)
@pytest.mark.parametrize("what", ["stretch", "late", "corrected", "held"])
def test_nothing_that_publishing_asks_of_archives_reads_every_story(
    sqlite_store, clock, selection, what
):
    now, closed = clock.now(), archive()
    asked = {
        "stretch": lambda tx: archives.open_stretch(
            tx, selection, closed.since, closed.until, now=now, limit=9
        ),
        "late": lambda tx: archives.latecomers(tx, selection, closed, now=now, limit=9),
        "corrected": lambda tx: archives.corrected(
            tx, selection, closed, since=MARCH, now=now, limit=9
        ),
        "held": lambda tx: archives.stories(tx, closed, selection, now=now),
    }

    with sqlite_store.read() as tx:
        steps = plans(tx, lambda: asked[what](tx))

    assert steps
    assert not [step for step in steps if step.startswith("SCAN article")], steps
    assert not [step for step in steps if step.startswith("SCAN label")], steps
    if what in {"late", "corrected"}:  # whatever there is of older stories
        assert any("ix_revision_seen_at" in step for step in steps), steps
        assert not [step for step in steps if "ix_article" in step], steps
    if what == "stretch":
        assert not [step for step in steps if "TEMP B-TREE" in step], steps


def test_what_was_changed_is_found_without_a_look_at_what_was_not(sqlite_store, clock):
    with sqlite_store.read() as tx:
        steps = plans(tx, lambda: disturbed.since(tx, moment=MARCH, now=clock.now()))

    assert not [step for step in steps if "ix_article_published_at" in step], steps
    assert not [step for step in steps if step.startswith("SCAN article")], steps
