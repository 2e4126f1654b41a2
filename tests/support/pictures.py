"""Pictures made of nothing: the smallest files that say a size."""

import struct
import zlib


def png(width, height):
    """A real, grey PNG (its pixels only up to a million)."""

    def chunk(kind, body):
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    rows = (b"\x00" + b"\x80" * width) * (height if width * height < 10**6 else 1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def gif(width, height):
    """A GIF of one colour."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0)
    return head + b"\0" * 6 + frame + b"\x02\x02\x4c\x01\x00" + b";"


def jpeg(width, height):
    """The segments of a JPEG, without a picture in it."""
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\0" * 6 + b"\x80" * 20
    return b"\xff\xd8" + app + frame + scan + b"\xff\xd9"
