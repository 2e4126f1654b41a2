"""An editor's morning: the proof in the mailbox, its links, and what readers get."""

import re
import threading
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest

from dispatch.actions.delivery.deliver_all import deliver_all
from dispatch.actions.delivery.rounds import Channel
from dispatch.actions.issues import issue_editing
from dispatch.deliver import session
from dispatch.model import IssueState, RelaySettings, SubscriptionState
from dispatch.sandbox.catcher import Catcher
from dispatch.sandbox.mailbox import Mailbox
from dispatch.store import articles, issues
from dispatch.web.server import Server
from dispatch.web.site import create_site
from dispatch.worker.cycle import CycleThread
from support import web
from support.asking import Client

READERS = ("rita@example.net", "raul@example.net")
EDITORS = ("ada@quad.example", "ben@quad.example")


class Morning:
    """The Daily Quad, due at noon UTC, with editors, readers and a mail catcher."""

    def __init__(self, folder, store, clock, port, **letter):
        self.clock, self.mailbox = clock, None
        opened = web.make_app(folder, store, clock, timezone="UTC")
        daily = replace(
            opened.settings.newsletter[0],
            schedule="0 12 * * *",
            timezone="UTC",
            proof_to=EDITORS,
            max_lateness=timedelta(hours=20),
            expires=timedelta(days=31),
            **letter,
        )
        relay = RelaySettings(host="127.0.0.1", port=port, connections=1)
        catcher = Channel(relay, lambda: session.connect(relay, helo="quad.example"))
        self.app = replace(
            opened,
            settings=replace(opened.settings, newsletter=(daily,)),
            channels=(catcher,),
        )
        self.woken = 0
        self.cycle = CycleThread(self.app, planned=lambda: None)
        self.stories = {}
        clock.moment = clock.moment.replace(hour=11)  # MONDAY; the slot is at noon
        self.round()

    def wake(self):
        self.woken += 1

    def story(self, headline):
        self.clock.advance(seconds=1)
        moment = self.clock.now()
        one = replace(
            web.article(headline, published_at=moment, updated_at=moment),
            first_seen_at=moment,
        )
        found = self.app.store.write(lambda tx: articles.add(tx, one))
        self.stories[headline] = found.id

    def round(self, minutes=0):
        """Let time pass; then one cycle of the daemon, and all mail delivered."""
        self.clock.advance(minutes=minutes)
        self.cycle.once()
        deliver_all(
            self.app.store,
            self.app.channels,
            self.app.tokens,
            routes=self.app.routes,
            zone="UTC",
            clock=self.app.clock,
            stop=threading.Event(),
            insist=True,
        )

    def issue(self):
        with self.app.store.read() as tx:
            return next(iter(issues.of(tx, "daily")), None)

    def to(self, address):
        """What somebody received, oldest first."""
        mails = [one for one in self.mailbox.messages() if address in one.recipients]
        in_order = sorted(mails, key=lambda one: one.id)
        return [message_from_bytes(one.raw, policy=policy.default) for one in in_order]


def words(mail):
    return " ".join(mail.get_body(("plain",)).get_content().split())


def part(mail, kind):
    return mail.get_body((kind,)).get_content()


def impersonal(text):
    """A reader's mail without what is the reader's own."""
    personal = r"/(unsubscribe|preferences)/[a-z2-7]{40}"
    return re.sub(personal, r"/\1/a-reader-s-\1-link", text)


def link(mail):
    """The path of the page that a proof leads to, the same in both of its parts."""
    found = {
        urlsplit(url).path
        for kind in ("plain", "html")
        for url in re.findall(r'http://[^\s"<>]*/proof/[a-z2-7]+', part(mail, kind))
    }
    (path,) = found
    return path


@pytest.fixture
def start(tmp_path, sqlite_store, clock):
    """Begin a morning with three stories at eleven; the slot is at noon."""
    mailbox = Mailbox(clock)
    with Catcher("127.0.0.1:0", mailbox) as catcher:
        servers = []

        def begin(**letter):
            day = Morning(tmp_path, sqlite_store, clock, catcher.port, **letter)
            day.mailbox = mailbox
            for address in READERS:
                web.subscribe(day.app, address, SubscriptionState.ACTIVE)
            for headline in ("Bridge opens", "Cat found", "Mayor resigns"):
                day.story(headline)
            server = Server(create_site(day.app, arrived=day.wake), "127.0.0.1:0")
            server.start()
            servers.append(server)
            day.site = Client(server.url)
            return day

        yield begin
        for server in servers:
            server.stop()


def test_the_proof_comes_in_time_and_is_what_readers_get(start):
    day = start()
    day.round(20)
    assert day.to(EDITORS[0]) == []
    day.round(11)

    (proof,) = day.to(EDITORS[0])
    assert proof["Subject"] == (
        "Proof: The Daily Quad, 3 stories, 2 readers, sends 12:00"
    )
    assert link(proof) != link(day.to(EDITORS[1])[0])
    assert day.to(READERS[0]) == []

    day.story("Too late for this one")
    day.round(30)
    (mail,) = day.to(READERS[0])
    text, html = (impersonal(part(mail, kind)) for kind in ("plain", "html"))
    assert part(proof, "plain").endswith(text)
    head, body, rest = html.partition("<body")
    assert part(proof, "html").startswith(head + body)
    assert part(proof, "html").endswith(rest.partition(">")[2])
    assert "Too late" not in words(mail)
    day.round(24 * 60)
    assert "Too late for this one" in words(day.to(READERS[0])[-1])


