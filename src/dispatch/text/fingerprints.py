"""Comparable forms of texts: the words alone, and the hash of what readers see."""

import hashlib
import html as entities
import json
import re
import unicodedata
from dataclasses import fields

from dispatch.model import Content, Image
from dispatch.text import urls

TAG = re.compile(r"<[^>]*>")
WORD = re.compile(r"\w+")
ORIGIN = {"origin_title", "origin_url", "origin_feed"}
SEEN = {one.name for one in fields(Content)} - ORIGIN
ADDRESS = re.compile(r"""(?<=\s)((?:href|src)=")([^"]*)(")""")


def words(html: str) -> list[str]:
    """Return the words of a text or of HTML, comparable: no marks, no case."""
    text = entities.unescape(TAG.sub(" ", html))
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def fingerprint(html: str) -> str:
    """Return a hash of the words alone: markup, quotes and spaces do not matter."""
    text = "".join(words(html))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_hash(content: Content) -> str:
    """Return a hash of what readers see, without what changes by itself.

    Left out: tracking parameters, runs of white space, the size of pictures and
    enclosures, the scheme of the address, the title of the feed.
    """
    seen = {name: getattr(content, name) for name in SEEN}
    seen["html"] = _steady(content.html)
    seen["url"] = urls.canonical(content.url) or content.url
    seen["image"] = _picture(content.image)
    seen["enclosures"] = [urls.strip_tracking(one.url) for one in content.enclosures]
    line = json.dumps(seen, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(line.encode()).hexdigest()


def _steady(html: str) -> str:
    """Return `html` with its white space squashed and its addresses cleaned."""
    return ADDRESS.sub(_clean_address, " ".join(html.split()))


def _clean_address(found: re.Match[str]) -> str:
    url = urls.strip_tracking(entities.unescape(found[2]))
    return found[1] + url.replace('"', "&quot;") + found[3]


def _picture(image: Image | None) -> list[str] | None:
    """Return what of a picture is not measured but shown."""
    if image is None:
        return None
    url = urls.strip_tracking(image.url)
    return [url, image.media, image.alt, image.caption, image.credit]
