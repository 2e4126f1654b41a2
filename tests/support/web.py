"""A small invented publication for the web tests."""

import struct
import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import insert

from dispatch import resources
from dispatch.actions.delivery.rounds import Channel
from dispatch.app import App
from dispatch.compose.press import Press
from dispatch.compose.templates import Templates
from dispatch.deliver.route import Routes
from dispatch.model import (
    Article,
    Content,
    FeedSettings,
    FeedsSettings,
    Image,
    Links,
    Media,
    NewsletterSettings,
    Settings,
    SiteSettings,
    SubscriptionState,
)
from dispatch.store import articles, pictures, schema, subscribers, subscriptions
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address as addresses

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def png(width=480, height=320):
    """A real PNG: a soft gradient, made without any library."""
    rows = b"".join(
        b"\0"
        + bytes(
            channel
            for x in range(width)
            for channel in (60 + y * 90 // height, 90 + x * 80 // width, 120)
        )
        for y in range(height)
    )

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


PICTURE = png()
PICTURE_HASH = sha256(PICTURE).hexdigest()


def settings(folder, **site):
    """A publication of one newsletter and two feeds in `folder`."""
    feeds = folder / "feeds"
    feeds.mkdir(exist_ok=True)
    named = {"title": "The Quad", "timezone": "America/New_York", **site}
    return Settings(
        file=folder / "config.toml",
        site=SiteSettings(**named),
        feeds=FeedsSettings(directory=feeds),
        feed=(
            FeedSettings("all", title="The Quad"),
            FeedSettings("sports", title="The Quad: Sports", sections=("sports",)),
        ),
        newsletter=(
            NewsletterSettings(
                name="daily",
                title="The Daily Quad",
                sender="The Quad <news@quad.example>",
                schedule="0 7 * * mon-fri",
                timezone="America/New_York",
                description="What happened on campus, in five minutes, at seven.",
            ),
        ),
    )


def article(headline, *, html="<p>Text.</p>", hours=1, **changes):
    """An article value, ready for `articles.add`; `hours` before noon."""
    whole = {field: changes.pop(field) for field in list(changes) if field in OUTER}
    moment = NOON - timedelta(hours=hours)
    return Article(
        id=0,
        tag_id=f"tag:quad.example,2026-03-02:article/{sha256(headline.encode()).hexdigest()[:12]}",
        source="newsroom",
        content=Content(headline=headline, html=html, **changes),
        published_at=whole.pop("published_at", moment),
        updated_at=whole.pop("updated_at", moment),
        first_seen_at=moment,
        content_hash=sha256(headline.encode()).hexdigest(),
        **whole,
    )


OUTER = (
    "published_at",
    "updated_at",
    "baseline",
    "embargo_until",
    "held",
    "withdrawn_at",
    "merged_into",
)

STORIES = (
    article(
        "Rowing club wins the spring regatta by a length",
        hours=1,
        section="sports",
        summary="Eight novices, a borrowed boat and a headwind: how the youngest crew "
        "on the river beat four favourites on Sunday.",
        bylines=("Mara Fountain ’07", "J. Okafor"),
        html="<p>The boat was borrowed, the cox had a cold, and nobody in the crew had "
        "raced before September. By the bridge they were half a length down.</p>"
        "<p>“We stopped looking at the others,” said the stroke, "
        '<a href="https://quad.example/people/ines">Inês Fountain ’07</a>. “After that '
        "it was quite simple.”</p><h2>A cold morning</h2><p>The wind came up at nine. "
        "Two of the heats had to be rowed again, and the finish line drifted.</p>"
        "<blockquote><p>It is only water, and we are only eight.</p></blockquote>"
        '<p><img src="https://elsewhere.example/boat.jpg" alt="The boat"></p>'
        "<p>The club will row again in April, in a boat of its own.</p>",
        tags=("rowing", "regatta"),
        correction="Correction: An earlier version gave the length of the course in "
        "miles. It is 2,000 metres.",
        image=Image(
            media=PICTURE_HASH,
            media_type="image/png",
            width=480,
            height=320,
            alt="Eight rowers and a cox under the stone bridge",
            caption="The novice eight at the stone bridge on Sunday morning.",
            credit="Photo: Ada Lindqvist / The Quad",
        ),
    ),
    article(
        "Library to open on Sundays from April",
        hours=3,
        section="news",
        summary="Students asked for eleven years. The new hours run from noon to ten, "
        "with one desk and no fines.",
        bylines=("T. Achebe",),
    ),
    article(
        "Ein Garten auf dem Dach der Mensa",
        hours=5,
        section="campus",
        language="de",
        summary="Zwölf Hochbeete, drei Bienenvölker und ein Streit über Tomaten.",
        bylines=("Jörg Weiß",),
    ),
    article(
        "حديقة جديدة أمام المكتبة",
        hours=7,
        section="campus",
        language="ar",
        summary="افتتحت الجامعة حديقة صغيرة يزرعها الطلاب.",
    ),
    article(
        "Dining hall drops trays, saves a swimming pool of water a week",
        hours=26,
        section="news",
        summary="The change was meant as an experiment of a month. It stays.",
        bylines=("Mara Fountain ’07",),
        image=Image(
            media=PICTURE_HASH, media_type="image/png", width=480, height=320, alt=""
        ),
    ),
    article(
        "Council votes on the night bus",
        hours=30,
        section="news",
        url="https://town.example/night-bus",
        origin_title="Town Wire",
        summary="Six in favour, two against, and a long silence.",
        image=Image(url="https://town.example/bus.jpg", alt="A bus"),
    ),
)


def fill(store):
    """Put the sample stories and their picture into `store`; return the articles."""

    def unit(tx):
        pictures.put(tx, [Media(PICTURE_HASH, "image/png", PICTURE)])
        return [articles.add(tx, story) for story in STORIES]

    return store.write(unit)


def make_app(folder, store, clock, **site):
    """An application with real parts, but for the world outside."""
    chosen = settings(folder, **site)
    links = Links(chosen.site.url)
    templates = Templates(resources.template_folders(folder, "email"))
    return App(
        settings=chosen,
        store=store,
        clock=clock,
        fetch=never,
        post=never,
        submit=never,
        press=Press(site=chosen.site, links=links, templates=templates),
        tokens=Tokens(b"a key for tests only, 32 bytes.."),
        links=links,
        channels=(Channel(chosen.smtp, never),),
        routes=Routes(),
        authority="quad.example",
    )


def never(*_args, **_named):
    raise AssertionError("pages ask nothing of the world")


def add_issue(store, number, *, state="done", subject="", planned=3, upto=9, **named):
    """Put an issue of the daily newsletter into `store`, without sending anything."""
    slot = NOON - timedelta(days=9 - number)
    values = {
        "id": f"daily-{slot:%Y-%m-%d}",
        "newsletter": "daily",
        "slot": slot,
        "state": state,
        "subject": subject,
        "from_position": 0,
        "to_position": upto,
        "created_at": slot,
        "changed_at": slot,
        "planned": planned,
        **named,
    }
    store.write(lambda tx: tx.execute(insert(schema.issue).values(values)) and None)
    return values["id"]


def add_entries(store, articles_in_order):
    """Give articles their places in the daily newsletter, from 1."""

    def unit(tx):
        known = {
            "name": "daily",
            "title": "The Daily Quad",
            "first_seen_at": NOON,
            "settled_to": NOON,
        }
        tx.execute(insert(schema.newsletter).values(known))
        for position, one in enumerate(articles_in_order, start=1):
            place = {"newsletter": "daily", "position": position, "article": one.id}
            tx.execute(insert(schema.entry).values(eligible_at=NOON, **place))

    store.write(unit)


def subscribe(app, address, state=SubscriptionState.PENDING):
    """Tie `address` to the daily newsletter; return the subscription's id."""
    mailbox = addresses.parse(address)

    def unit(tx):
        digest = app.tokens.mailbox_hash(mailbox.mailbox)
        person = subscribers.ensure(tx, mailbox, digest, now=NOON)
        return subscriptions.add(
            tx, person, "daily", state, "test", now=NOON, requested_at=NOON
        )

    return app.store.write(unit)


def standing(app, subscription):
    """How a subscription stands."""
    with app.store.read() as tx:
        return subscribers.subscription(tx, subscription)


def shipped_pages():
    """Where the shipped web templates lie."""
    return [resources.shipped("templates") / "web"]
