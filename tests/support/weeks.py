"""A newsletter over weeks: stories come, slots pass, readers change their minds."""

from datetime import timedelta

from sqlalchemy import select

from dispatch.actions.audience import choosing, transition
from dispatch.actions.audience.choosing import Wishes
from dispatch.actions.issues import compose, slots
from dispatch.actions.issues.plan import plan_ready
from dispatch.compose import due
from dispatch.model import MailFormat, SubscriptionState
from dispatch.store import schema, subscribers
from support.audience import subscribed
from support.composing import DAILY, press
from support.newsroom import put_article


def quick(folder):
    """Return a press of two plain templates: for tests that make many issues."""
    (folder / "digest").mkdir()
    (folder / "digest" / "subject.txt").write_text("{{ subject }}")
    (folder / "digest" / "body.txt").write_text(
        "{{ lead.headline }}\n{{ links.unsubscribe }}\n"
    )
    return press(folders=(folder,))


class Weeks:
    """Runs the cycle's steps by a clock that only this class moves."""

    def __init__(self, store, clock, *newsletters, with_press=None):
        self.store, self.clock = store, clock
        self.newsletters = newsletters or (DAILY,)
        self.press = with_press or press()
        self._stories = 0
        slots.register(store, self.newsletters, clock=clock)

    def story(self, section="news", **content):
        """Let a story come in now; return its number."""
        self._stories += 1
        self.clock.advance(minutes=1)
        return put_article(
            self.store,
            f"Story number {self._stories}",
            seen=self.clock.now(),
            section=section,
            **content,
        )

    def reader(self, name, newsletter="daily", **values):
        """Subscribe somebody now, text only: it renders sooner; return their number."""
        values = {"format": MailFormat.TEXT} | values

        def unit(tx):
            marks = transition.up_to_date(tx, newsletter)
            return subscribed(tx, address(name), newsletter, **marks | values)

        return self.store.write(unit)

    def slot(self, count=1):
        """Let the next slots come, each on time; the last report is returned."""
        for _slot in range(count):
            self.clock.moment = min(
                due.next_slot(one.schedule, one.timezone, self.clock.now())
                for one in self.newsletters
            )
            report = self.cycle()
        return report

    def cycle(self):
        choosing.resume_due(self.store, clock=self.clock)
        composed = compose.tick(
            self.store, self.press, self.newsletters, clock=self.clock
        )
        planned = plan_ready(self.store, self.press, self.newsletters, clock=self.clock)
        assert composed.ok, composed.lines()
        assert planned.ok, planned.lines()
        return planned

    def sleep(self, **parts):
        """Let time pass with the machine switched off."""
        self.clock.advance(**parts)

    def wish(self, tie, **wishes):
        def unit(tx):
            one = subscribers.subscription(tx, tie)
            choosing.choose(tx, one, Wishes(**wishes), newsletter=None, language="en")

        self.store.write(unit)

    def pause(self, tie, **parts):
        until = self.clock.now() + timedelta(**parts) if parts else None

        def unit(tx):
            one = subscribers.subscription(tx, tie)
            if one.state in {SubscriptionState.ACTIVE, SubscriptionState.PAUSED}:
                choosing.pause(tx, one, until, self.clock.now())

        self.store.write(unit)

    def mails(self, tie):
        """Return what somebody was sent: slot, the stories in it, how many more."""
        delivery, variant = schema.delivery, schema.variant
        mailing, issue = schema.mailing, schema.issue
        query = (
            select(issue.c.slot, variant.c.articles, variant.c.more)
            .join_from(delivery, mailing, mailing.c.id == delivery.c.mailing)
            .join(issue, issue.c.id == mailing.c.issue)
            .join(
                variant,
                (variant.c.issue == issue.c.id) & (variant.c.body == delivery.c.body),
            )
            .where(delivery.c.subscription == tie)
            .order_by(issue.c.slot)
        )
        with self.store.read() as tx:
            return [(row.slot, row.articles, row.more) for row in tx.execute(query)]

    def stories_of(self, tie):
        """Return every story somebody was sent, in order of their numbers."""
        return sorted(one for _slot, ids, _more in self.mails(tie) for one in ids)


def address(name):
    return f"{name}@example.net"
