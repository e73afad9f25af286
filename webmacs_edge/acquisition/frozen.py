"""When a value that does not move is a sign of a dead signal."""

from collections.abc import Sequence

from webmacs_edge.hardware.driver import Direction, Point

CURRENT_LOOP_S = 600.0  # a living 4–20 mA signal moves by a count in ten minutes
_ROUNDS = 3  # of the converter; a value may look frozen for less


def frozen_ns(point: Point | None, asked_s: float | None) -> int:
    """How long a channel on this point may stay the same; 0: for ever.

    `asked_s` is what somebody set for it: 0 never, None as its kind: current loops ten minutes,
    all else, and everything digital, for ever. A converter is given time to convert in any case.
    """
    if point is None or point.direction is not Direction.input:
        return 0
    limit_s = _usual_s(point) if asked_s is None else asked_s
    if limit_s <= 0:
        return 0
    least_s = _ROUNDS / point.rate_hz if point.rate_hz else 0.0
    return int(max(limit_s, least_s) * 1e9)


def _usual_s(point: Point) -> float:
    return CURRENT_LOOP_S if point.bit is None and point.low_valid is not None else 0.0


class Stillness:
    """How long each watched channel has stayed the same."""

    def __init__(self, watched: Sequence[tuple[int, int]]) -> None:
        self._watched = watched
        self._seen: dict[int, tuple[float | None, int]] = {}

    def frozen(self, natives: Sequence[float | None], mono_ns: int) -> list[tuple[int, int]]:
        """Positions that have not moved for too long, with the limit in seconds."""
        found, seen = [], self._seen
        for position, limit_ns in self._watched:
            native, known = natives[position], seen.get(position)
            if known is None or known[0] != native:
                seen[position] = (native, mono_ns)
            elif mono_ns - known[1] > limit_ns:
                found.append((position, limit_ns // 1_000_000_000))
        return found
