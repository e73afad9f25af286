"""What is done to a decoded image before anybody sees it: doubts, forced values, formulas."""

from collections.abc import Mapping, Sequence

from webmacs_edge.acquisition.deriving import Deriver, Memory
from webmacs_edge.acquisition.forcing import Forcing, Standing
from webmacs_edge.acquisition.frozen import Stillness
from webmacs_edge.acquisition.outside import Outside
from webmacs_edge.acquisition.points import Plan, Reading
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text

_SLOW_AFTER_NS = 5_000_000_000
_KEEP_EVERY_NS = 10_000_000_000


class Conditioner:
    """Owned by the acquisition thread, except `forcing`, `outside` and `kept`."""

    def __init__(self, *, period_ns: int) -> None:
        self.forcing = Forcing()
        self.outside = Outside()
        self.kept: Mapping[int, Memory] = {}  # what formulas remember, as of a few seconds ago
        self._deriver = Deriver(self.outside)
        self._period_ms = period_ns / 1e6
        self._plan: Plan | None = None
        self._stillness = Stillness(())
        self._in_time_ns = self._kept_ns = 0

    def remember(self, memories: Mapping[int, Memory], *, seen_s: float) -> None:
        """What formulas knew before; before the thread starts."""
        self._deriver.remember(memories, seen_s=seen_s)

    def refine(self, plan: Plan, reading: Reading, *, image: bytes, mono_ns: int) -> Reading:
        """The reading with all that the image alone does not say; the one given stays as it is."""
        if plan is not self._plan:
            self._plan, self._stillness = plan, Stillness(plan.watched)
        fresh = reading.copy(room=len(plan.derived))
        self._doubt_frozen(fresh, mono_ns)
        self._doubt_slow(plan, fresh, image, mono_ns=mono_ns)
        standing = self.forcing.standing(mono_ns)
        self._force(plan, fresh, standing)
        if plan.derived:
            self._deriver.work_out(plan, fresh, mono_ns=mono_ns)
            if mono_ns - self._kept_ns > _KEEP_EVERY_NS:
                self.keep(mono_ns)
        return fresh

    def keep(self, mono_ns: int = 0) -> None:
        """Put what formulas remember where the loop can see it."""
        self._kept_ns = mono_ns
        self.kept = self._deriver.memories()

    def _doubt_frozen(self, reading: Reading, mono_ns: int) -> None:
        for position, limit_s in self._stillness.frozen(reading.natives, mono_ns):
            _doubt(
                reading,
                (position,),
                text("Frozen: the same for more than {limit}", limit=_span(limit_s)),
            )

    def _doubt_slow(self, plan: Plan, reading: Reading, image: bytes, *, mono_ns: int) -> None:
        """A bus that takes longer than our cycle, and not just once, gives values twice."""
        cycle_ms = plan.bus.cycle_ms(image)
        if cycle_ms <= self._period_ms:
            self._in_time_ns = mono_ns
        elif mono_ns - self._in_time_ns > _SLOW_AFTER_NS:
            words = text(
                "The module bus takes {cycle} ms, longer than a scan: values repeat", cycle=cycle_ms
            )
            _doubt(reading, plan.bus.on_bus, words)

    def _force(self, plan: Plan, reading: Reading, standing: Mapping[int, Standing]) -> None:
        if not standing:
            return
        here = {plan.positions[key]: one for key, one in standing.items() if key in plan.positions}
        for position, one in here.items():
            reading.natives[position] = reading.values[position] = one.forced.value
            reading.qualities[position] = Quality.UNCERTAIN
            reading.reasons[position] = one.words
        reading.forced = frozenset(here)


def _doubt(reading: Reading, positions: Sequence[int], words: str) -> None:
    for position in positions:
        if reading.qualities[position] is Quality.GOOD:
            reading.qualities[position] = Quality.UNCERTAIN
            reading.reasons[position] = words


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else text("{seconds} min", seconds=seconds // 60)  # noqa: PLR2004 two minutes
