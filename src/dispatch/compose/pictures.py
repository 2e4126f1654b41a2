"""A picture that travels inside each mail: the logo, where it is a local file.

Touches the world: it reads that one file.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

MOST = 200_000  # bytes; it goes into every single mail
KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes that every mail program can show, and the name that `cid:` calls them."""

    media_type: str
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """The same for the same bytes."""
        return f"logo.{hashlib.sha256(self.data).hexdigest()[:16]}@dispatch"

    @property
    def url(self) -> str:
        """What a page writes into `src`."""
        return f"cid:{self.name}"


def load(file: Path) -> Picture:
    """Read a picture. Raises ValueError with a sentence for what will not do."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST + 1)
    except OSError as error:
        raise ValueError(f"{file} cannot be read ({error.strerror}).") from error
    if len(data) > MOST:
        raise ValueError(
            f"{file} is larger than {MOST // 1000} kB, and would be in every mail."
        )
    for start, media_type in KINDS:
        if data.startswith(start):
            return Picture(media_type, data)
    raise ValueError(f"{file} is no PNG, JPEG or GIF, which all mail programs show.")
