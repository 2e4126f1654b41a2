"""Word documents: bytes in, HTML and the pictures inside them out.

The only file that knows mammoth. Nothing is fetched: what a document links to from
outside stays outside. What editors deleted with changes tracked, what they hid and
what they said in comments does not come out.

A .docx is a zip archive of XML by a stranger. Before any of it is parsed its parts
are counted and measured, and one that declares a document type is refused.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import mammoth

from dispatch.text import plain

MOST_PARTS = 2_000
LARGEST_PART = 30_000_000  # bytes, unpacked
LARGEST_WHOLE = 80_000_000
LARGEST_XML = 10_000_000  # bytes of all XML: a thick book
MOST_TAGS = 400_000  # each costs a kilobyte while it is read
OLD_FORMAT = b"\xd0\xcf\x11\xe0"
MAIN = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT_MAIN = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
CORE = "docProps/core.xml"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
TERMS = "{http://purl.org/dc/terms/}"
STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Headline'] => h1:fresh
p[style-name='Heading 1'] => h2:fresh
p[style-name='heading 1'] => h2:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Caption'] => p:fresh
p[style-name='caption'] => p:fresh
strike => del
"""
EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif"}


class UnreadableError(ValueError):
    """A document cannot be read: a phrase that says why and what would help."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document's text as HTML, still to be sanitised.

    `pictures` are the bytes that the `src` of its pictures name; what its file says
    of itself (`title`, `author`, `changed`) is nobody's considered word.
    """

    html: str
    pictures: dict[str, bytes] = field(default_factory=dict)
    title: str = ""
    author: str = ""
    changed: str = ""  # ISO 8601


def read(data: bytes) -> Document:
    """Read a .docx. Raises UnreadableError for anything else."""
    if data.startswith(OLD_FORMAT):
        raise UnreadableError(
            "is protected by a password or in Word's old format; save it as .docx, "
            "without a password"
        )
    try:
        parts = _parts(data)
        html, pictures = _convert(parts)
    except UnreadableError:
        raise
    except RecursionError:
        raise UnreadableError("is nested too deeply; save it anew") from None
    except Exception as error:  # mammoth says in many ways that a document is none
        raise UnreadableError(
            "is no Word document, or a damaged one; open it in Word and save it anew"
        ) from error
    return Document(html, pictures, *_properties(parts.get(CORE, b"")))


def _parts(data: bytes) -> dict[str, bytes]:
    """Unpack the archive, having looked at its directory first."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = archive.infolist()
        if any(one.flag_bits & 1 for one in inside):
            raise UnreadableError("is protected by a password; save it without one")
        largest = max((one.file_size for one in inside), default=0)
        whole = sum(one.file_size for one in inside)
        if len(inside) > MOST_PARTS or largest > LARGEST_PART or whole > LARGEST_WHOLE:
            raise UnreadableError(
                "unpacks to far more than a story; make its pictures smaller, or "
                "save it as text"
            )
        parts = {one.filename: archive.read(one) for one in inside}
    _check_xml([part for part in parts.values() if _may_be_xml(part)])
    return parts


def _may_be_xml(part: bytes) -> bool:
    """Whether an XML parser would go beyond the first bytes."""
    return part.lstrip()[:1] in {b"<", b"\xef", b"\xfe", b"\x00"} or part.startswith(
        b"\xff\xfe"
    )


def _check_xml(parts: list[bytes]) -> None:
    if any(b"\x00" in part or b"<!DOCTYPE" in part for part in parts):
        raise UnreadableError("holds XML that Word does not write; save it anew")
    if (
        sum(map(len, parts)) > LARGEST_XML
        or sum(part.count(b"<") for part in parts) > MOST_TAGS
    ):
        raise UnreadableError("is far longer than a story. Is it something else?")


def _convert(parts: dict[str, bytes]) -> tuple[str, dict[str, bytes]]:
    pictures: dict[str, bytes] = {}

    def keep(image: Any) -> dict[str, str]:
        with image.open() as opened:
            data = opened.read()
        extension = EXTENSIONS.get(image.content_type, ".img")
        name = f"word-picture-{len(pictures) + 1}{extension}"
        pictures[name] = data
        return {"src": name}

    made = mammoth.convert_to_html(
        io.BytesIO(_archive(parts)),
        style_map=STYLES,
        include_embedded_style_map=False,
        convert_image=mammoth.images.img_element(keep),
        id_prefix="word-",
    )
    return str(made.value), pictures


def _archive(parts: dict[str, bytes]) -> bytes:
    """Pack the parts again, without hidden text and the remarks of editors."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            hides = b":vanish" in part and _may_be_xml(part)
            archive.writestr(name, _without_hidden(part) if hides else part)
    return packed.getvalue()


def _without_hidden(part: bytes) -> bytes:
    root = ET.fromstring(part)  # noqa: S314 - no document type, checked above
    for space in (MAIN, STRICT_MAIN):
        for parent in list(root.iter()):
            for run in parent.findall(f"{space}r"):
                if _is_hidden(run, space):
                    parent.remove(run)
    return ET.tostring(root)


def _is_hidden(run: ET.Element, space: str) -> bool:
    mark = run.find(f"{space}rPr/{space}vanish")
    return mark is not None and mark.get(f"{space}val", "1") not in {"0", "false"}


def _properties(core: bytes) -> tuple[str, str, str]:
    """Return title, author and the time of the last change, as the file says."""
    try:
        root = ET.fromstring(core)  # noqa: S314 - no document type, checked above
    except ET.ParseError:
        return "", "", ""
    changed = root.findtext(f"{TERMS}modified") or root.findtext(f"{TERMS}created")
    return (
        plain.squash(root.findtext(f"{DUBLIN_CORE}title") or ""),
        plain.squash(root.findtext(f"{DUBLIN_CORE}creator") or ""),
        changed.strip() if changed and re.match(r"\d{4}-\d\d-\d\d", changed) else "",
    )
