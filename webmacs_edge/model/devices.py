"""Kinds of devices, and which channels those of WebMACS 2.x have: words and data, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from webmacs_edge.model.text import text
from webmacs_edge.model.words import EventType

EDGE_REVPI = "edge-revpi"
EDGE_VIRTUAL = "edge-virtual"
EDGE_SYSTEM = "edge-system"
HARDWARE = frozenset({EDGE_REVPI, EDGE_VIRTUAL})  # one of them is the plant's I/O of this box
OWN = HARDWARE | {EDGE_SYSTEM}  # we run these ourselves; any other kind is fed from outside
SEVERAL_WORDS = " – "  # between the name of a device and that of its channel, as in 2.x


class DeviceStatus(StrEnum):
    """How a device does (WebMACS 2.x `plugin_instances.status`)."""

    inactive = "inactive"
    connected = "connected"
    error = "error"
    demo = "demo"


class ChannelDirection(StrEnum):
    """Which way the values of a device's channel flow, seen from the plant."""

    input = "input"
    output = "output"
    bidirectional = "bidirectional"


TYPE_OF: Mapping[ChannelDirection, EventType] = {
    ChannelDirection.input: EventType.sensor,
    ChannelDirection.output: EventType.actuator,
    ChannelDirection.bidirectional: EventType.range,
}


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """A kind of device that can be configured."""

    id: str
    name: str
    version: str
    vendor: str
    description: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelTemplate:
    """A channel that every device of a kind has."""

    id: str
    name: str
    direction: ChannelDirection
    unit: str
    min_value: float
    max_value: float
    decimals: int = 2
    deadband: float = 0.0
    silence_s: float = 10.0


def _inputs(*rows: tuple[str, str, str, float, float]) -> tuple[ChannelTemplate, ...]:
    """Channels that are measured: id, name, unit, minimum, maximum."""
    return tuple(
        ChannelTemplate(id_, name, ChannelDirection.input, unit, low, high)
        for id_, name, unit, low, high in rows
    )


SIMULATED = (
    *_inputs(
        ("temp_reactor", "Temperature Reactor", "°C", 20.0, 500.0),
        ("temp_inlet", "Temperature Inlet", "°C", 15.0, 200.0),
        ("temp_outlet", "Temperature Outlet", "°C", 15.0, 300.0),
        ("pressure_chamber", "Pressure Chamber", "bar", 0.0, 6.0),
        ("pressure_diff", "Pressure Differential", "mbar", 0.0, 100.0),
        ("volume_flow", "Volume Flow", "m³/h", 0.0, 40.0),
        ("humidity", "Humidity", "%", 0.0, 100.0),
    ),
    ChannelTemplate("heater_power", "Heater Power", ChannelDirection.output, "%", 0.0, 100.0),
    ChannelTemplate("valve_position", "Valve Position", ChannelDirection.output, "%", 0.0, 100.0),
)
SYSTEM = _inputs(
    ("cpu_percent", "CPU Usage", "%", 0.0, 100.0),
    ("memory_percent", "Memory Usage", "%", 0.0, 100.0),
    ("memory_used_gb", "Memory Used", "GB", 0.0, 128.0),
    ("disk_percent", "Disk Usage", "%", 0.0, 100.0),
    ("disk_used_gb", "Disk Used", "GB", 0.0, 10000.0),
    ("load_avg_1m", "Load Average (1 min)", "load", 0.0, 256.0),
    ("cpu_temp", "CPU Temperature", "°C", 0.0, 110.0),
)
_BOX_DEADBANDS = {"cpu_percent": 2.0, "memory_percent": 0.5, "disk_percent": 0.1}
BOX = tuple(
    replace(it, decimals=1, silence_s=60.0, deadband=_BOX_DEADBANDS.get(it.id, 0.5))
    for it in _inputs(
        ("cpu_percent", "Box processor load", "%", 0.0, 100.0),
        ("memory_percent", "Box memory in use", "%", 0.0, 100.0),
        ("disk_percent", "Box disk in use", "%", 0.0, 100.0),
        ("temperature", "Box temperature", "°C", 0.0, 110.0),
    )
)
TEMPLATES: Mapping[str, tuple[ChannelTemplate, ...]] = {
    "simulated": SIMULATED,
    "system": SYSTEM,
    EDGE_SYSTEM: BOX,
}


def kinds(version: str) -> tuple[DeviceKind, ...]:
    """Every kind that is known here: ours, of this version, then those of WebMACS 2.x."""
    ours = "WebMACS Edge"
    outside = "Fed by telemetry from a program outside, such as the controller of WebMACS 2.x"
    return (
        DeviceKind(
            EDGE_REVPI, "Revolution Pi", version, ours,
            text("The I/O modules of this box, read from the process image."),
        ),
        DeviceKind(
            EDGE_VIRTUAL, text("Virtual Revolution Pi"), version, ours,
            text("A simulated plant; nothing real is driven."),
        ),
        DeviceKind(
            EDGE_SYSTEM, text("This box"), version, ours,
            text("Processor, memory, disk and temperature of this box."),
        ),
        DeviceKind("simulated", "Simulated Device", "0.2.0", "WebMACS", f"{outside}: 9 channels."),
        DeviceKind("system", "System Monitor", "0.1.0", "WebMACS", f"{outside}: 7 channels."),
        DeviceKind(
            "revpi", "Revolution Pi (WebMACS 2.x)", "0.1.0", "WebMACS",
            f"{outside}: channels are added one by one.",
        ),
    )  # fmt: skip


def device_words(name: str) -> str:
    """What pages call a device: one of ours that nobody renamed in the language of who reads."""
    ours = (kind.name for kind in kinds("") if kind.id in OWN)
    return next((it for it in ours if it == name), name)


def kind_name(plugin_id: str) -> str:
    """What a kind of device is called; its id where it is not known here."""
    return next((kind.name for kind in kinds("") if kind.id == plugin_id), plugin_id)
