"""The devices: which there are, which channels each has, and how each does; all from RAM."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webmacs_edge.acquisition.station import Station
from webmacs_edge.model.devices import EDGE_SYSTEM, HARDWARE, OWN, DeviceStatus
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms

if TYPE_CHECKING:
    from webmacs_edge.store.tables import ChannelMapping, Event, PluginInstance

LEAST_PATIENCE_S = 30.0
MOST_PATIENCE_S = 1800.0
INTERVALS = 3  # a device is silent after so many times its usual interval
_LONGEST_INTERVAL_S = MOST_PATIENCE_S / INTERVALS
_FORGETTING = 0.9  # how fast a long interval is forgotten, per arrival

State = tuple[DeviceStatus, str | None]  # how a device does, and why where that needs words


@dataclass(slots=True)
class Device:
    """A configured device, and when it was last heard of."""

    public_id: str
    plugin_id: str
    name: str
    enabled: bool
    demo_mode: bool
    channels: Mapping[str, str]  # public ids of channels -> the device's own ids of them
    heard_s: float | None = None  # monotonic
    heard_ms: int | None = None
    usual_s: float = 0.0  # between arrivals

    @property
    def is_external(self) -> bool:
        """Whether somebody else reads it and sends us its values."""
        return self.plugin_id not in OWN

    def patience_s(self) -> float:
        """How long it may be silent."""
        return min(MOST_PATIENCE_S, max(LEAST_PATIENCE_S, INTERVALS * self.usual_s))

    def hear(self, at_s: float, at_ms: int) -> None:
        """Note that values have come."""
        if self.heard_s is not None:
            gap_s = min(at_s - self.heard_s, _LONGEST_INTERVAL_S)
            self.usual_s = max(gap_s, _FORGETTING * self.usual_s)
        self.heard_s, self.heard_ms = at_s, at_ms


@dataclass(frozen=True, slots=True)
class Hooks:
    """Whom the registry tells, handed over by `app.py`."""

    list_instances: Callable[[], Awaitable[Sequence["PluginInstance"]]]
    show_silence: Callable[[Collection[int], str], None]  # keys of channels, and the reason
    box_failure: Callable[[], str] = field(default=lambda: "")  # why this box is not watched


class Devices:
    """Keeps the configured devices in memory; asked for every value that comes from outside."""

    def __init__(self, station: Station, hooks: Hooks) -> None:
        self._station = station
        self._hooks = hooks
        self._devices: dict[str, Device] = {}
        self._feeders: dict[str, tuple[Device, ...]] = {}  # by public id of the channel
        self._by_key: dict[int, tuple[Device, ...]] = {}  # the same by key, found as needed
        self._lock = asyncio.Lock()

    async def reload(self) -> None:
        """Read the devices again (after somebody changed one) and go by them from now on."""
        async with self._lock:
            self._adopt(await self._hooks.list_instances())

    def refresh(self) -> None:
        """The channels have changed: find out anew whose they are."""
        self._by_key.clear()

    def device(self, public_id: str) -> Device | None:
        """The device with this public id."""
        return self._devices.get(public_id)

    def troubles(self) -> list[tuple[Device, str]]:
        """Devices that are lost now, and why: unplugged, broken or silent."""
        found = ((device, self.state(device.public_id)[1]) for device in self._devices.values())
        return [(device, why) for device, why in found if why]

    def of_event(self, public_id: str) -> tuple[Device, ...]:
        """The devices that a channel without an I/O point belongs to."""
        return self._feeders.get(public_id, ())

    def accepts(self, event: "Event") -> bool:
        """Whether a channel takes values from outside now."""
        if event.point_id is not None or event.formula:
            return False
        feeders = self._feeders.get(event.public_id)
        return feeders is None or any(it.is_external and it.enabled for it in feeders)

    def is_ours(self, event: "Event") -> bool:
        """Whether we measure a channel ourselves: an I/O point, or a figure of this box."""
        if event.point_id is not None or event.formula:
            return True
        return any(it.plugin_id == EDGE_SYSTEM for it in self.of_event(event.public_id))

    def note_data(self, keys: Collection[int]) -> None:
        """Channels have just got values from outside."""
        heard: dict[int, Device] = {}
        for key in keys:
            feeders = self._by_key.get(key)
            if feeders is None:
                feeders = self._by_key[key] = self._find(key)
            for device in feeders:
                heard[id(device)] = device
        at_s, at_ms = time.monotonic(), now_ms()
        for device in heard.values():
            device.hear(at_s, at_ms)

    def box_channels(self) -> list[tuple[str, "Event"]]:
        """The channels of this box that are to be fed, with the device's ids of them."""
        box = next((it for it in self._devices.values() if it.plugin_id == EDGE_SYSTEM), None)
        if box is None or not box.enabled:
            return []
        events = ((id_, self._station.event_by_public_id(key)) for key, id_ in box.channels.items())
        return [(id_, event) for id_, event in events if event is not None]

    def state(self, public_id: str) -> State:
        """How a device does, and why where it does not do well."""
        device = self._devices.get(public_id)
        if device is None or not device.enabled:
            return DeviceStatus.inactive, None
        if device.plugin_id in HARDWARE:
            return self._hardware_state(device)
        if device.plugin_id == EDGE_SYSTEM:
            failure = self._hooks.box_failure()
            return (DeviceStatus.error, failure) if failure else (DeviceStatus.connected, None)
        return _outside_state(device, at_s=time.monotonic())

    def _hardware_state(self, device: Device) -> State:
        if self._station.problem:
            return DeviceStatus.error, self._station.problem
        if self._station.layout is None:
            return DeviceStatus.inactive, None
        return (DeviceStatus.demo if device.demo_mode else DeviceStatus.connected), None

    def _adopt(self, instances: Iterable["PluginInstance"]) -> None:
        before, self._devices = self._devices, {}
        feeders: dict[str, list[Device]] = {}
        for instance in instances:
            device = _device(instance, instance.channel_mappings, before.get(instance.public_id))
            self._devices[device.public_id] = device
            for event_public_id in device.channels:
                feeders.setdefault(event_public_id, []).append(device)
        self._feeders = {key: tuple(devices) for key, devices in feeders.items()}
        self._by_key.clear()
        self._hold_hardware()
        for device in self._devices.values():
            was = before.get(device.public_id)
            if was is not None and was.enabled and not device.enabled:
                self._silence(device)

    def _hold_hardware(self) -> None:
        enabled = [it.enabled for it in self._devices.values() if it.plugin_id in HARDWARE]
        self._station.scanner.is_enabled = all(enabled)

    def _silence(self, device: Device) -> None:
        """Its values are old from now on; those of our own I/O are told by the scanner."""
        found = (self._station.event_by_public_id(key) for key in device.channels)
        keys = [event.id for event in found if event is not None and not self.accepts(event)]
        self._hooks.show_silence(keys, text("The device “{name}” is disabled.", name=device.name))

    def _find(self, key: int) -> tuple[Device, ...]:
        event = self._station.event(key)
        return () if event is None else self._feeders.get(event.public_id, ())


def _device(
    instance: "PluginInstance", mappings: Iterable["ChannelMapping"], before: Device | None
) -> Device:
    """The device of a row; what was heard of it is kept."""
    device = Device(
        public_id=instance.public_id,
        plugin_id=instance.plugin_id,
        name=instance.instance_name,
        enabled=instance.enabled,
        demo_mode=instance.demo_mode,
        channels={
            mapping.event_public_id: mapping.channel_id
            for mapping in mappings
            if mapping.event_public_id is not None
        },
    )
    if before is not None:
        device.heard_s, device.heard_ms = before.heard_s, before.heard_ms
        device.usual_s = before.usual_s
    return device


def _outside_state(device: Device, *, at_s: float) -> State:
    if device.heard_s is None:
        return DeviceStatus.inactive, None
    if at_s - device.heard_s <= device.patience_s():
        return (DeviceStatus.demo if device.demo_mode else DeviceStatus.connected), None
    return DeviceStatus.inactive, text("No values have come for a while. Is the sender running?")
