"""The last resort: one item that no parser wants, read field by field.

What comes out may be less than the item says, never something that it does not say.
"""

import re
from html import unescape

from dispatch.collect.entries import Entry
from dispatch.text import html as markup

START = (
    r"<(?:(?!media:|itunes:)[\w-]{{1,40}}:)?(?:{names})(?:\s[^<>]{{0,2000}})?(?<!/)>"
)
LINE = START + r"(?P<value>(?:<!\[CDATA\[.*?(?:\]\]>|\Z)|[^<])*)"
TEXT = START + r"(?P<value>.*?)(?:</(?:[\w-]{{1,40}}:)?(?:{names})\s*>|\Z)"
CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
HREF = re.compile(
    r"<(?:[\w-]{1,40}:)?link\b[^<>]*?\shref\s*=\s*[\"']([^\"'<>]{1,2000})"
)
MARKED_UP = re.compile(r"<[a-zA-Z!/]")


def _field(pattern: str, names: str) -> re.Pattern[str]:
    return re.compile(pattern.format(names=names), re.DOTALL | re.IGNORECASE)


# A line ends at the next tag, whatever it is; a text where its element ends.
GUID = _field(LINE, "guid|id")
TITLE = _field(LINE, "title")
LINK = _field(LINE, "link")
FULL = _field(TEXT, "encoded|content")
SUMMARY = _field(TEXT, "description|summary")
PUBLISHED = _field(LINE, "pubdate|published|issued|date")
UPDATED = _field(LINE, "updated|modified")
AUTHOR = _field(LINE, "creator|name|author")


def entry(item: str) -> Entry:
    """Return what can be made out of an item's markup."""
    link = HREF.search(item)
    return Entry(
        guid=_text(GUID, item),
        link=_text(LINK, item) or (unescape(link[1]).strip() if link else ""),
        title=markup.unescape_title(_text(TITLE, item)),
        html=_text(FULL, item),
        summary=_text(SUMMARY, item),
        authors=tuple(filter(None, (markup.unescape_title(_text(AUTHOR, item)),))),
        published=_text(PUBLISHED, item),
        updated=_text(UPDATED, item),
    )


def _text(field: re.Pattern[str], item: str) -> str:
    """Return a field's text: CDATA as it is, else decoded, unless it holds markup."""
    found = field.search(item)
    if found is None:
        return ""
    value = found["value"].strip()
    if "<![CDATA[" in value:
        return CDATA.sub(lambda section: section[1], value).strip()
    return value if MARKED_UP.search(value) else unescape(value)
