"""The plot of a calibration: by how much the true value differs from the shown one."""

import json
from dataclasses import dataclass

from webmacs_edge.web.wording import short_number

WIDTH, HEIGHT, MARGIN = 420.0, 150.0, 34.0


@dataclass(frozen=True, slots=True)
class Deviation:
    """A polyline in a box of WIDTH × HEIGHT."""

    line: str
    dots: tuple[tuple[str, str], ...]
    zero_y: str
    low: str  # words of the ends of both axes
    high: str
    least: str
    most: str


def deviation_of(points_json: str) -> Deviation | None:
    """The plot of stored points; None without any."""
    points: list[list[float]] = json.loads(points_json)
    if not points:
        return None
    shown = [point[0] for point in points]
    differences = [true - at for at, true in points]
    least, most = min(*differences, 0.0), max(*differences, 0.0)
    spread = (most - least) or 1.0
    span = shown[-1] - shown[0]

    def x(at: float) -> float:
        return MARGIN + (at - shown[0]) / span * (WIDTH - 2 * MARGIN)

    def y(difference: float) -> float:
        return HEIGHT - MARGIN - (difference - least) / spread * (HEIGHT - 2 * MARGIN)

    dots = tuple((f"{x(a):.1f}", f"{y(d):.1f}") for a, d in zip(shown, differences, strict=True))
    return Deviation(
        line="M" + "L".join(f"{left} {top}" for left, top in dots),
        dots=dots,
        zero_y=f"{y(0.0):.1f}",
        low=short_number(shown[0]),
        high=short_number(shown[-1]),
        least=short_number(round(least, 6)),
        most=short_number(round(most, 6)),
    )
