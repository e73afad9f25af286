"""Calibration: what a channel shows against what is true, as a curve through measured points."""

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

MAX_POINTS = 20
LEAST_POINTS = 2

Pair = tuple[float, float]  # shown, true


@dataclass(frozen=True, slots=True)
class Curve:
    """Straight lines between the points; beyond the ends the outermost lines go on."""

    shown: tuple[float, ...]
    true: tuple[float, ...]

    def apply(self, value: float) -> float:
        """The true value where `value` is shown."""
        return _follow(self.shown, self.true, value)

    def invert(self, value: float) -> float:
        """What is shown where `value` is true."""
        if self.true[0] > self.true[-1]:
            return _follow(self.true[::-1], self.shown[::-1], value)
        return _follow(self.true, self.shown, value)


def make_curve(points: Sequence[Sequence[float]]) -> Curve | None:
    """The curve through these points of (shown, true); None without any: as scaled.

    InvalidError says which points do not fit together.
    """
    if not points:
        return None
    if not LEAST_POINTS <= len(points) <= MAX_POINTS:
        raise InvalidError(
            text(
                "A calibration has {least} to {most} points, not {count}.",
                least=LEAST_POINTS, most=MAX_POINTS, count=len(points),
            ),
            field="points",
        )  # fmt: skip
    if any(len(point) != 2 or not all(map(math.isfinite, point)) for point in points):  # noqa: PLR2004 a pair
        raise InvalidError(text("Each point needs two finite numbers."), field="points")
    pairs = sorted((float(shown), float(true)) for shown, true in points)
    rising = pairs[-1][1] > pairs[0][1]
    for (shown, true), (next_shown, next_true) in pairwise(pairs):
        if shown == next_shown:
            twice = text("Two points show {shown:g}. Keep one of them.", shown=shown)
            raise InvalidError(twice, field="points")
        if (next_true > true) is not rising or next_true == true:
            words = text(
                "The true values must only rise, or only fall: look at {shown:g} and {next:g}.",
                shown=shown,
                next=next_shown,
            )
            raise InvalidError(words, field="points")
    return Curve(tuple(shown for shown, _ in pairs), tuple(true for _, true in pairs))


def curve_of(points_json: str) -> Curve | None:
    """The curve of stored points, which were checked when they were stored."""
    return make_curve(json.loads(points_json))


def _follow(along: Sequence[float], across: Sequence[float], value: float) -> float:
    at = min(max(bisect_right(along, value), 1), len(along) - 1)
    left, right = along[at - 1], along[at]
    share = (value - left) / (right - left)
    return across[at - 1] + share * (across[at] - across[at - 1])
