"""Uploaded pictures are told by their first bytes, and refused when they are too large."""

import pytest

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.pictures import ready_picture
from webmacs_edge.model.pixels import PictureKind


def png(width: int, height: int) -> bytes:
    """The beginning of a PNG; the rest does not matter here."""
    sides = width.to_bytes(4) + height.to_bytes(4)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + sides + b"\x08\x02\x00\x00\x00"


def jpeg(width: int, height: int) -> bytes:
    """The same of a JPEG, with a comment before its size."""
    sides = height.to_bytes(2) + width.to_bytes(2)
    return b"\xff\xd8\xff\xfe\x00\x05abc\xff\xff\xc2\x00\x11\x08" + sides + b"\x03"


def webp(head: bytes, chunk: bytes) -> bytes:
    """The same of a WebP."""
    return b"RIFF\x00\x00\x00\x00WEBP" + head + b"\x00\x00\x00\x00" + chunk


VP8X = webp(b"VP8X", bytes(4) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"))
VP8L = webp(b"VP8L", b"\x2f" + (639 | 479 << 14).to_bytes(4, "little") + bytes(5))
VP8 = webp(
    b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + (640).to_bytes(2, "little") + (480).to_bytes(2, "little")
)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(640, 480), PictureKind.png),
        (jpeg(640, 480), PictureKind.jpeg),
        (VP8X, PictureKind.webp),
        (VP8L, PictureKind.webp),
        (VP8, PictureKind.webp),
        (
            b'\xef\xbb\xbf <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480"/>',
            PictureKind.svg,
        ),
    ],
)
def test_a_picture_is_told_by_its_bytes(content: bytes, kind: PictureKind):
    ready = ready_picture(content)

    assert (ready.kind, ready.width, ready.height) == (kind, 640, 480)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no picture"),
        (b"GIF89a", "no picture"),
        (b"MZ\x90", "no picture"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff\xe0", "damaged"),
        (b"\xff\xd8\xff" + b"\xff" * 100, "damaged"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X", "damaged"),
        (webp(b"ANIM", bytes(10)), "damaged"),
        (png(0, 480), "Make it smaller"),
        (png(9000, 10), "Make it smaller"),
        (jpeg(8000, 8000), "Make it smaller"),
    ],
)
def test_anything_else_is_refused(content: bytes, why: str):
    with pytest.raises(InvalidError, match=why):
        ready_picture(content)
