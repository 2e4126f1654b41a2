"""A press that prints with the shipped templates."""

from pathlib import Path

from dispatch.compose.press import Press
from dispatch.compose.templates import Templates
from dispatch.model import Links, SiteSettings

SHIPPED = Path(__file__).parents[2] / "templates" / "email"


def press(*folders, **site):
    given = {
        "title": "The Larkfield Courier",
        "url": "https://news.courier.example",
        "timezone": "UTC",
        "contact": "desk@courier.example",
        "postal_address": "1 College Green, Larkfield",
        **site,
    }
    settings = SiteSettings(**given)
    return Press(
        site=settings,
        links=Links(settings.url),
        templates=Templates([*folders, SHIPPED]),
    )
