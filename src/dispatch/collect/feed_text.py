"""A feed's bytes as text that a parser may be trusted with.

The encoding is decided here, from a list, and the document type is looked at here:
a parser that is handed an encoding of the sender's choice can be shown another text
than the one that was checked.
"""

import codecs
import re
from html import unescape
from html.entities import html5

from dispatch.errors import SourceError

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
UNMARKED = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
# Encodings in which every ASCII byte is that ASCII character.
PLAIN = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-?\d+|latin-?\d|windows-125\d|cp125\d|koi8-[ru]"
    r"|gb2312|gbk|gb18030|big5(?:-hkscs)?|shift[_-]jis|cp932|euc-(?:jp|kr)|tis-620"
    r"|windows-874|windows-31j|x-sjis|mac(?:intosh|-?roman)"
)
# What browsers take a label for (the WHATWG's table): pages are written for them.
MEANT = {
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "us-ascii"), "windows-1252"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("windows-31j", "x-sjis", "shift_jis", "shift-jis"), "cp932"),
    "euc-kr": "cp949",
    "iso-8859-9": "windows-1254",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "macintosh": "mac-roman",
}
IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
IN_XML = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)")
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
BEFORE_DOCTYPE = re.compile(r"(?:\s+|<\?[^>]*\?>|<!--(?:[^-]|-(?!->))*-->)*")
PROLOG = re.compile(
    BEFORE_DOCTYPE.pattern[:-2] + r"|<!DOCTYPE[^>\[]*>)*", re.IGNORECASE
)
LONGEST_PROLOG = 200_000  # characters
DOCTYPE = re.compile(r"<!DOCTYPE([^>\[]*)(\[)?", re.IGNORECASE)
SUBSET = re.compile(r"\](\s*>)")
ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ROOT = re.compile(r"<([\w:.-]{1,80})")
# An ampersand that XML does not know: outside CDATA it would spoil the document.
UNKNOWN = re.compile(
    r"(?P<kept><!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z))"
    r"|&(?!(?:amp|lt|gt|quot|apos);)(?P<name>#\d{1,8};|#[xX][\da-fA-F]{1,6};|\w{1,40};)?",
    re.DOTALL,
)


def read(body: bytes, content_type: str) -> str:
    """Return the text of a feed: no byte order mark, no XML declaration, no DTD.

    Bytes that are not what the encoding says are read as Windows-1252, one by one.
    Raises SourceError for a document that brings its own entities.
    """
    text = decode(body, content_type)
    text = ILLEGAL.sub("", text).removeprefix("\ufeff").lstrip()
    return DECLARATION.sub("", _without_doctype(text), count=1)


def mend(text: str) -> str:
    """Return XML with what is no XML entity spelled out.

    HTML's names (&nbsp; &ldquo;) become their characters, references to control
    characters what browsers take them for, a bare ampersand `&amp;`.
    """
    return UNKNOWN.sub(_mended, text)


def root(text: str) -> str:
    """Return the name of the first element, in lower case, or nothing."""
    prolog = PROLOG.match(text, 0, LONGEST_PROLOG)
    found = ROOT.match(text, prolog.end() if prolog else 0)
    return found[1].lower() if found else ""


def looks_like_html(text: str) -> bool:
    """Whether a page came back instead of a feed."""
    return root(text) in {"html", "head", "body"} or bool(
        re.match(r"\s*<!doctype\s+html", text[:2000], re.IGNORECASE)
    )


def decode(body: bytes, content_type: str) -> str:
    """Return a document's text, in the encoding that it or its server names."""
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for start, encoding in UNMARKED:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    for name in _declared(body, content_type):
        try:
            return body.decode(name)
        except (ValueError, LookupError):
            continue
    return body.decode("utf-8", "dispatch.as_cp1252")


def _without_doctype(text: str) -> str:
    """Take the document type away. Raises SourceError for one that has entities."""
    before = BEFORE_DOCTYPE.match(text, 0, LONGEST_PROLOG)
    start = before.end() if before else 0
    doctype = DOCTYPE.match(text, start)
    if doctype is None or re.match(r"\s+html\b", doctype[1], re.IGNORECASE):
        return text
    end = doctype.end()
    if doctype[2]:
        if ENTITY.search(text, end):
            raise SourceError(
                "The document declares entities of its own, which feeds never need "
                "and attacks do. It was not read."
            )
        closed = SUBSET.search(text, end)
        end = closed.start(1) if closed else end
    close = text.find(">", end)
    return text[:start] + text[close + 1 :] if close >= 0 else text


def _mended(found: re.Match[str]) -> str:
    if found["kept"]:
        return found["kept"]
    name = found["name"]
    if not name:
        return "&amp;"
    text = unescape("&" + name) if name.startswith("#") else html5.get(name)
    if text is None:
        return "&amp;" + name
    return "".join(f"&#{ord(one)};" for one in ILLEGAL.sub("", text))


def _declared(body: bytes, content_type: str) -> list[str]:
    """Return the encodings to try, the likeliest first.

    The document's own word is tried before the header's: whoever wrote it knows,
    and the server's default often is another.
    """
    in_xml = IN_XML.search(body[:1000])
    in_header = IN_HEADER.search(content_type)
    names = [
        "utf-8",
        in_xml[1].decode("ascii").lower() if in_xml else "",
        in_header[1].lower() if in_header else "",
    ]
    return [MEANT.get(name, name) for name in names if PLAIN.fullmatch(name)]


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as the Windows-1252 they must be."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("dispatch.as_cp1252", _as_cp1252)
