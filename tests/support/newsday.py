"""A paper with readers, from stories to delivered mail, for what happens in between."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

from dispatch.actions.collection import editing
from dispatch.actions.collection.editing import Hand, Wishes
from dispatch.actions.issues import compose, plan, refit, steering
from dispatch.compose.splice import splice
from dispatch.model import DeliveryState, Intent, Outcome, Phase, Reply
from dispatch.store import (
    articles,
    bodies,
    claims,
    deliveries,
    issues,
    newsletters,
    tallies,
)
from support import ledger
from support.audience import subscribed
from support.composing import article, newsletter, press

# PostgreSQL counts leases and expiries by its own clock, which no test moves.
LETTER = newsletter(expires=timedelta(days=36500), max_lateness=timedelta(hours=20))
READERS = ("ada@example.net", "ben@example.net", "cai@example.net")
YES = Reply(250, "2.0.0 Ok", "2.0.0", Phase.DOT)


class Newsday:
    """A daily newsletter of three readers. Each `morning` is a slot."""

    def __init__(self, store, clock, letter=LETTER):
        self.store = store
        self.clock = clock
        self.letter = letter
        self.press = press()
        self.numbers = iter(range(1, 1000))
        clock.advance(hours=-1)  # MONDAY is noon UTC: seven in New York is its slot
        store.write(
            lambda tx: newsletters.ensure(tx, "daily", "Daily", now=clock.now())
        )
        store.write(lambda tx: [subscribed(tx, to) for to in READERS] and None)

    def story(self, headline="", **content):
        """A story that has just come in."""
        number = next(self.numbers)
        content = {"headline": headline or f"Story {number}", **content}
        self.clock.advance(seconds=1)
        now = self.clock.now()
        changes = {name: content.pop(name) for name in ("source",) if name in content}
        made = article(number, **content)
        moments = dict.fromkeys(("published_at", "updated_at", "first_seen_at"), now)
        one = replace(made, **moments, **changes)
        return self.store.write(lambda tx: articles.add(tx, one))

    def now(self, one):
        """The story as it is stored now."""
        with self.store.read() as tx:
            return articles.by_id(tx, one.id)

    def morning(self):
        """Go to the next slot and compose what is due; return the newest issue."""
        day = self.clock.now()
        slot = day.replace(hour=12, minute=0, second=1, microsecond=0)
        if slot <= day:
            slot += timedelta(days=1)
        self.clock.moment = slot
        return self.tick()

    def tick(self):
        report = compose.tick(self.store, self.press, [self.letter], clock=self.clock)
        assert report.ok, report.lines()
        return self.issue()

    def issue(self):
        with self.store.read() as tx:
            return next(iter(issues.of(tx, "daily")), None)

    def plan(self):
        report = plan.plan_ready(
            self.store, self.press, [self.letter], clock=self.clock
        )
        assert report.ok, report.lines()
        return self.issue()

    def pause(self):
        return steering.pause_issue(self.store, self.issue(), clock=self.clock)

    def resume(self):
        return refit.resume_issue(
            self.store, self.press, [self.letter], self.issue(), clock=self.clock
        )

    def claim(self, most=100):
        batch = self.store.write(lambda tx: claims.claim(tx, worker="me", most=most))
        return batch.claims

    def send(self, most=100):
        """Deliver up to `most` mails; return what each reader got."""
        return dict(filter(None, map(self.finish, self.claim(most))))

    def finish(self, claim):
        """Send what was claimed, as a worker does that has loaded its message."""
        with self.store.read() as tx:
            frozen = bodies.get(tx, claim.body)
        if self.store.write(lambda tx: deliveries.intend(tx, claim)) is not Intent.GO:
            return None
        self.settle(claim, Outcome(DeliveryState.ACCEPTED))
        return claim.recipient, words_of(frozen)

    def settle(self, claim, outcome):
        self.store.write(
            lambda tx: deliveries.settle(
                tx, claim, YES, outcome, worker="me", relay="test"
            )
        )

    def books(self):
        return ledger.books(self.store, self.issue().id)

    def send_all(self):
        """Plan and deliver what is ready; return what each reader got."""
        self.plan()
        got = self.send()
        self.store.write(tallies.finish)
        return got

    def hand(self, reason="it was wrong", by="ada"):
        return Hand(by, reason, self.clock.now())

    def act(self, what, one, reason="it was wrong", by="ada"):
        """Withdraw, hold or restore a story."""
        self.clock.advance(seconds=1)
        do = getattr(editing, what)
        return self.store.write(lambda tx: do(tx, one.id, self.hand(reason, by)))

    def edit(self, one, *undo, **values):
        self.clock.advance(seconds=1)
        wishes = Wishes(values, undo)
        return self.store.write(
            lambda tx: editing.edit(tx, one.id, wishes, self.hand(""))
        )


def words_of(frozen):
    """The text of a mail, in one line, whatever its parts are encoded as."""
    values = dict.fromkeys((span.name for span in frozen.spans), b"x")
    mail = message_from_bytes(splice(frozen, values), policy=policy.default)
    return " ".join(mail.get_body(("plain",)).get_content().split())
