"""Articles and feeds to publish, made by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dispatch.model import (
    Article,
    Content,
    Enclosure,
    FeedIdentity,
    FeedSettings,
    Image,
    Links,
    SiteSettings,
)
from dispatch.publish import channel

SITE = SiteSettings(
    title="The Harbour Bell",
    url="https://news.example.org",
    home="https://bell.example.org/",
    language="en",
    logo="https://bell.example.org/logo.png",
)
FEED = FeedSettings(name="all", title="All the news", description="Every story.")
IDENTITY = FeedIdentity(
    name="all",
    tag_id="tag:bell.example.org,2026-01-05:feed/0f1e2d3c",
    ids="tag",
    first_seen_at=datetime(2026, 1, 5, 8, 0, tzinfo=UTC),
)
LINKS = Links(SITE.url)
MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def article(number=1, *, content=None, **fields):
    """Return a small story; the higher its number, the newer it is."""
    moment = MONDAY + timedelta(hours=number)
    return Article(
        **{
            "id": number,
            "tag_id": f"tag:bell.example.org,2026-03-02:article/{number:08x}",
            "source": "newsroom",
            "content": content or words(headline=f"Story {number}"),
            "published_at": moment,
            "updated_at": moment,
            "first_seen_at": moment,
            "content_hash": f"{number:064x}",
            **fields,
        }
    )


def words(**fields):
    """Return content with a headline and a paragraph."""
    return Content(
        **{"headline": "Ferry runs again", "html": "<p>It does.</p>", **fields}
    )


def full_story(number=9):
    """Return a story with every field that a feed can show."""
    content = Content(
        headline="Café & ferry: “open” since ’07",
        html='<p>The ferry runs &amp; runs. <a href="https://bell.example.org/map">Map'
        "</a></p>\n<p>Até logo.</p>",
        summary="The ferry is back & cheaper.",
        deck="After two years, boats cross again",
        bylines=("Ada Quill", "Ben Ode"),
        section="town",
        tags=("ferry", "transport & ports"),
        language="pt",
        url="https://bell.example.org/ferry?id=1&x=2",
        image=Image(
            url="https://bell.example.org/img/ferry.jpg",
            media_type="image/jpeg",
            width=1200,
            height=800,
            alt='The "Gull" at the pier',
            caption="The Gull on Monday.",
            credit="Cal Lens / The Harbour Bell",
        ),
        enclosures=(
            Enclosure("https://bell.example.org/ferry.mp3", "audio/mpeg", 12345, 754),
            Enclosure("https://bell.example.org/ferry.pdf", "application/pdf"),
        ),
        correction="Correction: The Gull was built in 1987, not 1978.",
        origin_title="Port Wire",
        origin_url="https://wire.example.net/",
        origin_feed="https://wire.example.net/feed",
    )
    return article(
        number,
        content=content,
        guid="https://wire.example.net/?p=77",
        published_at=datetime(2026, 3, 2, 23, 30, 1, 987654, tzinfo=UTC),
        updated_at=datetime(2026, 3, 3, 7, 5, 0, 5, tzinfo=UTC),
    )


UNCHAINED = "", channel.Chain()


def make_channel(
    *articles,
    feed=FEED,
    identity=IDENTITY,
    site=SITE,
    hubs=(),
    kept=None,
    chained=UNCHAINED,
    **identity_fields,
):
    """Return the channel of these articles; `chained` is its name and its chain."""
    return channel.make(
        feed,
        replace(identity, **identity_fields),
        articles,
        site=site,
        links=Links(site.url),
        hubs=hubs,
        kept=kept,
        document=chained[0],
        chain=chained[1],
    )
