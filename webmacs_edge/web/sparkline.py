"""The little line behind a value: its last two minutes as the path of an SVG of 390 by 100."""

from collections.abc import Sequence

from webmacs_edge.live.hub import SPARK_POINTS

_STEP, _HEIGHT, _PAD = 10, 100, 8
_LEAST_SPAN = 0.02  # of the channel's range: noise stays small
_LEAST_POINTS = 2


def sparkline(
    trail: Sequence[float | None], *, span: float, limits: Sequence[float | None]
) -> tuple[str, str]:
    """The path, gaps left open, and the height of the first limit in sight; "" for none.

    `span` is the width of the channel's range, 0 when it has none that matters.
    """
    known = [value for value in trail if value is not None]
    if len(known) < _LEAST_POINTS:
        return "", ""
    middle = (max(known) + min(known)) / 2
    half = max(max(known) - min(known), span * _LEAST_SPAN) / 2 or 1.0

    def y(value: float) -> int:
        return round(_HEIGHT / 2 - (value - middle) / half * (_HEIGHT / 2 - _PAD))

    path, pen_down = [], False
    for slot, value in enumerate(trail, start=SPARK_POINTS - len(trail)):
        if value is not None:
            path.append(f"{'L' if pen_down else 'M'}{slot * _STEP} {y(value)}")
        pen_down = value is not None
    heights = [y(limit) for limit in limits if limit is not None]
    return "".join(path), next((str(at) for at in heights if 0 <= at <= _HEIGHT), "")
