import dataclasses

import pytest

from dispatch import app as wiring, config
from dispatch.actions.operations import go_live
from dispatch.deliver import dkim
from dispatch.errors import UsageError
from dispatch.model import DkimSettings
from support import newsroom
from support.commands import CONFIG
from support.received import Clock

NOON = Clock()


@pytest.fixture
def settings(tmp_path):
    """A publication that may go live, with a relay elsewhere."""
    file = tmp_path / "config.toml"
    text = CONFIG.format(smtp=1025).replace("courier.example", "courier.larkfield.news")
    file.write_text(text, encoding="utf-8")
    (tmp_path / "articles").mkdir()
    found = config.load(file)
    relay = dataclasses.replace(
        found.smtp, host="smtp.relay.news", port=465, security="tls"
    )
    site = dataclasses.replace(found.site, url="https://news.larkfield.news")
    return dataclasses.replace(found, smtp=relay, site=site)


def examine(store, settings, clock=NOON):
    """Examine as the command does: with the press of the live site."""
    live = dataclasses.replace(settings.site, live=True)
    app = wiring.wire(dataclasses.replace(settings, site=live), store, clock)
    return go_live.examine(store, settings, app.press, clock=clock)


def keys(store, settings):
    return [fault.key for fault in examine(store, settings).faults]


def with_site(settings, **values):
    site = dataclasses.replace(settings.site, **values)
    return dataclasses.replace(settings, site=site)


def with_relay(settings, **values):
    relay = dataclasses.replace(settings.smtp, **values)
    return dataclasses.replace(settings, smtp=relay)


def test_a_publication_that_is_ready_is_told_with_its_audience(sqlite_store, settings):
    found = examine(sqlite_store, settings)

    assert found.ok
    assert found.lines() == [
        "The Daily: 0 active readers.",
        "Mail will leave through smtp.relay.news:465.",
        "Links will lead to https://news.larkfield.news.",
        "The Daily: there is no story yet to make an issue of, so none was looked at.",
    ]


@pytest.fixture
def stories(sqlite_store, clock):
    """A publication with a story for its next issue."""
    newsroom.put_article(sqlite_store, "Early news", seen=clock.now())
    return sqlite_store


def test_the_next_issue_is_looked_at_and_its_warnings_are_shown(
    stories, settings, clock
):
    found = examine(stories, settings, clock)

    assert found.ok, found.lines()
    warned = "The Daily: look at DKIM: no [[dkim]] key for the sender: the relay must"
    assert any(line.startswith(warned) for line in found.lines())
    assert found.to_json()["warnings"] == list(found.warnings)


def test_what_would_hold_the_next_issue_is_refused(stories, settings, clock):
    subject = settings.file.parent / "templates" / "email" / "digest" / "subject.txt"
    subject.parent.mkdir(parents=True)
    subject.write_text("{% raw %}{{ story.url }}{% endraw %}")

    (fault,) = examine(stories, settings, clock).faults

    assert fault.key == "newsletter.daily"
    assert "the next issue would be held: Leftovers: “{{ story.url }}”" in fault.what
    assert "dispatch preview daily" in fault.remedy
    letters = [dataclasses.replace(n, preflight="tell") for n in settings.newsletter]
    told = examine(
        stories, dataclasses.replace(settings, newsletter=tuple(letters)), clock
    )
    assert told.ok
    assert any("look at Leftovers" in line for line in told.warnings)


def test_a_key_that_is_over_is_refused(stories, settings, clock):
    pem = dkim.generate("ed25519")[0].decode()
    key = DkimSettings("larkfield.news", "s1", until="2026-02-01", pem=pem)

    (fault,) = examine(
        stories, dataclasses.replace(settings, dkim=(key,)), clock
    ).faults

    assert "the key s1 was good until 2026-02-01" in fault.what


def test_a_template_that_cannot_be_rendered_is_named_once_for_each_issue(
    stories, settings, clock
):
    body = settings.file.parent / "templates" / "email" / "digest" / "body.txt"
    body.parent.mkdir(parents=True)
    body.write_text("{{ storys }}")

    found = examine(stories, settings, clock)

    assert [one.key for one in found.faults] == ["", "newsletter.daily"]
    assert all("storys" in one.what for one in found.faults)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "https://localhost",
        "https://[::1]",
        "https://newsroom",
        "http://news.larkfield.news",
        "https://news.example.org",
        "https://courier.example",
    ],
)
def test_an_address_readers_cannot_use_is_refused(sqlite_store, settings, url):
    assert keys(sqlite_store, with_site(settings, url=url)) == ["site.url"]


def test_a_relay_on_this_machine_may_serve_a_site_on_this_machine(
    sqlite_store, settings
):
    local = with_relay(settings, host="127.0.0.1", port=25, security="none")

    assert keys(sqlite_store, with_site(local, url="http://127.0.0.1:8000")) == []


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"postal_address": " "}, "site.postal_address"),
        ({"contact": ""}, "site.contact"),
        ({"contact": "desk@example.org"}, "site.contact"),
    ],
)
def test_what_readers_must_be_told_is_wanted(sqlite_store, settings, values, key):
    assert keys(sqlite_store, with_site(settings, **values)) == [key]


def test_a_relay_that_cannot_be_logged_in_to_is_refused(sqlite_store, settings):
    assert keys(sqlite_store, with_relay(settings, username="u")) == ["smtp.username"]


def test_the_catcher_is_no_relay(sqlite_store, settings):
    catcher = with_relay(settings, host="127.0.0.1", port=1025, security="none")

    assert keys(sqlite_store, catcher) == ["smtp.host"]


def test_a_publication_without_newsletters_has_nothing_to_mail(sqlite_store, settings):
    bare = dataclasses.replace(settings, newsletter=())

    assert keys(sqlite_store, bare) == ["newsletter"]


def test_the_demos_readers_must_be_gone(sqlite_store, settings):
    sandbox = dataclasses.replace(
        settings.sandbox, sample_subscribers=("a@readers.example",)
    )

    assert keys(sqlite_store, dataclasses.replace(settings, sandbox=sandbox)) == [
        "sandbox.sample_subscribers"
    ]


@pytest.mark.parametrize("typed", ["The Courier", " the  courier "])
def test_the_title_makes_it_live(tmp_path, settings, typed):
    go_live.go_live(settings.file, typed=typed, title=settings.site.title)

    assert config.load(settings.file).site.live


@pytest.mark.parametrize("typed", ["", "yes", "The Couriers"])
def test_anything_else_changes_nothing(tmp_path, settings, typed):
    before = settings.file.read_bytes()

    with pytest.raises(UsageError, match="Nothing has changed"):
        go_live.go_live(settings.file, typed=typed, title=settings.site.title)
    assert settings.file.read_bytes() == before
