"""The newest values of channels that others send, as formulas see them."""

from collections.abc import Callable

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Arrivals, Scan
from webmacs_edge.model.text import text

PATIENCE_NS = 120_000_000_000
_OLD = text("No value has come for two minutes")
_NEVER = text("No value has come yet")

Seen = tuple[float | None, Quality, str]


class Outside:
    """Written by the event loop, read by the acquisition thread; one entry per channel."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[float, Quality, str, int]] = {}

    def note(self, arrivals: Arrivals) -> None:
        """Values that programs sent."""
        for key, value in zip(arrivals.keys, arrivals.values, strict=True):
            self._seen[key] = (value, Quality.GOOD, "", arrivals.mono_ns)

    def also(self, hand_on: Callable[[Scan], None]) -> Callable[[Scan], None]:
        """One that takes scans of another source, and hands them on."""

        def take(scan: Scan) -> None:
            self._note_scan(scan)
            hand_on(scan)

        return take

    def look(self, key: int, mono_ns: int) -> Seen:
        """Value, trust and the words for it."""
        seen = self._seen.get(key)
        if seen is None:
            return None, Quality.STALE, _NEVER
        value, quality, reason, at_ns = seen
        if mono_ns - at_ns > PATIENCE_NS:
            return value, Quality.STALE, _OLD
        return value, quality, reason

    def _note_scan(self, scan: Scan) -> None:
        for position, key in enumerate(scan.keys):
            value = scan.values[position]
            if value is not None:
                reason = scan.reasons.get(position, "")
                self._seen[key] = (value, scan.qualities[position], reason, scan.mono_ns)
