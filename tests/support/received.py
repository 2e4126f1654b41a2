"""An issue as its readers' server received it: composed, planned, signed, delivered."""

import re
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from dispatch.actions.delivery import deliver
from dispatch.actions.issues import compose, plan
from dispatch.actions.issues.preflight import Gate
from dispatch.compose import mime
from dispatch.deliver import dkim, session
from dispatch.deliver.dkim import Signer
from dispatch.model import RelaySettings
from dispatch.store import articles, newsletters, open_store
from support import ledger, rfc2047
from support.audience import subscribed
from support.composing import SHIPPED, SITE, day, newsletter, press

PEMS = {name: dkim.generate(name) for name in ("rsa", "ed25519")}
KEYS = {name: dkim.read(pem) for name, (pem, _) in PEMS.items()}
LETTER = newsletter(expires=timedelta(days=36500), max_lateness=timedelta(hours=20))
READERS = ("ada@example.net", "reader@bücher.example")
HEADER = re.compile(r"^([!-9;-~]+):(.*(?:\r\n[ \t].*)*)\r\n", re.MULTILINE)


def dns(name, timeout=5):
    """What the DNS says of the keys here, as dkimpy asks for it."""
    kind = re.match(rb"s-(\w+)\._domainkey\.courier\.example\.", name)[1].decode()
    return PEMS[kind][1].encode()


def signers(domain="courier.example"):
    """Both kinds of key, for the sender's domain."""
    return tuple(Signer(domain, f"s-{kind}", key) for kind, key in KEYS.items())


class Clock:
    """Stands at the slot."""

    def __init__(self, moment=datetime(2026, 3, 4, 12, 0, 1, tzinfo=UTC)):
        self.moment = moment

    def now(self):
        return self.moment


@dataclass(frozen=True)
class Mail:
    """One received message: envelope, and bytes with the dots undone."""

    sender: str
    recipient: str
    wire: bytes

    @cached_property
    def raw(self):
        return mime.unstuff(self.wire)

    @cached_property
    def head(self):
        return self.raw.partition(b"\r\n\r\n")[0].decode("ascii") + "\r\n"

    @cached_property
    def headers(self):
        """Every header in order: its name, and its value with the folds undone."""
        found = HEADER.findall(self.head)
        return [(name, value.replace("\r\n", "").strip()) for name, value in found]

    def all(self, name):
        return [value for known, value in self.headers if known.lower() == name.lower()]

    def one(self, name):
        (value,) = self.all(name)
        return value

    def words(self, name):
        return rfc2047.decode(self.one(name))


def open_paper(file, stories=None, readers=READERS):
    """A store with a newsletter, its readers and a day's stories."""
    clock = Clock()
    store = open_store(f"sqlite:///{file}", clock=clock)
    clock.moment -= timedelta(days=2)
    store.write(lambda tx: newsletters.ensure(tx, "daily", "Daily", now=clock.now()))
    store.write(lambda tx: [subscribed(tx, to) for to in readers] and None)
    told = day() if stories is None else stories
    store.write(lambda tx: [articles.add(tx, one) for one in told] and None)
    clock.moment += timedelta(days=2)
    return store, clock


def send(
    store, clock, server, *, site=SITE, letter=LETTER, keys=None, folders=(), **relay
):
    """Compose what is due, examined, plan it, and deliver it signed to `server`."""
    gate = Gate((RelaySettings(host="relay.example.net"),), keys or signers())
    printing = replace(press(site, (*folders, SHIPPED)), gate=gate)
    report = compose.tick(store, printing, [letter], clock=clock)
    assert report.ok, report.lines()
    assert plan.plan_ready(store, printing, [letter], clock=clock).ok
    return hand_over(store, clock, server, keys=keys, **relay)


def hand_over(store, clock, server, *, keys=None, **relay):
    """Deliver what is due; return what `server` has received since it began."""
    settings = server.relay(**{"return_path": "verp", **relay})
    deliver.deliver(
        store,
        lambda: session.connect(settings, helo="news.courier.example"),
        ledger.TOKENS,
        settings,
        clock=clock,
        stop=threading.Event(),
        insist=True,
        signers=signers() if keys is None else keys,
    )
    return [Mail(one.sender, one.recipient, one.data) for one in server.received]
