from dataclasses import replace

import pytest

from dispatch import config, http
from dispatch.actions.collection import collect
from dispatch.actions.issues import slots
from dispatch.actions.operations import demo
from dispatch.clock import SystemClock
from dispatch.store import issues, subscribers
from support import commands, outbox
from support.audience import TOKENS, subscribed

SAMPLES = '\nsample_subscribers = ["ada@readers.example", "femi@readers.example"]\n'


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(commands.CONFIG.format(smtp=1025) + SAMPLES, encoding="utf-8")
    story = tmp_path / "articles" / "library.txt"
    story.parent.mkdir()
    story.write_text(commands.STORY, encoding="utf-8")
    return config.load(file)


def gather(store, settings):
    slots.register(store, settings.newsletter, clock=SystemClock())
    collect.collect(
        store,
        settings.source,
        http.Fetcher(settings.fetch),
        clock=SystemClock(),
        site=settings.site,
        authority="courier.example",
    )


def prepare(store, settings):
    return demo.prepare(store, outbox.press(), TOKENS, settings, clock=SystemClock())


def readers(store):
    with store.read() as tx:
        return subscribers.active_count(tx, "daily")


def test_the_demo_prepares_readers_and_one_issue_once(store, settings):
    gather(store, settings)

    issue = prepare(store, settings)
    again = prepare(store, settings)

    assert issue.startswith("daily-")
    assert again == ""
    assert readers(store) == 2
    with store.read() as tx:
        assert [one.id for one in issues.recent(tx, 9)] == [issue]


def test_the_demos_readers_get_no_welcome_mail(store, settings):
    gather(store, settings)
    prepare(store, settings)

    assert {mail.kind for mail in outbox.outbox(store)} <= {"issue"}


def test_without_a_story_the_demo_waits_for_one(store, settings):
    (settings.folder / "articles" / "library.txt").rename(settings.folder / "away")
    gather(store, settings)
    assert (prepare(store, settings), readers(store)) == ("", 0)

    (settings.folder / "away").rename(settings.folder / "articles" / "library.txt")
    gather(store, settings)
    assert prepare(store, settings) != ""


def test_a_live_site_is_never_a_demo(store, settings):
    gather(store, settings)
    live = replace(settings, site=replace(settings.site, live=True))

    assert (prepare(store, live), readers(store)) == ("", 0)


def test_a_publication_with_a_reader_of_its_own_is_never_a_demo(store, settings):
    gather(store, settings)
    store.write(lambda tx: subscribed(tx, "ruth@example.org"))

    assert (prepare(store, settings), readers(store)) == ("", 1)


def test_a_publication_without_sample_readers_is_never_a_demo(store, settings):
    gather(store, settings)
    none = replace(settings, sandbox=replace(settings.sandbox, sample_subscribers=()))

    assert (prepare(store, none), readers(store)) == ("", 0)
