"""Whatever a site does to its feed, each story stays one article, mailed once.

Generated feeds go through the real reader into a real database. Between two visits
up to three things happen to the site at once.
"""

import itertools
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings, strategies as st

from dispatch.actions.collection import storms
from dispatch.actions.collection.collect import collect
from dispatch.errors import UsageError
from dispatch.model import Response, Selection, SiteSettings, SourceSettings
from dispatch.store import (
    articles,
    entries,
    newsletters,
    open_store,
    parked,
    questions,
    sources as known_sources,
)

EVENTS = [
    "publish",
    "https",
    "host",
    "www",
    "slash",
    "tracking",
    "new_guids",
    "position_guids",
    "one_guid",
    "edit_title",
    "edit_text",
    "republish",
    "truncate",
    "teaser",
    "cut",
    "error_page",
    "empty",
    "publish_elsewhere",
]
STEPS = st.lists(
    st.lists(st.sampled_from(EVENTS), min_size=1, max_size=3, unique=True), max_size=7
)


class Clock:
    moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def now(self):
        return self.moment


@dataclass
class Story:
    number: int
    published: datetime
    title: str = ""
    sentences: list = field(default_factory=list)

    def __post_init__(self):
        self.title = f"Council hears plan {self.mark} of residents"
        self.sentences = [
            " ".join(f"{self.mark}w{n}x{i}" for i in range(12)) + "." for n in range(6)
        ]

    @property
    def mark(self):
        return (
            "abcdefghijklmnopqrstuvwxyz"[self.number // 26]
            + ("abcdefghijklmnopqrstuvwxyz"[self.number % 26])
        )


class Site:
    """A site, what it has published, and how its feed looks today."""

    def __init__(self, clock, stories=6):
        self.clock = clock
        self.numbers = itertools.count()
        self.stories = []
        self.elsewhere = set()
        self.scheme, self.host, self.www, self.slash = "http", "paper.example", "", ""
        self.tracking, self.guids, self.salt = "", "own", 0
        self.window, self.words, self.once = 100, 0, ""
        self.shown = set()
        for _ in range(stories):
            self.publish()

    def publish(self):
        number = next(self.numbers)
        published = self.clock.now() - timedelta(minutes=10 - number % 8)
        self.stories.insert(0, Story(number, published))

    def publish_elsewhere(self):
        self.publish()
        self.elsewhere.add(self.stories[0].number)

    def https(self):
        self.scheme = "https" if self.scheme == "http" else "http"

    def host_(self):
        self.host = "news.example" if self.host == "paper.example" else "paper.example"

    def www_(self):
        self.www = "" if self.www else "www."

    def slash_(self):
        self.slash = "" if self.slash else "/"

    def tracking_(self):
        self.tracking = "" if self.tracking else "?utm_source=feed"

    def new_guids(self):
        self.guids, self.salt = "own", self.salt + 1

    def position_guids(self):
        self.guids = "position"

    def one_guid(self):
        self.guids = "one"

    def edit_title(self):
        self.stories[-1].title += " again"

    def edit_text(self):
        story = self.stories[len(self.stories) // 2]
        story.sentences[3] = story.sentences[3].replace("w3", "changed")

    def republish(self):
        for story in self.stories:
            story.published = self.clock.now() - timedelta(minutes=1)

    def truncate(self):
        self.window = 2 if self.window == 100 else 100

    def teaser(self):
        self.words = 0 if self.words else 50

    def happen(self, event):
        name = event + "_" if event in {"host", "www", "slash", "tracking"} else event
        if event in {"cut", "error_page", "empty"}:
            self.once = event
        else:
            getattr(self, name)()

    def url(self, story):
        path = f"2026/plan-{story.mark}-of-residents"
        return f"{self.scheme}://{self.www}{self.host}/{path}{self.slash}"

    def guid(self, story, position):
        if self.guids == "position":
            return str(position)
        if self.guids == "one":
            return "the-feed"
        if self.salt:
            return f"build-{self.salt}-{story.mark}"
        return self.url(story)

    def document(self):
        items = "".join(
            self.item(story, self.guid(story, position), self.url(story), self.words)
            for position, story in enumerate(self.stories[: self.window], 1)
        )
        return f'<rss version="2.0"><channel>{items}</channel></rss>'

    def wire(self):
        """Another source, which has some of the stories under its own names."""
        items = "".join(
            self.item(story, f"wire:{story.mark}", f"https://wire.example/{story.mark}")
            for story in self.stories
            if story.number in self.elsewhere
        )
        return f'<rss version="2.0"><channel>{items}</channel></rss>'

    def item(self, story, guid, url, words=0):
        text = " ".join(story.sentences)
        if words:
            text = " ".join(text.split()[:words]) + " …"
        return (
            f"<item><guid isPermaLink='false'>{guid}</guid><title>{story.title}</title>"
            f"<link>{url}{self.tracking}</link>"
            f"<pubDate>{format_datetime(story.published)}</pubDate>"
            f"<description>&lt;p&gt;{text}&lt;/p&gt;</description></item>"
        )

    def fetch(self, url, *, headers=None):  # noqa: ARG002 - as every fetch
        body = self.document()
        if "wire" in url:
            body = self.wire()
            self.shown |= self.elsewhere
        elif self.once == "error_page":
            body = "<!DOCTYPE html><html><body><h1>Down for a while</h1></body></html>"
        elif self.once == "empty":
            body = '<rss version="2.0"><channel></channel></rss>'
        elif self.once == "cut":
            body = body[: len(body) // 2]
        else:
            self.shown |= {one.number for one in self.stories[: self.window]}
        return Response(200, {"content-type": "text/xml"}, body.encode(), url)


def source(name, **options):
    options = {"first_contact": "mail", "url": f"https://{name}.example/rss", **options}
    return SourceSettings(name=name, kind="feed", every=timedelta(minutes=1), **options)


class Newsroom:
    """Visits both feeds, and gives places in a newsletter after each visit."""

    def __init__(self, store, clock, site, *sources):
        self.store, self.clock, self.site = store, clock, site
        self.sources = sources or (source("paper", priority=20), source("wire"))
        store.write(
            lambda tx: newsletters.ensure(tx, "daily", "Daily", now=clock.now())
        )

    def visit(self, **later):
        self.clock.moment += timedelta(**(later or {"minutes": 20}))
        report = collect(
            self.store,
            self.sources,
            self.site.fetch,
            clock=self.clock,
            site=SiteSettings(),
            authority="paper.example",
            force=True,
        )
        self.site.once = ""
        self.store.write(self.admit)
        return report

    def admit(self, tx):
        now = self.clock.now()
        long_ago = now - timedelta(days=30)
        found = entries.candidates(
            tx,
            "daily",
            Selection(),
            since=long_ago,
            published_from=long_ago,
            upto=now,
        )
        entries.add(tx, "daily", [one.id for one in found], now=now)

    def release(self):
        answer = storms.release(
            self.store,
            "paper",
            sources=self.sources,
            authority="paper.example",
            clock=self.clock,
        )
        self.store.write(self.admit)
        return answer

    def stored(self):
        with self.store.read() as tx:
            return articles.recent(tx, 1000)

    def marks(self):
        """The stories that are articles."""
        return sorted(one.content.headline.split()[3] for one in self.stored())

    def mailed(self):
        with self.store.read() as tx:
            last = entries.last_position(tx, "daily")
            found = entries.stories(tx, "daily", 0, last, by=self.clock.now())
        return sorted(one.content.headline.split()[3] for one in found)

    def state(self):
        with self.store.read() as tx:
            return known_sources.state(tx, "paper")

    def parked(self):
        with self.store.read() as tx:
            return parked.count(tx, "paper")

    def questions(self):
        with self.store.read() as tx:
            return questions.standing(tx)


def expected(site):
    return sorted(one.mark for one in site.stories if one.number in site.shown)


@settings(max_examples=20)
@given(steps=STEPS)
def test_no_storm_makes_a_second_article_or_loses_one(
    steps, sqlite_template, tmp_path_factory
):
    file = tmp_path_factory.mktemp("storm") / "dispatch.db"
    shutil.copyfile(sqlite_template, file)
    clock = Clock()
    with open_store(f"sqlite:///{file}", clock=clock) as store:
        room = Newsroom(store, clock, Site(clock))
        room.visit()
        for events in steps:
            for event in events:
                room.site.happen(event)
            room.visit()
            assert len(set(room.marks())) == len(room.marks())
            assert len(room.mailed()) == len(set(room.mailed()))
        room.visit()
        if room.state().held_at is not None:
            room.release()
        assert room.marks() == expected(room.site)
        assert room.mailed() == room.marks()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def room(store, clock):
    """A newsroom that has visited a site with eight stories."""
    made = Newsroom(store, clock, Site(clock, stories=8), source("paper"))
    made.visit()
    return made


def test_a_burst_after_a_long_silence_is_no_storm(room):
    room.site.stories = []
    room.clock.moment += timedelta(days=5)
    for _ in range(30):
        room.site.publish()

    room.visit()

    assert room.state().held_at is None
    assert len(room.marks()) == 38
    assert len(room.mailed()) == 38


def test_a_window_that_grows_into_the_archive_is_no_storm(room):
    for _ in range(30):
        room.site.publish()
    for story in room.site.stories[:30]:
        story.published -= timedelta(days=90)

    room.visit()

    assert room.state().held_at is None
    assert len(room.marks()) == 38
    assert len(room.mailed()) == 8


def storm(room):
    """Every id, page and headline changes, and half of the stories beyond knowing."""
    site = room.site
    site.new_guids()
    site.host_()
    for story in site.stories:
        story.published -= timedelta(hours=30)
    for story in site.stories[:4]:
        story.sentences[2] = "Now it says something else in this place entirely."
        story.title = f"Whatever was {story.mark} before is new"
    for story in site.stories[4:]:
        story.title = f"Nothing is {story.mark} as it was"
        story.sentences = [
            " ".join(f"{story.mark}z{n}x{i}" for i in range(12)) + "." for n in range(6)
        ]


def test_a_storm_is_held_and_said_in_words(room):
    storm(room)

    report = room.visit()

    state = room.state()
    assert state.held_at == room.clock.now()
    assert state.held_why == "8 of 8 changed id; 4 paired; 4 new."
    assert room.parked() == 4
    assert len(room.stored()) == len(room.mailed()) == 8
    assert [one.kind for one in room.questions()] == ["storm"]
    assert report.sources[0].parked == 4
    assert "4 parked" in " ".join(report.lines())


def test_a_moved_site_with_four_new_stories_is_told_in_the_issues_words(store, clock):
    site = Site(clock, stories=41)
    room = Newsroom(store, clock, site, source("paper"))
    room.visit()
    room.clock.moment += timedelta(hours=3)
    site.new_guids()
    site.host_()
    for _ in range(4):
        site.publish()
    site.republish()

    room.visit()

    assert room.state().held_why == "41 of 45 changed id; 41 paired; 4 new."
    assert (len(room.marks()), room.parked()) == (41, 4)
    room.release()
    assert room.marks() == room.mailed() == expected(site)


def test_a_held_source_updates_what_is_known_and_parks_what_is_new(room):
    storm(room)
    room.visit()
    room.site.publish()
    room.site.stories[1].title = f"Whatever was {room.site.stories[1].mark} got better"

    room.visit()

    assert room.parked() == 5
    assert len(room.stored()) == 8
    assert any("got better" in one.content.headline for one in room.stored())


def test_what_is_released_is_news_and_nothing_was_lost(room):
    storm(room)
    room.visit()
    room.site.stories = []
    room.site.publish()
    room.visit()

    report = room.release()

    assert report.new == 5
    assert room.state().held_at is None
    assert room.questions() == ()
    assert room.parked() == 0
    assert len(room.stored()) == len(room.mailed()) == 13
    room.visit()
    assert len(room.stored()) == 13


def test_what_is_discarded_is_recorded_and_never_mailed(room):
    storm(room)
    room.visit()

    report = storms.discard(
        room.store,
        "paper",
        sources=room.sources,
        authority="paper.example",
        clock=room.clock,
    )
    room.visit()

    assert report.new == 4
    assert "no newsletter" in report.lines()[0]
    assert len(room.stored()) == 12
    assert len(room.mailed()) == 8


def test_a_source_that_is_not_held_has_nothing_to_decide(room):
    with pytest.raises(UsageError, match="not held"):
        room.release()


def test_a_source_that_nobody_asked_for_a_week_starts_quietly(store, clock):
    site = Site(clock)
    quiet = source("paper", first_contact="baseline")
    room = Newsroom(store, clock, site, quiet)
    room.visit()
    site.publish()
    room.visit()
    assert len(room.mailed()) == 1

    site.publish()
    room.visit(days=8)
    site.publish()
    room.visit()

    assert len(room.marks()) == 9
    assert len(room.mailed()) == 2
