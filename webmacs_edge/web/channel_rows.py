"""What the channel pages show of a channel, its signal, and the I/O points without one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from webmacs_edge.acquisition.proposals import group_name
from webmacs_edge.model.channels import group_words
from webmacs_edge.model.curves import Curve
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.scaling import Scaling
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.keys import DEVICES, HUB, STATION
from webmacs_edge.web.tiles import Tile, make_tile
from webmacs_edge.web.wording import number, short_number

if TYPE_CHECKING:
    from webmacs_edge.hardware.driver import Point
    from webmacs_edge.store.tables import Event

_NO_GROUP = text("Other channels")
_NO_POINT = text("fed from outside")
_POINT_GONE = text("not in the configuration any more")
_WAYS = {"input": text("input"), "output": text("output"), "memory": text("memory")}
_RAW_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One channel in the table."""

    event: "Event"
    now: Tile
    place: str  # where its value comes from

    @property
    def settings(self) -> str:
        """The address of its settings."""
        public_id = quote(self.event.public_id, safe="")
        return f"/derived/{public_id}" if self.event.formula else f"/events/{public_id}/edit"


@dataclass(frozen=True, slots=True)
class UnusedPoint:
    """An I/O point that could become a channel."""

    id: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Signal:
    """The electrical side of a channel, in native counts."""

    place: str
    unit: str  # of one count: µA, mV, 0.1 °C; "" when unknown
    low: str  # the native span, "" when unknown
    high: str
    scaled_low: str  # what the ends of the span show as
    scaled_high: str
    raw: str  # now; "" when there is no value to trust
    shows_as: str  # the value that the raw number is shown as


def channel_groups(app: web.Application) -> dict[str, list[Row]]:
    """Every channel by module, in the order of pages."""
    groups: dict[str, list[Row]] = {}
    for event in app[STATION].events:
        row = Row(event, channel_now(app, event), place_of(app, event))
        groups.setdefault(group_words(event.group_name) or _NO_GROUP, []).append(row)
    return groups


def channel_now(app: web.Application, event: "Event") -> Tile:
    """The newest value of a channel in words."""
    return make_tile(event, app[HUB].latest(event.id), trail=(), at_ms=now_ms())


def place_of(app: web.Application, event: "Event") -> str:
    """`AIO 32 · InputValue_1`: module and point, or why there is none."""
    station = app[STATION]
    if event.formula:
        return text("worked out by its formula")
    if event.point_id is None:
        devices = app[DEVICES].of_event(event.public_id)
        return " and ".join(f"{it.name} · {it.channels[event.public_id]}" for it in devices) or (
            _NO_POINT
        )
    point = station.point(event.point_id)
    if point is None or station.layout is None:
        return f"{event.point_id} · {_POINT_GONE}" if station.layout else event.point_id
    device = station.layout.device(point.device)
    return f"{group_name(station.layout, device)} · {point.name}"


def unused_by_module(app: web.Application) -> dict[str, list[UnusedPoint]]:
    """I/O points that no channel uses, by module."""
    station = app[STATION]
    modules: dict[str, list[UnusedPoint]] = {}
    if station.layout is None:
        return modules
    names = {it.position: group_name(station.layout, it) for it in station.layout.devices}
    for point in station.unused_points():
        found = UnusedPoint(point.id, point.name, _about(point))
        modules.setdefault(names[point.device], []).append(found)
    return modules


def signal_of(app: web.Application, event: "Event", line: Scaling | None = None) -> Signal:
    """The signal behind a channel; `line` is a scaling that is being tried."""
    point, stored = app[STATION].point(event.point_id), Scaling(event.factor, event.offset)
    raw = _raw(app, event, stored)
    shown, curve = line or stored, app[STATION].curves.get(event.public_id)
    low, high = (point.low, point.high) if point else (None, None)
    return Signal(
        place=place_of(app, event),
        unit=native_unit(point),
        low="" if low is None else short_number(low),
        high="" if high is None else short_number(high),
        scaled_low="" if low is None else short_number(round(stored.apply(low), 9)),
        scaled_high="" if high is None else short_number(round(stored.apply(high), 9)),
        raw="" if raw is None else short_number(round(raw, _RAW_DECIMALS)),
        shows_as=""
        if raw is None
        else number(_calibrated(shown.apply(raw), curve), event.decimals),
    )


def native_unit(point: "Point | None") -> str:
    """What one native count is: `µA`, `0.1 °C`; "" when unknown."""
    if point is None or not point.unit:
        return ""
    factor = "" if point.native_factor == 1 else f"{short_number(point.native_factor)} "
    return factor + point.unit


def _raw(app: web.Application, event: "Event", stored: Scaling) -> float | None:
    sample = app[HUB].latest(event.id)
    if sample is None or sample.value is None or sample.quality > Quality.BAD or not event.factor:
        return None
    curve = app[STATION].curves.get(event.public_id)
    return stored.invert(sample.value if curve is None else curve.invert(sample.value))


def _calibrated(value: float, curve: Curve | None) -> float:
    return value if curve is None else curve.apply(value)


def _about(point: "Point") -> str:
    way, more = _WAYS.get(point.direction.value, point.direction.value), point.comment or point.unit
    return f"{way} · {more}" if more else f"{way}"
