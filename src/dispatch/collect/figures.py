"""Pictures inside a story's text that lie in the folder, or in the document itself.

While a story is read they are addresses below a host that cannot exist, so that the
sanitiser judges them like any other. `put` then names the stored picture by its
hash, or takes the picture out; `model.links.Links.body` makes real addresses of it.
"""

import posixpath
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from dispatch.model import EXTENSIONS, MEDIA_HOST, Media

MOST = 20  # pictures of one story
LINK = re.compile(rf' href="{re.escape(MEDIA_HOST)}[^"]*"')
IMAGE = re.compile(rf'<img\b[^>]*?\bsrc="(?P<src>{re.escape(MEDIA_HOST)}[^"]*)"[^>]*>')


def base(place: str) -> str:
    """Return what relative addresses in the file at `place` are relative to."""
    folder = posixpath.dirname(place)
    return MEDIA_HOST + (f"{quote(folder)}/" if folder else "")


def without_links(html: str) -> str:
    """Return sanitised HTML without links to files of the folder: nobody has them."""
    return LINK.sub("", html)


def places(html: str) -> tuple[str, ...]:
    """Return the places in the folder that sanitised HTML shows, each once."""
    return tuple(dict.fromkeys(_place(found["src"]) for found in IMAGE.finditer(html)))


def put(html: str, stored: Mapping[str, Media]) -> str:
    """Return the HTML with every picture that is stored, and none that is not."""

    def shown(found: re.Match[str]) -> str:
        media = stored.get(_place(found["src"]))
        if media is None:
            return ""
        extension = EXTENSIONS.get(media.media_type, "bin")
        return found[0].replace(
            found["src"], f"{MEDIA_HOST}{media.sha256}.{extension}", 1
        )

    return re.sub(r"<p>\s*</p>\n?", "", IMAGE.sub(shown, html)).strip()


def _place(address: str) -> str:
    return unquote(urlsplit(address).path).lstrip("/")
