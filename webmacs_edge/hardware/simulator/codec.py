"""Points in and out of the bytes of an image."""

from webmacs_edge.hardware.driver import Layout, Point
from webmacs_edge.hardware.entries import IMAGE_LENGTH


def take(image: bytes, point: Point) -> int:
    """The count at the point's place."""
    if point.bit is not None:
        return image[point.address] >> point.bit & 1
    raw = image[point.address : point.address + point.bits // 8]
    return int.from_bytes(raw, "little", signed=point.signed)


def put(image: bytearray, point: Point, count: int) -> None:
    """Write the count to the point's place; too great or small ones stop at the end."""
    if point.bit is not None:
        mask = 1 << point.bit
        rest = image[point.address] & ~mask & 0xFF
        image[point.address] = rest | (mask if count else 0)
        return
    low = -(1 << point.bits - 1) if point.signed else 0
    high = (1 << point.bits - int(point.signed)) - 1
    size = point.bits // 8
    value = min(high, max(low, count))
    image[point.address : point.address + size] = value.to_bytes(
        size, "little", signed=point.signed
    )


def default_image(layout: Layout) -> bytes:
    """The image as the driver fills it at start and after a reset."""
    image = bytearray(IMAGE_LENGTH)
    for point in layout.points:
        put(image, point, point.default)
    return bytes(image)
