"""Stories filed by mail, from a real IMAP conversation to both databases."""

from datetime import timedelta

import pytest

from dispatch.model import SourceSettings
from dispatch.store import pictures, problems
from support.collecting import Desk
from support.imap_server import Server
from support.mails import STORY, TRUSTED, mail, reply
from support.pictures import png


class Newsroom(Desk):
    """A desk with a mailbox."""

    def mailbox(self, **options):
        defaults = {
            "name": "desk",
            "kind": "mailbox",
            "host": "127.0.0.1",
            "port": self.server.port,
            "security": "none",
            "username": "desk@example.org",
            "password": "a secret",
            "senders": ("ann@example.org",),
            "authserv": TRUSTED,
            "first_contact": "mail",
        }
        return SourceSettings(**{**defaults, **options})

    def mailed(self, raw):
        self.server.deliver(raw, arrived=self.clock.now())

    def collect(self, **options):
        return self.visit(self.mailbox(**options), force=True).sources[0]


@pytest.fixture
def desk(store, clock, tmp_path):
    with Server() as server:
        yield Newsroom(store, clock, tmp_path, server)


def test_a_mail_is_an_article_once(desk):
    picture = ("bridge.png", "image/png", png(800, 600))
    desk.mailed(mail(f"Photo: Bo Ek\nSection: News\n\n{STORY}", files=[picture]))

    first, second = desk.collect(), desk.collect()

    assert (first.new, second.new, second.changed) == (1, 0, 0)
    article = desk.stored()[0]
    assert article.content.headline == "Harbour bridge closes for repairs"
    assert article.content.section == "news"
    assert article.content.image.credit == "Bo Ek"
    assert article.content.image.media
    assert article.held == ""
    assert not article.baseline


def test_a_reply_changes_the_article_it_answers(desk):
    desk.mailed(mail(number=1))
    desk.collect()
    desk.mailed(reply(2, to=1, text=STORY.replace("thirty", "forty")))

    assert desk.collect().changed == 1
    assert len(desk.stored()) == 1
    assert "forty years" in desk.stored()[0].content.html


@pytest.mark.parametrize("apart", [True, False])
def test_a_new_version_without_a_picture_keeps_the_old_one(desk, apart):
    picture = ("bridge.png", "image/png", png(800, 600))
    desk.mailed(mail(f"Photo: Bo Ek\n\n{STORY}", files=[picture]))
    if apart:
        desk.collect()
    desk.mailed(reply(2, to=1, text=STORY.replace("thirty", "forty")))
    desk.collect()

    article = desk.stored()[0]
    assert "forty years" in article.content.html
    assert article.content.image.credit == "Bo Ek"
    with desk.store.read() as tx:
        assert pictures.get(tx, article.content.image.media)


def test_a_reply_withdraws_the_article_it_answers(desk):
    desk.mailed(mail(number=1))
    desk.collect()
    desk.mailed(reply(2, to=1, text="Please withdraw this story.\n"))

    desk.collect()

    assert desk.stored()[0].withdrawn_at is not None


def test_a_restored_mailbox_brings_nothing_twice(desk):
    for number in (1, 2, 3):
        text = STORY.replace("bridge", f"bridge {number}")
        desk.mailed(mail(text, number=number, subject=f"Bridge {number} closes"))
    desk.collect()
    desk.server.renumber()

    report = desk.collect()

    assert (report.new, report.changed) == (0, 0)
    assert len(desk.stored()) == 3


def test_an_unverified_story_is_held(desk):
    desk.mailed(mail(results=[]))

    report = desk.collect(authserv="")

    assert report.new == 1
    assert desk.stored()[0].held == "withheld"


def test_a_forged_copy_of_a_story_does_not_touch_it(desk):
    desk.mailed(mail(number=1))
    desk.collect()
    desk.mailed(mail(number=2, results=[]))
    desk.mailed(mail(f"Id: 1\nStatus: canceled\n\n{STORY}", number=3, results=[]))

    desk.collect(authserv="")

    first = min(desk.stored(), key=lambda one: one.id)
    assert (first.held, first.withdrawn_at) == ("", None)


def test_a_refused_mail_is_told_once_and_stands_in_status(desk):
    desk.mailed(mail(sender="Eve <eve@example.com>"))

    first, second = desk.collect(), desk.collect()

    assert len(first.problems) == 1
    assert second.problems == ()
    with desk.store.read() as tx:
        standing = problems.standing(tx, "desk")
    assert [one.where for one in standing] == ["e…@example.com"]
    assert desk.stored() == ()


def test_a_wrong_password_is_an_error_of_the_source_and_loses_nothing(desk):
    desk.mailed(mail())
    failed = desk.collect(password="wrong")
    good = desk.collect()

    assert "refuses the login" in failed.error
    assert good.new == 1


def test_what_lay_there_before_is_mailed_to_nobody(desk):
    desk.mailed(mail(number=1))
    desk.collect(first_contact="baseline")
    desk.clock.advance(hours=1)
    desk.mailed(mail(STORY.replace("bridge", "tunnel"), number=2, subject="A tunnel"))
    desk.collect(first_contact="baseline")

    by_age = sorted(desk.stored(), key=lambda one: one.id)
    assert [one.baseline for one in by_age] == [True, False]


def test_a_mailbox_is_asked_again_in_minutes(desk):
    desk.mailed(mail())
    before = desk.clock.now()
    desk.collect()

    report = desk.visit(desk.mailbox())

    assert report.sources[0].visited
    assert desk.clock.now() - before < timedelta(hours=1)
