"""Pictures that people upload for dashboards: what kind a file is, how large, whether it is fit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.pixels import PictureKind, raster_kind, size_of
from webmacs_edge.model.svg import clean_svg
from webmacs_edge.model.text import text

MAX_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadyPicture:
    """A picture as it is kept."""

    kind: PictureKind
    content: bytes
    width: float
    height: float
    parts: tuple[str, ...] = ()  # ids of a drawing
    dropped: Mapping[str, int] = field(default_factory=dict)  # what a drawing may not hold


def ready_picture(content: bytes) -> ReadyPicture:
    """What is kept of an uploaded file; InvalidError says why it cannot be taken."""
    kind = _kind_of(content)
    if kind is PictureKind.svg:
        drawing = clean_svg(content)
        return ReadyPicture(
            kind, drawing.content.encode(), drawing.width, drawing.height, drawing.parts,
            drawing.dropped,
        )  # fmt: skip
    width, height = size_of(kind, content)
    return ReadyPicture(kind, content, width, height)


def _kind_of(content: bytes) -> PictureKind:
    kind = raster_kind(content)
    if kind is not None:
        return kind
    start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
        return PictureKind.svg
    raise InvalidError(
        text("This is no picture that a dashboard can show. Choose an SVG, PNG, JPEG or WebP."),
        field="file",
    )
