"""Pictures as bytes: what they are and how large, without decoding a pixel.

Reads PNG, JPEG, GIF and WebP headers, and notices files that were cut short. A
name proves nothing: the bytes decide.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

LARGEST_SIDE = 20_000  # pixels; more is an attack on whoever decodes it
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
JPEG_MARKER, JPEG_SCAN, JPEG_END = 0xFF, 0xDA, b"\xff\xd9"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture is."""

    media_type: str
    width: int
    height: int


def read(data: bytes) -> Picture:
    """Return what the picture is; ValueError, as a phrase, for what is no picture."""
    for media_type, is_kind, size in KINDS:
        if is_kind(data):
            return _checked(media_type, size, data)
    raise ValueError("is no JPEG, PNG, GIF or WebP picture")


def _checked(media_type: str, size: "Size", data: bytes) -> Picture:
    try:
        width, height = size(data)
    except (struct.error, IndexError):
        raise ValueError("is cut short; copy it again") from None
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise ValueError(f"says it is {width} by {height} pixels; save it anew")
    return Picture(media_type, width, height)


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or b"IEND" not in data[-64:]:
        raise IndexError
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    if b"\x3b" not in data[-8:]:
        raise IndexError
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walk the segments to the frame header; the end mark must be there too."""
    if JPEG_END not in data[-4096:]:
        raise IndexError
    at = 2
    while True:
        while data[at] == data[at + 1] == JPEG_MARKER:  # fill bytes
            at += 1
        mark = data[at + 1]
        if data[at] != JPEG_MARKER or mark == JPEG_SCAN:
            raise IndexError
        if mark in JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        length = 0 if mark in JPEG_BARE else struct.unpack_from(">H", data, at + 2)[0]
        at += 2 + length


def _webp(data: bytes) -> tuple[int, int]:
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise IndexError
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = struct.unpack_from("<I", data, 21)[0]
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            sides = data[24:27], data[27:30]
            width, height = (int.from_bytes(side, "little") + 1 for side in sides)
            return width, height
        case _:
            raise IndexError


Size = Callable[[bytes], tuple[int, int]]
KINDS: tuple[tuple[str, Callable[[bytes], bool], Size], ...] = (
    ("image/png", lambda data: data.startswith(PNG_SIGNATURE), _png),
    ("image/jpeg", lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    ("image/gif", lambda data: data[:6] in {b"GIF87a", b"GIF89a"}, _gif),
    ("image/webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp),
)
