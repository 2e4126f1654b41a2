"""A small paper's day, to compose from: articles, a newsletter, a press."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.compose.press import Press
from dispatch.compose.templates import Templates
from dispatch.model import (
    Article,
    Content,
    HeadlineSource,
    Image,
    Issue,
    IssueState,
    Links,
    NewsletterSettings,
    SiteSettings,
)

SHIPPED = Path(__file__).parents[2] / "templates" / "email"
SLOT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # seven in the morning in New York
SITE = SiteSettings(
    title="The Larkfield Courier",
    url="https://news.courier.example",
    home="https://courier.example/",
    language="en",
    timezone="America/New_York",
    contact="desk@courier.example",
    postal_address="1 College Green, Larkfield",
)
DAILY = NewsletterSettings(
    name="daily",
    title="The Daily Courier",
    description="What happened on campus and in town, every morning at seven.",
    sender="The Daily Courier <daily@courier.example>",
    schedule="0 7 * * *",
    timezone="America/New_York",
    sections=(),
)
ISSUE = Issue(
    id="daily-2026-03-04",
    newsletter="daily",
    slot=SLOT,
    state=IssueState.DRAFT,
    subject="",
    from_position=0,
    to_position=8,
    created_at=SLOT,
    expires_at=SLOT + timedelta(hours=20),
)


def press(site=SITE, folders=(SHIPPED,)):
    return Press(site=site, links=Links(site.url), templates=Templates(folders))


def article(number, *, hours=None, **content):
    """Return a story; the higher its number, the newer, unless `hours` says so."""
    moment = SLOT - timedelta(hours=24 - number if hours is None else hours)
    fields = {"headline": f"Story {number}", "html": "<p>Something happened.</p>"}
    return Article(
        id=number,
        tag_id=f"tag:courier.example,2026-03-03:article/{number:08x}",
        source="newsroom",
        content=Content(**{**fields, **content}),
        published_at=moment,
        updated_at=moment,
        first_seen_at=moment,
        content_hash=f"{number:064x}",
    )


def day():
    """Return eight stories as different as a day brings them."""
    return (
        article(
            1,
            headline="Night buses to run until two, after a winter of petitions",
            section="campus",
            bylines=("Ines Okafor", "Tomas Reed"),
            summary="From the first of April, route 9 will circle between the library, "
            "the river dorms and the station every twenty minutes until two in the "
            "morning. Students had gathered four thousand signatures since November.",
            html="<p>From the first of April, route 9 will circle.</p>" * 40,
            image=Image(
                media="ab" * 32,
                media_type="image/png",
                width=1200,
                height=630,
                alt="A bus waits in front of the library at night",
                credit="Photo: Marta Lindqvist / The Courier",
            ),
        ),
        article(
            2,
            headline="The rowing club’s boathouse, closed since the flood of January, "
            "opens its doors…",
            headline_source=HeadlineSource.GENERATED,
            section="sports",
            summary="The rowing club’s boathouse, closed since the flood of January, "
            "opens its doors again on Saturday, said its president, Ada Fountain ’07.",
        ),
        article(
            3,
            headline="Una exposición recuerda a las primeras estudiantes de ciencias",
            section="arts",
            bylines=("Lucía Peña",),
            language="es",
            summary="Cartas, cuadernos de laboratorio y fotografías nunca mostradas "
            "llenan desde hoy la galería de la biblioteca.",
        ),
        article(
            4,
            headline="Council adopts budget; library hours stay",
            section="town",
            bylines=("Joon Park",),
            summary="The town council voted six to three for a budget that keeps the "
            "public library open on Sundays and puts off the new parking deck.",
            correction="Correction: An earlier version gave the vote as five to four. "
            "It was six to three.",
        ),
        article(
            5,
            headline="Women’s hockey takes the cup in overtime",
            section="sports",
            bylines=("Sam Whitlock",),
            summary="A goal nine seconds into the second overtime ended a drought of "
            "eleven years.",
            url="https://courier.example/sports/hockey-cup?edition=3",
            image=Image(
                media="cd" * 32,
                media_type="image/png",
                width=900,
                height=900,
                alt="Players lift the cup",
                credit="Dana Cho",
            ),
        ),
        article(
            6,
            headline="Chemistry building to close for asbestos work",
            section="campus",
            summary="Labs move to the annex from the ninth of March; lectures stay "
            "where they are. <Notices> & maps hang at every entrance.",
        ),
        article(
            7,
            headline="A baker’s dozen: what the new farmers’ market sells",
            section="town",
            bylines=("Petra Novak",),
            summary="Thirteen stalls, from rye bread to oyster mushrooms, open on the "
            "green on the first Sunday of every month.",
        ),
        article(
            8,
            headline="Student film festival announces its jury",
            section="arts",
            summary="Three alumni and one projectionist will judge forty short films.",
        ),
    )


def steady(data):
    """Return a mail without its hashes: every setting goes into them."""
    return re.sub(rb"=_[0-9a-f]{32}|\b[0-9a-f]{64}\b", b"=_hash", data)


def newsletter(**fields):
    return replace(DAILY, **fields)
