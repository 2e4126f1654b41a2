"""What a finished document says, read back from its bytes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a reader finds it."""

    id: str
    title: str
    url: str
    html: str
    published: datetime


@dataclass(frozen=True, slots=True)
class Outline:
    """The fields that every format must have, empty where one is missing."""

    title: str
    home: str
    address: str  # where the document says it lives
    lines: tuple[Line, ...]
    # Ids of tombstones (RFC 6721), where a format has any.
    deleted: tuple[str, ...] = ()
    hubs: tuple[str, ...] = ()
    older: str = ""  # the archive document before this one
