from datetime import timedelta

import pytest

from dispatch.model import FeedFormat, FeedIdentity
from dispatch.store import feeds


def ensure(store, name="all", ids="tag"):
    return store.write(
        lambda tx: feeds.ensure(tx, name, ids=ids, authority="bell.example.org")
    )


def record(store, digest, name="all", entries=3):
    digests = dict.fromkeys(FeedFormat, digest)
    store.write(lambda tx: feeds.record(tx, name, sha256=digests, entries=entries))


def fail(store, error, name="all"):
    store.write(lambda tx: feeds.record_error(tx, name, error))


def files(store):
    with store.read() as tx:
        return feeds.files(tx)


def test_a_feed_is_given_its_id_once(store, clock):
    first = ensure(store)
    clock.advance(days=400)

    assert ensure(store) == first


def test_an_id_names_the_authority_and_the_day(sqlite_store):
    made = ensure(sqlite_store)

    assert made.tag_id.startswith("tag:bell.example.org,2026-03-02:feed/")


def test_two_feeds_have_two_ids(store):
    assert ensure(store, "all").tag_id != ensure(store, "town").tag_id


def test_the_kind_of_ids_stays_what_it_was_at_first(store):
    ensure(store, ids="source")

    assert ensure(store, ids="tag").ids == "source"


def test_every_feed_ever_made_is_known_by_name(store):
    made = [ensure(store, "town"), ensure(store, "all")]

    with store.read() as tx:
        known = feeds.identities(tx)

    assert list(known) == ["all", "town"]
    assert known == {one.name: one for one in made}
    assert all(isinstance(one, FeedIdentity) for one in known.values())


def test_nothing_is_published_at_first(store):
    assert files(store) == ()


def test_what_was_published_is_remembered(store):
    ensure(store)
    record(store, "ab")

    assert [
        (one.feed, one.format, one.sha256, one.entries) for one in files(store)
    ] == [
        ("all", FeedFormat.ATOM, "ab", 3),
        ("all", FeedFormat.JSON, "ab", 3),
        ("all", FeedFormat.RSS, "ab", 3),
    ]


def test_a_file_changes_when_its_bytes_do(sqlite_store, clock):
    ensure(sqlite_store)
    record(sqlite_store, "ab")
    first = clock.now()
    clock.advance(hours=1)

    record(sqlite_store, "ab", entries=4)
    assert {one.changed_at for one in files(sqlite_store)} == {first}
    assert {one.entries for one in files(sqlite_store)} == {4}

    record(sqlite_store, "cd")
    assert {one.changed_at for one in files(sqlite_store)} == {
        first + timedelta(hours=1)
    }


def test_an_error_leaves_what_was_published(store):
    ensure(store)
    record(store, "ab")

    fail(store, "the disk is full")

    assert {(one.sha256, one.entries, one.error) for one in files(store)} == {
        ("ab", 3, "the disk is full")
    }


def test_a_feed_that_never_succeeded_has_an_error_and_no_bytes(store):
    ensure(store)
    fail(store, "no permission")

    assert {(one.sha256, one.error) for one in files(store)} == {("", "no permission")}


def test_success_forgets_the_error(store):
    ensure(store)
    fail(store, "the disk is full")
    record(store, "ab")

    assert {one.error for one in files(store)} == {""}


@pytest.mark.parametrize("error", ["the disk is full"])
def test_an_error_does_not_move_the_time_of_change(sqlite_store, clock, error):
    ensure(sqlite_store)
    record(sqlite_store, "ab")
    first = clock.now()
    clock.advance(hours=1)

    fail(sqlite_store, error)

    assert {one.changed_at for one in files(sqlite_store)} == {first}
