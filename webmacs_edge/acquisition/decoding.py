"""Images decoded by one plan, of which only what has changed is read again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from webmacs_edge.acquisition.points import Channel, Plan, Reading


@dataclass(frozen=True, slots=True)
class _Part:
    """The channels of one module, and the bytes that their values and trust depend on."""

    start: int
    end: int
    positions: tuple[int, ...]


class Decoder:
    """Owned by the acquisition thread; a reading that was given out is never changed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._parts = _parts(plan.measured)
        self._image = b""
        self._lost: Collection[int] | None = None
        self._errors = 0
        self._reading: Reading | None = None

    def decode(self, image: bytes, lost: Collection[int] | None) -> Reading:
        """What `Plan.decode` says of this image, the same object while nothing has changed."""
        known, before, errors = self._reading, self._image, self.plan.bus.errors(image)
        if known is None or lost != self._lost or errors != self._errors:
            fresh = self.plan.decode(image, lost)
        else:
            if image == before:
                return known
            changed = [
                part
                for part in self._parts
                if image[part.start : part.end] != before[part.start : part.end]
            ]
            fresh = known
            if changed:
                fresh = known.copy()
                positions = [position for part in changed for position in part.positions]
                self.plan.decode_into(fresh, positions, image=image, lost=lost)
        self._image, self._lost, self._errors, self._reading = image, lost, errors, fresh
        return fresh


def _parts(channels: Sequence[Channel]) -> tuple[_Part, ...]:
    spans: dict[int, tuple[int, int, tuple[int, ...]]] = {}
    for position, channel in enumerate(channels):
        point = channel.point
        if point is None:
            continue
        start, end = point.address, point.address + max(1, (point.bits + 7) // 8)
        if point.status is not None:
            start = min(start, point.status.address)
            end = max(end, point.status.address + point.status.bits // 8)
        first, last, positions = spans.get(point.device, (start, end, ()))
        spans[point.device] = min(first, start), max(last, end), (*positions, position)
    return tuple(_Part(*span) for span in spans.values())
