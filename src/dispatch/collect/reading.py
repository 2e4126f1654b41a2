"""One file of the drop folder read whole: bounded, unchanged meanwhile, decoded.

Touches the disk. A file that is not what was listed is left for a later visit.
"""

import hashlib
import os

from dispatch.collect import encoding, front_matter, images, manifest, word
from dispatch.collect.assemble import Attachment
from dispatch.collect.front_matter import FrontMatter
from dispatch.collect.listing import Entry
from dispatch.model import Media

SIDECARS = {".yml": "yaml", ".yaml": "yaml", ".toml": "toml", ".json": "json"}
LARGEST_STORY = 5_000_000
LARGEST_DOCUMENT = 50_000_000  # a Word document with its pictures
LARGEST_SIDECAR = 100_000
LARGEST_PICTURE = 10_000_000


class SetAsideError(ValueError):
    """A file cannot be used: the sentence says why and what would help."""


class LockedError(SetAsideError):
    """A file cannot be opened now; that may change though nobody writes to it."""


class MovingError(Exception):
    """A file changed while it was read; a later visit will find it still."""


def text(entry: Entry) -> encoding.Decoded:
    """Read and decode a story."""
    if entry.size > LARGEST_STORY:
        raise SetAsideError(
            f"is {entry.size / 1e6:.0f} MB large; a story has at most "
            f"{LARGEST_STORY // 1_000_000} MB. Is it something else?"
        )
    data = _read(entry, LARGEST_STORY)
    if not data.strip():
        raise SetAsideError("is empty. Write the story into it, or remove it")
    decoded = encoding.decode(data)
    if decoded is None:
        raise SetAsideError(
            "is not text, whatever its name says; save it as UTF-8 text"
        )
    return decoded


def document(entry: Entry) -> word.Document:
    """Read a Word document."""
    if entry.size > LARGEST_DOCUMENT:
        limit = LARGEST_DOCUMENT // 1_000_000
        raise SetAsideError(f"is larger than {limit} MB; make its pictures smaller")
    try:
        return word.read(_read(entry, LARGEST_DOCUMENT))
    except word.UnreadableError as error:
        raise SetAsideError(str(error)) from error


def _read(entry: Entry, limit: int) -> bytes:
    """Read a file that must be the one that was listed, before and after."""
    try:
        handle = os.open(entry.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            _same(os.fstat(handle), entry)
            data = file.read(limit + 1)
            _same(os.fstat(handle), entry)
    except FileNotFoundError:
        raise MovingError from None
    except OSError as error:
        raise LockedError(
            f"cannot be read ({error.strerror}); give Dispatch the right to read it"
        ) from error
    if len(data) != entry.size:
        raise MovingError
    return data


def _same(state: os.stat_result, entry: Entry) -> None:
    now = (state.st_size, state.st_mtime_ns, (state.st_dev, state.st_ino))
    if now != (entry.size, entry.mtime_ns, entry.inode):
        raise MovingError


def sidecar(company: list[Entry]) -> FrontMatter | None:
    """Read the side-car file, rule T1; one that is no use keeps the story out."""
    entry = next((one for one in company if one.extension in SIDECARS), None)
    if entry is None:
        return None
    if entry.size > LARGEST_SIDECAR:
        raise SetAsideError(f"has a side-car, {entry.relpath}, that is far too large")
    decoded = encoding.decode(_read(entry, LARGEST_SIDECAR))
    if decoded is None:
        raise SetAsideError(f"has a side-car, {entry.relpath}, that is no text")
    return front_matter.read(decoded.text, SIDECARS[entry.extension])


def table(entry: Entry) -> str:
    """Read a manifest as text."""
    if entry.size > manifest.LARGEST:
        raise SetAsideError("is far too large for a manifest")
    decoded = encoding.decode(_read(entry, manifest.LARGEST))
    if decoded is None:
        raise SetAsideError("is no text; save it as UTF-8")
    return decoded.text


def picture(entry: Entry) -> Attachment:
    """Read a picture; ValueError, as a phrase, for what is none."""
    _check_picture(entry.size)
    return attachment(_read(entry, LARGEST_PICTURE))


def attachment(data: bytes) -> Attachment:
    """Return a picture's bytes with what they are; ValueError for what is none."""
    _check_picture(len(data))
    found = images.read(data)
    digest = hashlib.sha256(data).hexdigest()
    return Attachment(Media(digest, found.media_type, data), found)


def _check_picture(size: int) -> None:
    if size > LARGEST_PICTURE:
        limit = LARGEST_PICTURE // 1_000_000
        raise SetAsideError(f"is larger than {limit} MB; make it smaller")
