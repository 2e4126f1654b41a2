"""Pages from templates: the publication's own first, the shipped ones after.

The only web module that knows Jinja2. Templates speak of `site`, `links` (paths
on this host, whatever name it was reached by), `feeds`, `newsletters` and what the
handler adds; docs/pages.md lists the names.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import jinja2
from starlette.responses import HTMLResponse

from dispatch.compose.sandbox import Compiled
from dispatch.errors import TemplateError
from dispatch.model import Article, FeedSettings, Image, Links, Settings
from dispatch.publish import channel
from dispatch.text import languages
from dispatch.web.look import Look

FORMATS = (
    ("rss", "RSS", "application/rss+xml"),
    ("atom", "Atom", "application/atom+xml"),
    ("json", "JSON Feed", "application/feed+json"),
)
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
BRIEF = "public, max-age=60"

_compiled = Compiled()


class Pages:
    """Renders the pages of one publication."""

    def __init__(self, folders: Sequence[Path], settings: Settings) -> None:
        self.settings = settings
        self.look = Look(folders, settings.site)
        self.links = Links(urlsplit(settings.site.url).path.rstrip("/"))
        self.absolute = Links(settings.site.url)
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=_compiled,
        )
        self._environment.globals.update(self._names())

    def render(
        self,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: object,
    ) -> HTMLResponse:
        """Return `template` filled with `context` as an answer.

        Raises TemplateError, naming the template and what it lacks.
        """
        try:
            html = self._environment.get_template(f"{template}.html").render(context)
        except jinja2.TemplateError as error:
            raise TemplateError(_explain(template, error)) from error
        return HTMLResponse(html, status, {"Cache-Control": BRIEF, **(headers or {})})

    def check(self) -> tuple[str, ...]:
        """Return what is wrong with the templates' syntax, a sentence each."""
        wrong = []
        for name in self._environment.list_templates(extensions=("html",)):
            try:
                self._environment.get_template(name)
            except jinja2.TemplateError as error:
                wrong.append(_explain(name.removesuffix(".html"), error))
        return tuple(wrong)

    def message(
        self, title: str, *sentences: str, status: int = 200, **more: object
    ) -> HTMLResponse:
        """Return a page that says something short; never cached."""
        headers = {"Cache-Control": "no-store"}
        given = more.pop("headers", None)
        if isinstance(given, Mapping):
            headers |= given
        return self.render(
            "message",
            status=status,
            headers=headers,
            title=title,
            sentences=sentences,
            actions=more.pop("actions", ()),
        )

    def picture(self, image: Image | None) -> str:
        """Return the path of a picture of ours; empty for one that is elsewhere."""
        return self.links.image(image) if image is not None and image.media else ""

    def day(self, moment: datetime, timezone: str = "") -> str:
        """Return the date of `moment` in words, in English; in digits elsewhere."""
        local = moment.astimezone(ZoneInfo(timezone or self.settings.site.timezone))
        if not self.settings.site.language.lower().startswith("en"):
            return local.date().isoformat()
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}"

    def feed_title(self, feed: FeedSettings) -> str:
        """Return what a feed is called on pages."""
        return channel.title(feed, self.settings.site)

    def followed(self, own: tuple[str, str] | None) -> list[tuple[str, str]]:
        """Return title and name of the feeds a page names to programs; its own first.

        Readers' programs offer them in this order, and tell them by their titles.
        """
        feeds = [(self.feed_title(one), one.name) for one in self.settings.feed]
        return [own, *(one for one in feeds if one[1] != own[1])] if own else feeds

    def newsletter_title(self, name: str) -> str:
        """Return what a newsletter is called; its name when it was removed."""
        known = (n for n in self.settings.newsletter if n.name == name)
        return next((n.title for n in known if n.title), name)

    def zone_of(self, newsletter: str) -> str:
        """Return the time zone that a newsletter's days are counted in."""
        zones = {n.name: n.timezone for n in self.settings.newsletter}
        return zones.get(newsletter) or self.settings.site.timezone

    def _article(self, article: Article) -> str:
        return article.content.url or self.links.article_page(article.id)

    def _names(self) -> dict[str, object]:
        settings = self.settings
        root = self.links.site_url
        return {
            "site": settings.site,
            "links": self.links,
            "absolute": self.absolute,
            "feeds": settings.feed,
            "newsletters": settings.newsletter,
            "formats": FORMATS,
            "stylesheet": f"{root}/static/site.css?v={self.look.version}",
            "mark": f"{root}/static/mark.svg?v={self.look.version}",
            "address_of": self._article,
            "picture": self.picture,
            "day": self.day,
            "direction": languages.direction,
            "feed_title": self.feed_title,
            "followed": self.followed,
            "newsletter_title": self.newsletter_title,
            "zone_of": self.zone_of,
            "language_name": languages.own_name,
        }


def _explain(template: str, error: jinja2.TemplateError) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        return f"templates/web/{error.name} is missing."
    line = (
        f", line {error.lineno}"
        if isinstance(error, jinja2.TemplateSyntaxError)
        else ""
    )
    return f"templates/web/{template}.html{line}: {error.message}."
