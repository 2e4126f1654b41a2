"""Keep a story's own pictures and turn those from elsewhere into links.

A page of ours loads nothing from other hosts: they would learn who reads what.
"""

from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from dispatch.model import Links

MEDIA = "/media/"


def own_only(html: str, site: Links) -> str:
    """Return sanitised `html` with no picture but those under /media/ of `site`.

    A picture from elsewhere becomes a link to it, named by its alternative text.
    """
    keeper = _Keeper(site)
    keeper.feed(html)
    keeper.close()
    return "".join(keeper.parts)


class _Keeper(HTMLParser):
    """Copies HTML as it stands, but for pictures."""

    def __init__(self, site: Links) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self._root = urlsplit(site.site_url).path
        self._own = (f"{site.site_url}{MEDIA}", f"{self._root}{MEDIA}")
        self._links = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.parts.append(self._picture(dict(attrs)))
            return
        self._links += tag == "a"
        self.parts.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._links -= tag == "a"

    def handle_endtag(self, tag: str) -> None:
        self._links = max(0, self._links - (tag == "a"))
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def _picture(self, attributes: dict[str, str | None]) -> str:
        source = attributes.get("src") or ""
        words = attributes.get("alt") or ""
        alt = escape(words)
        if source.startswith(self._own):
            path = f"{self._root}{MEDIA}{source.rpartition('/')[2]}"
            return f'<img src="{escape(path)}" alt="{alt}" loading="lazy">'
        if self._links or not source:
            return alt
        label = f"Picture: {alt}" if words else "Picture"
        return f'<a class="picture" href="{escape(source)}">{label}</a>'
