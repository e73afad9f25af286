"""What the base says about the module bus, and whose values that casts doubt on."""

from collections.abc import Callable, Collection, Sequence

from webmacs_edge.hardware.driver import Layout, Point
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import joined, text

ERRORS, CYCLE, STATUS = "RS485ErrorCnt", "RevPiIOCycle", "RevPiStatus"
STATUS_WORDS = {
    2: text("a module is plugged in that PiCtory does not know"),
    4: text("a module that PiCtory knows is missing"),
    8: text("a module is another one, or of another size, than PiCtory says"),
}
BUS_REASON = text("Bus errors: a module may be unplugged and its values old")
_FIRST_VIRTUAL = 64
_ASK_EVERY_NS = 1_000_000_000
_MOST_OF_ONE = 255  # the driver counts a module that does not answer up to this
_CERTAIN = (Quality.GOOD, "")
_DOUBTFUL = (Quality.UNCERTAIN, BUS_REASON)

Doubt = tuple[Quality, str]


class Bus:
    """Reads the figures of the base in an image; channels are named by their position."""

    def __init__(self, layout: Layout, points: Sequence[Point | None]) -> None:
        self._errors = _point(layout, ERRORS)
        self._cycle = _point(layout, CYCLE)
        self._status = _point(layout, STATUS)
        base = self._errors.device if self._errors is not None else 0
        self._devices = [self._device(point, base) for point in points]
        self._names = {it.position: f"{it.kind} {it.position}" for it in layout.devices}
        self.on_bus = tuple(at for at, device in enumerate(self._devices) if device is not None)
        self._made: tuple[tuple[frozenset[int] | None, bool], list[Doubt]] | None = None

    def errors(self, image: bytes) -> int:
        """What the base counts of modules that do not answer."""
        point = self._errors
        if point is None:
            return 0
        return int.from_bytes(image[point.address : point.address + 2], "little")

    def cycle_ms(self, image: bytes) -> int:
        """How long the last round of the bus took; 0 where the base does not say."""
        return image[self._cycle.address] if self._cycle is not None else 0

    def status(self, image: bytes) -> int:
        """The status of the base, of which some bits mean faults; 0 where there is none."""
        return image[self._status.address] if self._status is not None else 0

    def trouble(self, image: bytes, lost: Collection[int] | None) -> list[Doubt] | None:
        """The doubt about each channel; None while the bus is well."""
        errors = self.errors(image)
        if not errors:
            return None
        explained = lost is not None and bool(lost) and errors <= _MOST_OF_ONE * len(lost)
        which = (None if lost is None else frozenset(lost), explained)
        if self._made is None or self._made[0] != which:
            doubts = [
                self._doubt(device, which[0], explained=explained) for device in self._devices
            ]
            self._made = which, doubts
        return self._made[1]

    def _doubt(self, device: int | None, lost: frozenset[int] | None, *, explained: bool) -> Doubt:
        if device is None:
            return _CERTAIN
        if lost and device in lost:
            name = self._names.get(device, f"at {device}")
            return Quality.BAD, text(
                "The module {name} does not answer: its values are old", name=name
            )
        return _CERTAIN if explained else _DOUBTFUL

    def _device(self, point: Point | None, base: int) -> int | None:
        if point is None or self._errors is None:
            return None
        is_module = point.device not in (0, base) and point.device < _FIRST_VIRTUAL
        return point.device if is_module else None


def status_faults(status: int) -> str:
    """What the base complains of, in words; "" where it does not."""
    return joined([words for mask, words in STATUS_WORDS.items() if status & mask])


class LostModules:
    """Asks the driver which modules do not answer, when the base counts errors, once a second."""

    def __init__(self, ask: Callable[[], Collection[int] | None]) -> None:
        self._ask = ask
        self._next_ns = 0
        self._known: frozenset[int] | None = None

    def look(self, errors: int, mono_ns: int) -> frozenset[int] | None:
        """Positions of modules that do not answer; None: the driver cannot say."""
        if not errors:
            self._next_ns, self._known = 0, None
        elif mono_ns >= self._next_ns:
            self._next_ns = mono_ns + _ASK_EVERY_NS
            lost = self._ask()
            self._known = None if lost is None else frozenset(lost)
        return self._known


def _point(layout: Layout, name: str) -> Point | None:
    return next((point for point in layout.points if point.name.startswith(name)), None)
