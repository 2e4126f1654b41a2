"""Whatever editors do to a folder, each story stays one article."""

import shutil
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given, settings, strategies as st

from dispatch.store import items, open_store
from support.collecting import Desk, long_text

NAMES = st.sampled_from(["a.txt", "b.txt", "c/d.txt", "e.md"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES),
        st.tuples(st.just("edit"), NAMES),
        st.tuples(st.just("rename"), NAMES, NAMES),
        st.tuples(st.just("touch"), NAMES),
        st.tuples(st.just("delete"), NAMES),
        st.tuples(st.just("visit")),
    ),
    max_size=12,
)


class Clock:
    """A new one for each example; fixtures are shared between them."""

    moment = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def now(self):
        return self.moment

    def advance(self, **parts):
        self.moment += timedelta(**parts)


class Newsroom:
    """Editors at work; knows which story lies where, as they do."""

    def __init__(self, desk):
        self.desk = desk
        self.place = {}  # story → file
        self.seen = {}  # story → article id
        self.dates = {}  # article id → published_at
        self.stories = count()
        self.clean = True  # nothing happened since the last visit

    def _story_at(self, name):
        return next((s for s, file in self.place.items() if file == name), None)

    def _put(self, name, text):
        self.desk.clock.advance(minutes=1)
        self.desk.put(self.desk.folder / name, text, age=5)

    def write(self, name):
        """Write a new story where there is none, or none any more."""
        if self._story_at(name) is None:
            story = next(self.stories)
            self.place[story] = name
            self._put(
                name, f"Headline of story {story}\n\n{long_text(f's{story}w')}.\n"
            )

    def edit(self, name):
        """Add to a story; between visits, either that or a new name, not both."""
        if self._story_at(name) is not None:
            file = self.desk.folder / name
            self.visit()
            self._put(name, file.read_text("utf-8") + "\nAnd more of it.\n")
            self.visit()

    def rename(self, name, other):
        story = self._story_at(name)
        if story is not None and self._story_at(other) is None:
            self.visit()
            target = self.desk.folder / other
            target.parent.mkdir(exist_ok=True)
            (self.desk.folder / name).rename(target)
            self.place[story] = other
            self.visit()

    def touch(self, name):
        if self._story_at(name) is not None:
            self.desk.touch(self.desk.folder / name, age=7)

    def delete(self, name):
        story = self._story_at(name)
        if story is not None and len(self.place) > 1:
            self.visit()
            del self.place[story]
            (self.desk.folder / name).unlink()
            self.visit()

    def visit(self):
        self.desk.visit(self.desk.newsroom)
        self.check()

    def check(self):
        with self.desk.store.read() as tx:
            known = items.known(tx, "newsroom")
        for story, name in self.place.items():
            assert self.seen.setdefault(story, known[name].article) == (
                known[name].article
            )
        assert len(set(self.seen.values())) == len(self.seen)
        stored = self.desk.stored()
        assert {article.id for article in stored} == set(self.seen.values())
        for article in stored:
            first = self.dates.setdefault(article.id, article.published_at)
            assert article.published_at == first


@settings(max_examples=15)
@given(steps=STEPS)
def test_each_story_stays_one_article(steps, sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    shutil.copyfile(sqlite_template, folder / "dispatch.db")
    (folder / "stories").mkdir()
    clock = Clock()
    with open_store(f"sqlite:///{folder}/dispatch.db", clock=clock) as store:
        newsroom = Newsroom(Desk(store, clock, folder / "stories", None))
        for step, *names in steps:
            getattr(newsroom, step)(*names)
        newsroom.visit()
        before = newsroom.desk.stored()
        newsroom.visit()
        assert newsroom.desk.stored() == before
