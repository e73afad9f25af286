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
            position for position, channel in enumerate(plan.channels) if channel.recorded
        ]

    def select(self, reading: Reading, *, cycle: int, mono_ns: int) -> tuple[int, ...]:
        """Positions to record of this reading."""
        channels = self.plan.channels
        chosen = []
        for position in self._wanted:
            native = reading.natives[position]
            if native is None:
                continue
            channel = channels[position]
            quality = reading.qualities[position]
            if quality is self._qualities[position]:
                if cycle % channel.divider:
                    continue
                last = self._natives[position]
                moved = last is None or abs(native - last) > channel.deadband_counts
                if not moved and mono_ns < self._due_ns[position]:
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
            for position in self._wanted
            if self._qualities[position] not in (None, Quality.STALE)
        )
        for position in lost:
            self._qualities[position] = Quality.STALE
        return lost
