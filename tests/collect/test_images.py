import struct

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import images
from support import pictures


def webp(kind, body):
    inside = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (pictures.png(40, 30), "image/png"),
        (pictures.gif(40, 30), "image/gif"),
        (pictures.jpeg(40, 30), "image/jpeg"),
        (webp(b"VP8X", b"\0\0\0\0" + b"\x27\0\0" + b"\x1d\0\0"), "image/webp"),
        (webp(b"VP8L", b"\x2f" + struct.pack("<I", 39 | 29 << 14)), "image/webp"),
        (webp(b"VP8 ", b"\0" * 6 + struct.pack("<HH", 40, 30)), "image/webp"),
    ],
)
def test_a_picture_says_its_kind_and_size(data, media_type):
    assert images.read(data) == images.Picture(media_type, 40, 30)


@pytest.mark.parametrize(
    "data", [pictures.png(40, 30), pictures.gif(40, 30), pictures.jpeg(40, 30)]
)
def test_a_picture_cut_short_is_noticed(data):
    with pytest.raises(ValueError, match="cut short"):
        images.read(data[: len(data) // 2])


@pytest.mark.parametrize("data", [b"", b"<html>", b"%PDF-1.7", b"\xff\xd8"])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(ValueError, match="no JPEG, PNG, GIF or WebP"):
        images.read(data)


def test_a_picture_of_absurd_size_is_refused():
    with pytest.raises(ValueError, match="pixels"):
        images.read(pictures.png(60_000, 3))


@given(
    st.sampled_from(
        [b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"]
    ),
    st.binary(max_size=200),
)
def test_any_bytes_are_a_picture_or_a_phrase(start, rest):
    try:
        picture = images.read(start + rest)
    except ValueError:
        return
    assert 0 < picture.width <= images.LARGEST_SIDE
