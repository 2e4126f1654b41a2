"""A feed's bytes as text that a parser may be trusted with.

The encoding is decided here, from a list, and the document type is looked at here:
a parser that is handed an encoding of the sender's choice can be shown another text
than the one that was checked.
"""

import codecs
import re

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
)
IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
IN_XML = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)")
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
PROLOG = re.compile(r"(?:\s|<\?[^>]*\?>|<!--.*?-->)*", re.DOTALL)
DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(\[)?", re.IGNORECASE)
ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read(body: bytes, content_type: str) -> str:
    """Return the text of a feed: no byte order mark, no XML declaration.

    Bytes that are not what the encoding says are read as Windows-1252, one by one.
    Raises SourceError for a document that brings its own entities.
    """
    text = _decode(body, content_type)
    text = ILLEGAL.sub("", text).removeprefix("\ufeff").lstrip()
    doctype = DOCTYPE.match(text, PROLOG.match(text).end())  # type: ignore[union-attr] # it matches nothing, too
    if doctype and doctype[1] and ENTITY.search(text, doctype.end()):
        raise SourceError(
            "The document declares entities of its own, which feeds never need and "
            "attacks do. It was not read."
        )
    return DECLARATION.sub("", text)


def looks_like_html(text: str) -> bool:
    """Whether a page came back instead of a feed."""
    start = text[:2000].lower()
    return "<!doctype html" in start or "<html" in start


def _decode(body: bytes, content_type: str) -> str:
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
    return [name for name in names if PLAIN.fullmatch(name)]


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as the Windows-1252 they must be."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("dispatch.as_cp1252", _as_cp1252)
