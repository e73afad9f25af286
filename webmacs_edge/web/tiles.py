"""A tile: what pages show of a channel now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webmacs_edge.live.hub import Hub
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Sample
from webmacs_edge.model.text import Text, say, text
from webmacs_edge.model.words import EventType, state_word
from webmacs_edge.web.sparkline import sparkline
from webmacs_edge.web.wording import duration, number, short_number

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event
    from webmacs_edge.web.widgets.kind import Measured

NO_VALUE = "– – –"
_LEAST_AGE_MS = 100
_SIZES = (("longest", 10.5), ("longer", 8.0), ("long", 6.9))  # beyond so many digits: smaller
_UNIT_LETTER = 0.6  # of a digit
_WIDEST_BAR = 1e7


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the range beyond a limit, in percent of its width."""

    start: str
    width: str
    limit_at: str
    active: bool


@dataclass(frozen=True, slots=True)
class Commanded:
    """What an output was asked for, and how it stands to that."""

    set_point: str  # with its unit; "" where there is none
    set_at: str  # percent of the range
    words: Text  # confirmed, on its way, taken over …
    warns: bool
    is_confirmed: bool
    reason: str
    may_be_set: bool


@dataclass(frozen=True, slots=True)
class Alarmed:
    """The most urgent active alarm of a channel."""

    priority: str
    state: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One channel as the live page shows it; equal tiles look the same."""

    public_id: str
    name: str
    unit: str
    text: str
    quality: str  # good, uncertain, bad, stale, none
    age: str
    note: str
    words: str  # how far beyond which limit
    is_output: bool
    is_digital: bool
    is_on: bool
    size: str  # "", long, longer, longest: by the digits that the range needs
    letters: int  # how many the range needs, or the longer of two words
    low: str
    high: str
    has_bar: bool  # False for the range of a counter, which is too wide to see anything
    pointer: str
    zones: tuple[Zone, ...]
    spark: str
    spark_limit: str
    output: Commanded | None = None  # only of outputs that were set up
    alarm: Alarmed | None = None


def make_tile(
    event: "Event | Measured",
    sample: Sample | None,
    *,
    trail: Sequence[float | None],
    at_ms: int,
    quiet: str = "",
) -> Tile:
    """What the page shows of this channel now; `quiet`: a reason that it says elsewhere."""
    quality, value = _trusted(sample)
    digital = event.is_digital
    span = event.max_value - event.min_value if _has_bar(event) else 0.0
    limits = (event.high_limit, event.low_limit)
    spark = ("", "") if digital else sparkline(trail, span=span, limits=limits)
    return Tile(
        public_id=event.public_id,
        name=event.name,
        unit="" if digital else event.unit,
        text=_text(event, value),
        quality=quality,
        age=_age(sample, at_ms),
        note=_note(sample, quality, quiet=quiet),
        words="" if value is None or digital else beyond_limit(event, value),
        is_output=event.type is not EventType.sensor,
        is_digital=digital,
        is_on=bool(value),
        size=_size(event),
        letters=round(_width(event)),
        low=short_number(event.min_value),
        high=short_number(event.max_value),
        has_bar=not digital and _has_bar(event),
        pointer="" if value is None else _percent(event, value),
        zones=_zones(event, value),
        spark=spark[0],
        spark_limit=spark[1],
    )


def beyond_limit(event: "Event | Measured", value: float) -> str:
    """`2.6 above limit 410`, or "" within the limits."""
    high, low = event.high_limit, event.low_limit
    if high is not None and value > high:
        distance = number(value - high, event.decimals)
        return text("{distance} above limit {limit}", distance=distance, limit=short_number(high))
    if low is not None and value < low:
        distance = number(low - value, event.decimals)
        return text("{distance} below limit {limit}", distance=distance, limit=short_number(low))
    return ""


def group_line(hub: Hub, events: Sequence["Event"], at_ms: int) -> str:
    """`7 of 8 read · 0.1 s`: how many have a value now, and how old the oldest of these is."""
    samples = [hub.latest(event.id) for event in events]
    read = [sample for sample in samples if sample and sample.quality <= Quality.UNCERTAIN]
    line = text("{read} of {events} read", read=len(read), events=len(events))
    if not read:
        return line
    oldest_ms = max(at_ms - sample.read_at_ms for sample in read)
    return f"{line} · {duration(max(_LEAST_AGE_MS, oldest_ms))}"


def _trusted(sample: Sample | None) -> tuple[str, float | None]:
    """The word of the quality, and the number that may be shown."""
    if sample is None or (sample.value is None and sample.quality is not Quality.BAD):
        return "none", None
    if sample.quality is Quality.BAD:
        return "bad", None
    return sample.quality.word, sample.value


def _note(sample: Sample | None, quality: str, *, quiet: str) -> str:
    if sample is None or quality == "good" or sample.reason == quiet:
        return ""
    return sample.reason


def _text(event: "Event | Measured", value: float | None) -> str:
    if value is None:
        return NO_VALUE
    if event.is_digital:
        return state_word(event.on_text if value else event.off_text)
    return number(value, event.decimals)


def _age(sample: Sample | None, at_ms: int) -> str:
    if sample is None or sample.value is None:
        return ""
    return duration(max(_LEAST_AGE_MS, at_ms - sample.read_at_ms))


def _size(event: "Event | Measured") -> str:
    """Chosen by the range, so that a value never changes the size of its digits."""
    width = _width(event)
    return next((size for size, digits in _SIZES if width > digits), "")


def _width(event: "Event | Measured") -> float:
    if event.is_digital:
        return max(len(say(state_word(it))) for it in (event.on_text, event.off_text))
    ends = (number(abs(end), event.decimals) for end in (event.min_value, event.max_value))
    return max(len(end) for end in ends) + len(event.unit) * _UNIT_LETTER


def _zones(event: "Event | Measured", value: float | None) -> tuple[Zone, ...]:
    zones = []
    if event.low_limit is not None:
        at = _share(event, event.low_limit)
        active = value is not None and value < event.low_limit
        zones.append(Zone("0", f"{at:.1f}%", f"{at:.1f}%", active))
    if event.high_limit is not None:
        at = _share(event, event.high_limit)
        active = value is not None and value > event.high_limit
        zones.append(Zone(f"{at:.1f}%", f"{100 - at:.1f}%", f"{at:.1f}%", active))
    return tuple(zones)


def _has_bar(event: "Event | Measured") -> bool:
    return event.max_value - event.min_value <= _WIDEST_BAR


def _percent(event: "Event | Measured", value: float) -> str:
    return f"{_share(event, value):.1f}%"


def _share(event: "Event | Measured", value: float) -> float:
    """Where `value` lies in the range, 0 to 100; beyond the range it stays at the end."""
    share = 100 * (value - event.min_value) / (event.max_value - event.min_value)
    return min(100.0, max(0.0, share))
