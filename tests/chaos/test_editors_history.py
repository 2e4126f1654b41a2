"""Whatever editors do, in whatever order: every story is mailed once, or dropped."""

import multiprocessing
import os
import shutil
import signal
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from dispatch.actions.issues import approving, compose, issue_editing
from dispatch.actions.issues.issue_editing import Wish
from dispatch.compose.press import Press
from dispatch.compose.templates import Templates
from dispatch.errors import UsageError
from dispatch.model import EditKind as K, IssueState
from dispatch.store import edits, issues, open_store, variants
from support.composing import press
from support.newsday import LETTER, READERS, Newsday

# Mails of bare headlines: what editors decide is the point, and there are many.
BARE = {
    "body.html": "<html><body><p>{{ lead.headline }}</p></body></html>",
    "subject.txt": "{{ subject }}",
    "body.txt": """{{ lead.headline }}
{% for group in groups %}{% for story in group.stories %}{{ story.headline }}
{% endfor %}{% endfor %}{% for story in also %}{{ story.headline }}
{% endfor %}""",
}
CALM = replace(LETTER, flood="trim", preflight="tell", max_articles=100)


def bare(folder):
    """A press that prints headlines alone."""
    digest = folder / "templates" / "digest"
    digest.mkdir(parents=True)
    for name, text in BARE.items():
        (digest / name).write_text(text)
    made = press()
    return Press(made.site, made.links, Templates([folder / "templates"]))


class Desk(RuleBasedStateMachine):
    """Editors of a daily newsletter, its mornings, and its readers' mailboxes."""

    template = None  # an empty, migrated database
    clock_type = None

    stories = Bundle("stories")

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.template, self.folder / "dispatch.db")
        clock = self.clock_type()
        self.store = open_store(f"sqlite:///{self.folder}/dispatch.db", clock=clock)
        self.day = Newsday(self.store, clock, CALM)
        self.day.press = bare(self.folder)
        self.day.clock.advance(hours=-3)
        self.written = {}  # story → the word that is its headline
        self.discarded = set()
        self.got = {}  # (reader, story) → how often

    def teardown(self):
        try:
            self.clear()
            self.check()
        finally:
            self.store.close()
            shutil.rmtree(self.folder)

    def clear(self):
        """Let everything go: approve what waits, and wait for two more issues."""
        for _morning in range(2):
            for issue in self.waiting():
                if issue.state is IssueState.HELD:
                    self.try_to(self.approve, issue)
            self.send()
            self.story()
            self.day.morning()
            self.send()

    def check(self):
        for story in self.written:
            for reader in READERS:
                count = self.got.get((reader, story), 0)
                assert count == (0 if story in self.discarded else 1), story

    def waiting(self):
        with self.store.read() as tx:
            return issues.unplanned(tx, "daily")

    def story(self):
        word = f"Word{len(self.written) + 1}x"
        one = self.day.story(word)
        self.written[one.id] = word
        return one.id

    def try_to(self, act, *given):
        try:
            act(*given)
        except UsageError:
            return False
        return True

    def approve(self, issue):
        approving.approve(
            self.store, self.day.press, [CALM], issue, clock=self.day.clock
        )

    def edit(self, *wishes):
        found = issue_editing.target(self.store, [CALM], "next")
        return self.try_to(
            lambda: issue_editing.edit(
                self.store,
                self.day.press,
                found,
                wishes,
                by="ada",
                clock=self.day.clock,
            )
        )

    def send(self):
        self.day.plan()
        mails = filter(None, map(self.day.finish, self.day.claim()))
        for reader, words in list(mails):
            for story, word in self.written.items():
                if word in words:
                    key = (reader, story)
                    self.got[key] = self.got.get(key, 0) + 1

    @rule(target=stories)
    def a_story_comes(self):
        return self.story()

    @rule(story=stories, kind=st.sampled_from([K.PIN, K.DROP, K.RESTORE]))
    def an_editor_edits(self, story, kind):
        if story not in self.discarded:
            self.edit(Wish(kind, (story,)))

    @rule(story=stories)
    def an_editor_drops_for_good(self, story):
        with self.store.read() as tx:
            issue = next(iter(issues.unplanned(tx, "daily")), None)
        sent = any(key[1] == story for key in self.got)
        if issue is not None and not sent and self.edit(Wish(K.DISCARD, (story,))):
            self.discarded.add(story)

    @rule(kind=st.sampled_from([K.HOLD, K.SKIP]))
    def an_editor_holds_or_skips(self, kind):
        if self.waiting():
            self.edit(Wish(kind))

    @rule()
    def an_editor_approves(self):
        for issue in self.waiting()[:1]:
            self.try_to(self.approve, issue)

    @rule()
    def a_morning_comes(self):
        self.day.morning()

    @rule()
    def mail_goes_out(self):
        self.send()

    @invariant()
    def nobody_gets_a_story_twice_or_one_that_was_dropped_for_good(self):
        assert all(count == 1 for count in self.got.values())
        assert not {story for _, story in self.got} & self.discarded


@pytest.fixture(autouse=True)
def parts(sqlite_template, clock):
    Desk.template = sqlite_template
    Desk.clock_type = type(clock)


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=6, stateful_step_count=10, deadline=None)


def _edit_and_die(url, now, story):
    """Write an edit down, and be killed before the issue is composed anew."""
    clock = _Still(now)
    compose.compose_issue = lambda *_a, **_n: os.kill(os.getpid(), signal.SIGKILL)
    with open_store(url, clock=clock) as store:
        found = issue_editing.target(store, [CALM], "next")
        wish = Wish(K.DROP, (story,))
        issue_editing.edit(store, press(), found, [wish], by="ada", clock=clock)


class _Still:
    def __init__(self, moment):
        self._moment = moment

    def now(self):
        return self._moment


def test_an_edit_outlives_the_process_that_is_killed_before_it_composes(
    sqlite_url, clock
):
    with open_store(sqlite_url, clock=clock) as store:
        day = Newsday(store, clock, CALM)
        gone, kept = day.story("Gone"), day.story("Kept")
        day.morning()
    process = multiprocessing.get_context("spawn").Process(
        target=_edit_and_die, args=(sqlite_url, clock.now(), gone.id)
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL

    clock.advance(minutes=1)
    with open_store(sqlite_url, clock=clock) as store:
        with store.read() as tx:
            issue = next(iter(issues.of(tx, "daily")))
            (edit,) = edits.of_issue(tx, issue.id)
        assert (issue.state, edit.by) == (IssueState.DRAFT, "ada")
        day.store = store
        ready = day.tick()
        assert ready.state is IssueState.READY
        with store.read() as tx:
            made = variants.of(tx, issue.id)[-1]
        assert made.articles == (kept.id,)
        assert ready.expires_at > clock.now() + timedelta(hours=1)
