"""The station: which channels there are, and whether their device can be read."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webmacs_edge.acquisition.layout_facts import facts_of
from webmacs_edge.acquisition.points import build_plan
from webmacs_edge.acquisition.proposals import Proposal, group_name, propose, reading_order
from webmacs_edge.acquisition.relays import Relay
from webmacs_edge.acquisition.scanner import Scanner
from webmacs_edge.hardware.driver import Direction, Layout, Point, PointKind
from webmacs_edge.hardware.typed_points import find_point, make_point
from webmacs_edge.model.curves import Curve
from webmacs_edge.model.errors import InvalidError, StoreError
from webmacs_edge.model.layouts import KeptChange, PointFacts, doubted_values, doubts
from webmacs_edge.model.text import text
from webmacs_edge.model.typed_places import TypedPlace
from webmacs_edge.service import Health

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

log = logging.getLogger(__name__)

RETRY_S = 2.0
_PLANT_KINDS = set(PointKind) - {PointKind.status, PointKind.setting}


async def _no_curves() -> Mapping[str, Curve]:
    return {}


async def _nothing() -> None:
    return None


async def _take_up_nothing(_points: Sequence[PointFacts]) -> None:
    return None


async def _no_changes() -> Sequence[KeptChange]:
    return ()


@dataclass(frozen=True, slots=True)
class ChannelStore:
    """The store's functions on channels, handed over by `app.py`."""

    list_events: Callable[[], Awaitable[Sequence["Event"]]]
    add_proposals: Callable[[Sequence[Proposal]], Awaitable[int]]  # how many were new
    read_curves: Callable[[], Awaitable[Mapping[str, Curve]]] = _no_curves  # by public id
    take_up: Callable[[Sequence[PointFacts]], Awaitable[None]] = _take_up_nothing
    list_changes: Callable[[], Awaitable[Sequence[KeptChange]]] = _no_changes  # newest first
    follow_up: Callable[[], Awaitable[None]] = _nothing  # a configuration was taken up


class Station:
    """Keeps the configured channels in memory and gives the scanner its plan."""

    name = "station"

    def __init__(
        self, scanner: Scanner, store: ChannelStore, on_channels: Callable[["Station"], None]
    ) -> None:
        self.scanner = scanner
        self._store = store
        self._on_channels = on_channels
        self.events: tuple[Event, ...] = ()
        self.curves: Mapping[str, Curve] = {}  # calibrations that hold, by public id
        self.layout: Layout | None = None
        self.changes: tuple[KeptChange, ...] = ()  # of the configuration, the newest first
        self._doubts: Mapping[str, str] = {}
        self._by_key: dict[int, Event] = {}
        self._by_public_id: dict[str, Event] = {}
        self._lock = asyncio.Lock()
        self._arrived = asyncio.Event()
        self._opened: Layout | None = None
        self.health = Health(self.name)

    def layout_opened(self, layout: Layout) -> None:
        """The scanner has opened a device; taken up by `run`."""
        self._opened = layout
        self._arrived.set()

    async def run(self) -> None:
        """Take up each layout that the scanner opens."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            if self._opened is None:
                continue
            try:
                await self.take_layout(self._opened)
            except StoreError as error:
                self.health.bad(error)
                self._arrived.set()
                await asyncio.sleep(RETRY_S)
            else:
                self.health.good()

    @property
    def problem(self) -> str:
        """Why the device is not being read, with the way out; "" while it is."""
        return self.scanner.problem

    @property
    def notice(self) -> str:
        """What an engineer should do about the device although it is being read; "" if nothing."""
        return self.scanner.notice

    @property
    def unseen_changes(self) -> int:
        """How many changes of the configuration nobody has looked at yet."""
        return sum(change.seen_on_ms is None for change in self.changes)

    def doubt(self, event_public_id: str) -> str:
        """Why rules and interlocks on this channel rest, in a sentence; "" when they need not."""
        return self._doubts.get(event_public_id, "")

    @property
    def is_simulated(self) -> bool:
        """True when the values come from the virtual plant."""
        return self.scanner.info.simulated

    def event(self, key: int) -> "Event | None":
        """The channel with this key."""
        return self._by_key.get(key)

    def event_by_public_id(self, public_id: str) -> "Event | None":
        """The channel with this public id."""
        return self._by_public_id.get(public_id)

    def point(self, point_id: str | None) -> Point | None:
        """The I/O point with this id in the present configuration."""
        if self.layout is None or point_id is None:
            return None
        points = {point.id: point for point in self.layout.points}
        return find_point(self.layout, points, point_id)

    def relays(self) -> list[Relay]:
        """The relays whose switchings are counted."""
        return self.scanner.relays.relays(self.layout)

    def raw_devices(self) -> list[tuple[int, str]]:
        """Position and name of devices whose bytes a user may give a type."""
        devices = self.layout.devices if self.layout is not None else ()
        return [
            (it.position, f"{it.name} ({it.kind} {it.position})") for it in devices if it.is_raw
        ]

    def typed_point(self, place: TypedPlace) -> tuple[Point, str]:
        """The I/O point of a typed place, and the name of its group; InvalidError if none is."""
        if self.layout is None:
            raise InvalidError(text("The device has not been read yet."), field="device")
        point = make_point(self.layout, place)
        return point, group_name(self.layout, self.layout.device(point.device))

    def unused_points(self) -> list[Point]:
        """Points of the plant that no channel uses, in image order."""
        if self.layout is None:
            return []
        taken = {event.point_id for event in self.events}
        return [
            point
            for point in self.layout.points
            if point.id not in taken
            and point.kind in _PLANT_KINDS
            and point.direction is not Direction.memory
            and not point.hidden
        ]

    def proposal(self, point_id: str) -> Proposal | None:
        """What a channel on this point would look like."""
        point = self.point(point_id)
        if point is None or self.layout is None:
            return None
        return propose(self.layout, [point], scan_hz=self.scanner.scan_hz)[0]

    async def reload(self) -> None:
        """Read the channels again (after somebody changed one) and scan by them from now on."""
        async with self._lock:
            events = await self._store.list_events()
            self.curves = await self._store.read_curves()
            self.changes = tuple(await self._store.list_changes())
            self._adopt(events)

    async def take_layout(self, layout: Layout) -> None:
        """A device was opened: propose its used points once, then scan."""
        self.layout = layout
        for warning in layout.warnings:
            log.warning("%s", warning)
        await self._store.take_up(facts_of(layout))
        used = [point for point in reading_order(layout) if point.used and not point.hidden]
        added = await self._store.add_proposals(propose(layout, used, scan_hz=self.scanner.scan_hz))
        if added:
            log.info("%d channels were made from %s.", added, layout.source)
        await self.reload()
        await self._store.follow_up()

    def _adopt(self, events: Iterable["Event"]) -> None:
        self.events = tuple(sorted(events, key=lambda event: (event.position, event.id)))
        self._by_key = {event.id: event for event in self.events}
        self._by_public_id = {event.public_id: event for event in self.events}
        self._doubts = doubts(self.changes)
        if self.layout is not None:
            plan = build_plan(
                self.layout, self.events, curves=self.curves, doubts=doubted_values(self.changes)
            )
            self.scanner.use(plan, self.layout)
        self._on_channels(self)
