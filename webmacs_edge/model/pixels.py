"""Pictures of pixels: what kind a file is by its first bytes, and how large it says it is."""

from collections.abc import Callable
from enum import StrEnum

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

MAX_SIDE = 8192  # pixels
MAX_PIXELS = 16_000_000
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SIGN = 0xFF  # before each segment, and any number of times
_VP8L_SIGN = 0x2F
_JPEG_BARE = frozenset(range(0xD0, 0xD9)) | {0x01}  # segments without a length


class PictureKind(StrEnum):
    """What a picture is, as told by its first bytes."""

    svg = "svg"
    png = "png"
    jpeg = "jpeg"
    webp = "webp"

    @property
    def content_type(self) -> str:
        """As it is sent."""
        return "image/svg+xml" if self is PictureKind.svg else f"image/{self.value}"


def raster_kind(content: bytes) -> PictureKind | None:
    """What it is; None when it is no picture of pixels."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureKind.png
    if content.startswith(b"\xff\xd8\xff"):
        return PictureKind.jpeg
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return PictureKind.webp
    return None


def size_of(kind: PictureKind | None, content: bytes) -> tuple[int, int]:
    """Width and height; InvalidError when it is damaged, or too large for a browser to unpack."""
    try:
        width, height = _SIZES[kind](content)
    except (LookupError, ValueError) as error:
        raise InvalidError(
            text("The file begins like a picture, but is damaged."), field="file"
        ) from error
    if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS:
        return width, height
    raise InvalidError(
        text(
            "The picture has {width} × {height} pixels. Make it smaller: {side} a side and "
            "{most} million in all are the limit.",
            width=width, height=height, side=MAX_SIDE, most=MAX_PIXELS // 1_000_000,
        ),
        field="file",
    )  # fmt: skip


def _png_size(content: bytes) -> tuple[int, int]:
    if content[12:16] != b"IHDR" or len(content) < len("........IHDR....12345678"):
        raise ValueError
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _jpeg_size(content: bytes) -> tuple[int, int]:
    place = 2
    while True:
        if content[place] != _JPEG_SIGN:
            raise ValueError
        marker = content[place + 1]
        if marker in _JPEG_BARE or marker == _JPEG_SIGN:
            place += 1 if marker == _JPEG_SIGN else 2
            continue
        if marker in _JPEG_SIZES:
            found = content[place + 5 : place + 9]
            if len(found) < 4:  # noqa: PLR2004 two numbers of two bytes
                raise ValueError
            return int.from_bytes(found[2:]), int.from_bytes(found[:2])
        place += 2 + max(2, int.from_bytes(content[place + 2 : place + 4]))


def _webp_size(content: bytes) -> tuple[int, int]:
    head, chunk = content[12:16], content[20:30]
    if len(chunk) < len("1234567890"):
        raise ValueError
    if head == b"VP8X":
        return int.from_bytes(chunk[4:7], "little") + 1, int.from_bytes(chunk[7:10], "little") + 1
    if head == b"VP8L" and chunk[0] == _VP8L_SIGN:
        bits = int.from_bytes(chunk[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head == b"VP8 " and chunk[3:6] == b"\x9d\x01\x2a":
        sides = int.from_bytes(chunk[6:8], "little"), int.from_bytes(chunk[8:10], "little")
        return sides[0] & 0x3FFF, sides[1] & 0x3FFF
    raise ValueError


_SIZES: dict[PictureKind | None, Callable[[bytes], tuple[int, int]]] = {
    PictureKind.png: _png_size,
    PictureKind.jpeg: _jpeg_size,
    PictureKind.webp: _webp_size,
}
