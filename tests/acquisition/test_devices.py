"""The registry of devices: who may feed a channel, and how a device does, from RAM."""

from typing import Any

import pytest

from tests.plant import FakeDriver, make_layout, make_point
from webmacs_edge.acquisition.devices import LEAST_PATIENCE_S, Device, Devices, Hooks
from webmacs_edge.acquisition.scanner import Scanner
from webmacs_edge.acquisition.station import ChannelStore, Station
from webmacs_edge.model.words import EventType
from webmacs_edge.store.tables import ChannelMapping, Event, PluginInstance


def event(key: int, **given: Any) -> Event:
    columns = {
        "id": key, "public_id": f"e{key}", "name": f"E {key}", "unit": "V", "min_value": 0.0,
        "max_value": 1.0, "type": EventType.sensor, "position": key, "point_id": None,
    }  # fmt: skip
    return Event(**{**columns, **given})


def instance(plugin_id: str, *events: str, enabled: bool = True) -> PluginInstance:
    mappings = [
        ChannelMapping(public_id=f"m-{name}", channel_id=f"c-{name}", event_public_id=name)
        for name in events
    ]
    return PluginInstance(
        public_id=f"p-{plugin_id}", plugin_id=plugin_id, instance_name=plugin_id,
        demo_mode=False, enabled=enabled, channel_mappings=mappings,
    )  # fmt: skip


class Site:
    """A registry on rows that a test can change."""

    def __init__(self) -> None:
        self.events = [event(1), event(2), event(3, point_id="32/x")]
        self.rows: list[PluginInstance] = []
        self.silent: list[int] = []
        scanner = Scanner(
            FakeDriver(make_layout(make_point())),
            scan_hz=10,
            on_scan=lambda _scan: None,
            on_layout=lambda _layout: None,
        )
        store = ChannelStore(list_events=self._events, add_proposals=self._none)
        self.station = Station(scanner, store, lambda _station: None)
        hooks = Hooks(
            list_instances=self._rows, show_silence=lambda keys, _why: self.silent.extend(keys)
        )
        self.devices = Devices(self.station, hooks)

    async def have(self, *rows: PluginInstance) -> Devices:
        self.rows = list(rows)
        await self.station.reload()
        await self.devices.reload()
        return self.devices

    async def _events(self) -> list[Event]:
        return self.events

    async def _rows(self) -> list[PluginInstance]:
        return self.rows

    async def _none(self, _proposals: Any) -> int:
        return 0


async def test_a_channel_of_nobody_takes_values_and_one_of_ours_does_not():
    site = Site()
    devices = await site.have()

    assert [devices.accepts(it) for it in site.events] == [True, True, False]


@pytest.mark.parametrize(
    ("rows", "accepted"),
    [
        ([("rig", True)], True),
        ([("rig", False)], False),
        ([("rig", False), ("other", True)], True),
        ([("edge-system", True)], False),
        ([("edge-system", False)], False),
    ],
)
async def test_only_an_enabled_device_from_outside_feeds_a_channel(
    rows: list[tuple[str, bool]], *, accepted: bool
):
    site = Site()

    devices = await site.have(*(instance(kind, "e1", enabled=on) for kind, on in rows))

    assert devices.accepts(site.events[0]) is accepted
    assert devices.accepts(site.events[1])


async def test_what_is_heard_of_a_device_outlives_a_reload():
    site = Site()
    devices = await site.have(instance("rig", "e1"))

    devices.note_data([1, 2, 99])
    await devices.reload()

    assert devices.state("p-rig") == ("connected", None)


async def test_a_device_that_is_disabled_falls_silent_at_once():
    site = Site()
    await site.have(instance("rig", "e1", "e2"), instance("other", "e2"))

    await site.have(instance("rig", "e1", "e2", enabled=False), instance("other", "e2"))

    assert site.silent == [1]  # the other one still feeds the second channel


async def test_disabling_our_io_pauses_the_scanner_and_nothing_else_does():
    site = Site()

    await site.have(instance("edge-revpi", enabled=False))
    paused = not site.station.scanner.is_enabled
    await site.have(instance("edge-revpi"), instance("rig", enabled=False))

    assert paused
    assert site.station.scanner.is_enabled


async def test_without_any_device_the_scanner_scans():
    site = Site()

    await site.have()

    assert site.station.scanner.is_enabled


@pytest.mark.parametrize(
    ("gaps_s", "patience_s"), [([1, 1, 1], 30), ([60, 60], 180), ([5000, 5000], 1800)]
)
def test_the_patience_follows_the_usual_interval(gaps_s: list[float], patience_s: float):
    device = Device("p", "rig", "Rig", enabled=True, demo_mode=False, channels={})
    at_s = 0.0
    device.hear(at_s, 0)
    for gap_s in gaps_s:
        at_s += gap_s
        device.hear(at_s, 0)

    assert device.patience_s() == pytest.approx(patience_s)


def test_a_long_pause_is_forgotten_once_values_come_again():
    device = Device("p", "rig", "Rig", enabled=True, demo_mode=False, channels={})
    for at_s in (0, 600, *range(601, 660)):
        device.hear(at_s, 0)

    assert device.patience_s() == LEAST_PATIENCE_S