def test_following_a_link_changes_nothing_and_pressing_hold_does(start):
    day = start(approval="unless_held")
    day.round(31)
    path = link(day.to(EDITORS[0])[0])
    for _ in range(3):
        assert day.site.get(path).status == 200
        assert day.site.head(path).status == 200
    assert day.issue().state is IssueState.READY

    answer = day.site.post(path, {"do": "hold"})
    assert "Held. It waits" in answer.text
    assert day.woken == 1
    day.round(60)
    assert day.issue().state is IssueState.HELD
    assert day.to(READERS[0]) == []
    reminder = day.to(EDITORS[0])[-1]
    assert reminder["Subject"].startswith("Waiting for you: Proof: The Daily Quad")
    assert "An editor holds it." in words(reminder)


def test_dropped_changed_and_sent_now_readers_get_exactly_that(start):
    day = start(approval="required")
    day.round(31)
    path = link(day.to(EDITORS[0])[0])
    day.site.post(path, {"do": "drop", "story": day.stories["Cat found"]})
    day.site.post(path, {"do": "pin", "story": day.stories["Bridge opens"]})
    day.site.post(
        path, {"do": "subject", "subject": "What we know\r\nBcc: x@x.example"}
    )
    day.site.post(path, {"do": "note", "note": "Written at seven."})
    stale = day.site.post(path, {"do": "send", "revision": 1})
    assert stale.status == 409
    assert "changed meanwhile" in stale.text
    day.round(3)

    second = day.to(EDITORS[0])[-1]
    assert "ada@quad.example dropped “Cat found”." in words(second)
    assert "Subject: What we know Bcc: x@x.example" in words(second)
    page = day.site.get(link(second)).text
    revision = re.search(r'name="revision" value="(\d+)"', page)[1]
    sent = day.site.post(path, {"do": "send", "revision": revision})
    assert "It leaves now." in sent.text
    day.round()

    for reader in READERS:
        (mail,) = day.to(reader)
        assert mail["Subject"] == "What we know Bcc: x@x.example"
        assert mail["Bcc"] is None
        said = words(mail)
        assert "Written at seven." in said
        assert "Cat found" not in said
        assert said.index("Bridge opens") < said.index("Mayor resigns")
    assert "has been sent" in day.site.get(path).text
    late = day.site.post(path, {"do": "drop", "story": day.stories["Mayor resigns"]})
    assert "went to 2 readers" in late.text


def test_fresh_proofs_do_not_flood_the_editors(start):
    day = start()
    day.round(31)
    path = link(day.to(EDITORS[0])[0])
    for number in range(10):
        day.site.post(path, {"do": "note", "note": f"Version {number}"})
        day.round()
    assert len(day.to(EDITORS[0])) == 1

    day.round(3)
    assert len(day.to(EDITORS[0])) == 2
    assert "Version 9" in words(day.to(EDITORS[0])[-1])


def test_a_reminder_comes_however_often_the_issue_was_changed(start):
    day = start(approval="required")
    day.round(31)
    path = link(day.to(EDITORS[0])[0])
    for number in range(12):
        day.site.post(path, {"do": "note", "note": f"Version {number}"})
        day.round(2)
    proofs = len(day.to(EDITORS[0]))
    assert proofs == 12
    day.round(6)  # the slot is over

    assert len(day.to(EDITORS[0])) == proofs + 1
    assert day.to(EDITORS[0])[-1]["Subject"].startswith("Waiting for you: ")


def test_silence_is_no_consent_of_editors_who_could_not_be_asked(start):
    day = start(approval="unless_held")
    day.clock.advance(minutes=31)
    day.cycle.once()  # queued, and never delivered
    day.clock.advance(minutes=30)
    day.cycle.once()

    assert day.issue().state is IssueState.HELD
    assert day.issue().held_reason == "no editor could be sent the proof"


def test_asked_too_late_editors_have_their_time_before_it_leaves(start):
    day = start(approval="unless_held")
    day.round(65)  # the daemon was down at half past eleven
    assert day.to(READERS[0]) == []
    assert "sends 12:35" in day.to(EDITORS[0])[0]["Subject"]

    day.round(31)
    assert len(day.to(READERS[0])) == 1


def test_nobody_answers_and_approval_is_required_it_expires_into_the_next(start):
    day = start(approval="required")
    day.round(31)
    first = day.issue()
    path = link(day.to(EDITORS[0])[0])
    assert "waits for you" in day.to(EDITORS[0])[0]["Subject"]
    day.round(30)
    assert len(day.to(EDITORS[0])) == 2  # the proof, and a reminder at the slot
    day.clock.moment = first.expires_at + timedelta(minutes=1)
    day.round()

    assert day.to(READERS[0]) == []
    assert "Nobody approved it in time" in day.site.get(path).text
    day.round(24 * 60)
    found = issue_editing.target(day.app.store, day.app.settings.newsletter, "next")
    assert found.issue.from_position == first.from_position


def test_an_editor_who_was_taken_off_the_list_has_no_link_any_more(start):
    day = start()
    day.round(31)
    path = link(day.to(EDITORS[0])[0])
    letter = replace(day.app.settings.newsletter[0], proof_to=EDITORS[1:])
    app = replace(day.app, settings=replace(day.app.settings, newsletter=(letter,)))
    server = Server(create_site(app), "127.0.0.1:0")
    server.start()
    try:
        assert Client(server.url).post(path, {"do": "hold"}).status == 404
    finally:
        server.stop()
    assert day.issue().state is IssueState.READY
