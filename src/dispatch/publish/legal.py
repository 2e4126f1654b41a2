"""What a feed may contain: characters of XML 1.0, addresses in plain ASCII.

One control character in one story would make a whole document ill-formed, and
every reader would stop there. So each story's HTML and addresses pass through here,
and its plain texts through `text.plain`, item by item.
"""

import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

from dispatch.text import plain

# All but XML 1.0 section 2.2's Char, less what it asks authors to avoid (C1 controls
# and noncharacters). Said by what is allowed: plain text then passes fast.
_ILLEGAL = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]+"
)
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>")
_PATH = "/%:@!$&'()*+,;=~"
_QUERY = _PATH + "?"
_HOST = re.compile(r"[a-z0-9._~-]+|\[[0-9a-f:.]+\]", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*")


def markup(raw: str) -> str:
    """Return HTML without what XML cannot carry, line ends as line feeds."""
    legal = _ILLEGAL.sub("", raw)
    return legal.replace("\r\n", "\n").replace("\r", "\n")


def line(raw: str) -> str:
    """Return a title: one line of plain text without tags, which readers would obey."""
    return plain.squash(_TAG.sub("", raw))


def language(raw: str) -> str:
    """Return `raw` if it looks like a language tag (BCP 47), else nothing."""
    return raw if _LANGUAGE.fullmatch(raw) else ""


def address(raw: str) -> str:
    """Return `raw` as an absolute http(s) address in ASCII, or nothing.

    Readers do not agree on anything else: spaces and letters beyond ASCII are
    percent-encoded, a host is written in its ASCII form.
    """
    try:
        parts = urlsplit(plain.squash(raw))
        host = _netloc(parts.netloc, parts.hostname or "", parts.port)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    return urlunsplit(
        (
            parts.scheme,
            host,
            quote(parts.path, safe=_PATH),
            quote(parts.query, safe=_QUERY),
            quote(parts.fragment, safe=_QUERY),
        )
    )


def _netloc(netloc: str, host: str, port: int | None) -> str:
    """Return host and port in ASCII; user names have no place in a feed."""
    if netloc.isascii() and _HOST.fullmatch(netloc):
        return netloc
    name = unicodedata.normalize("NFC", host)
    ascii_name = f"[{host}]" if ":" in host else name.encode("idna").decode("ascii")
    if not _HOST.fullmatch(ascii_name):
        return ""
    return ascii_name if port is None else f"{ascii_name}:{port}"
