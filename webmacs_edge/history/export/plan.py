"""What is to be exported, how it is to be written, and how far it has come."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from webmacs_edge.model.clock_marks import ClockMark
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.exports import Reduce
from webmacs_edge.model.text import text

LONGEST_STEP_MS = 31 * 86_400_000


@dataclass(frozen=True, slots=True)
class ExportChannel:
    """A channel as it appears in a file."""

    key: int
    public_id: str
    name: str
    unit: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is written; a format ignores what it has no use for."""

    with_quality: bool = False  # True: bad and stale samples too, each with its quality
    with_clock: bool = False  # which stamps are doubtful because of the clock
    delimiter: str = ","
    decimal_comma: bool = False
    byte_order_mark: bool = False
    zone: ZoneInfo | None = None  # None: times are UTC
    step_ms: int = 0  # 0: as recorded
    reduce: Reduce = Reduce.mean


@dataclass(slots=True)
class Course:
    """How far an export has come."""

    rows: int = 0
    share: float = 0.0  # 0 to 1, of the time or of the channels


@dataclass(frozen=True, slots=True)
class Export:
    """Samples of these channels of [from_ms, to_ms)."""

    channels: Sequence[ExportChannel]
    from_ms: int
    to_ms: int
    options: Options = field(default_factory=Options)
    course: Course = field(default_factory=Course)
    marks: Sequence[ClockMark] = ()  # what happened to the clock, ever
    is_wanted: Callable[[], bool] = lambda: True  # asked before each read

    def __post_init__(self) -> None:
        if self.to_ms <= self.from_ms:
            raise InvalidError(
                text("The end of the time range must be after its start."), field="to"
            )
        if self.options.decimal_comma and self.options.delimiter == ",":
            raise InvalidError(
                text("A decimal comma needs another delimiter. Choose the semicolon or the tab."),
                field="delimiter",
            )
        if not 0 <= self.options.step_ms <= LONGEST_STEP_MS:
            raise InvalidError(text("Use a step from 1 ms to 31 days."), field="step")

    def reach(self, at_ms: int) -> None:
        """Note that everything before `at_ms` is written."""
        self.course.share = (at_ms - self.from_ms) / (self.to_ms - self.from_ms)


def names_once(channels: Sequence[ExportChannel]) -> list[str]:
    """The names; where several channels have the same one, with the start of the id behind it."""
    names = Counter(channel.name for channel in channels)
    return [
        channel.name if names[channel.name] == 1 else f"{channel.name} ({channel.public_id[:8]})"
        for channel in channels
    ]
