"""Decides which samples of a scan belong into the history."""

from webmacs_edge.acquisition.points import Plan, Reading
from webmacs_edge.model.quality import Quality


class Deadband:
    """Records a channel when it moved, when its quality changed and after too long a silence.

    Movement is compared in native counts, before scaling, so that it is exact: with a deadband
    of 0 every change counts. A change of quality is recorded at once, whatever the divider.
    """

    def __init__(self, plan: Plan) -> None:
        count = len(plan.channels)
        self.plan = plan
        self._natives: list[float | None] = [None] * count
        self._qualities: list[Quality | None] = [None] * count
        self._due_ns = [0] * count
        self._wanted = [
            (position, channel)
            for position, channel in enumerate(plan.channels)
            if channel.recorded
        ]

    def select(self, reading: Reading, *, cycle: int, mono_ns: int) -> tuple[int, ...]:
        """Positions to record of this reading."""
        chosen = []
        natives, known = reading.natives, self._natives
        for position, channel in self._wanted:
            native = natives[position]
            if native is None:
                continue
            quality = reading.qualities[position]
            if quality is self._qualities[position]:
                last = known[position]
                moved = native != last and (
                    last is None or abs(native - last) > channel.deadband_counts
                )
                if not moved and mono_ns < self._due_ns[position]:
                    continue
                if cycle % channel.divider:
                    continue
            self._natives[position] = native
            self._qualities[position] = quality
            self._due_ns[position] = mono_ns + channel.silence_ns
            chosen.append(position)
        return tuple(chosen)

    def select_lost(self) -> tuple[int, ...]:
        """Positions to record as stale: once for each channel when the device falls silent."""
        lost = tuple(
            position
            for position, _ in self._wanted
            if self._qualities[position] not in (None, Quality.STALE)
        )
        for position in lost:
            self._qualities[position] = Quality.STALE
        return lost
