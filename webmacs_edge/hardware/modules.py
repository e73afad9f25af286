"""The catalogue of modules: PiCtory's product types, what they are, and how they are laid out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from webmacs_edge.hardware import meanings, tables
from webmacs_edge.hardware.driver import PointKind
from webmacs_edge.hardware.entries import Entry, RawDevice
from webmacs_edge.hardware.meanings import Reader
from webmacs_edge.hardware.places import Place

FIRST_VIRTUAL_TYPE = 23000


@dataclass(frozen=True, slots=True)
class Module:
    """A kind of module; `layouts` are its versions, the newest first; none: raw bytes."""

    kind: str
    about: str
    layouts: tuple[tables.Places, ...] = ()
    readers: Mapping[str, Reader] = field(default_factory=dict)
    is_base: bool = False
    is_known: bool = True

    def places(self, length: int) -> Sequence[Place]:
        """The version that is as long as the device, else the newest."""
        for layout in self.layouts:
            if _length(layout) == length:
                return layout
        return self.layouts[0] if self.layouts else ()


def _length(places: Sequence[Place]) -> int:
    ends = (place.position_of(place.count - 1)[0] + max(place.bits // 8, 1) for place in places)
    return max(ends, default=0)


def _base(kind: str, *layouts: tables.Places, about: str = "Base module") -> Module:
    return Module(kind, about, layouts, is_base=True)


def _gateway(name: str) -> Module:
    return Module(name, f"Gateway to {name}")


MODULES: Mapping[int, Module] = {
    95: _base("Core", tables.CORE, tables.CORE_11, tables.CORE_10),
    96: Module("DIO", "16 digital inputs, 16 digital outputs", (tables.DIO,), meanings.DIO),
    97: Module("DI", "16 digital inputs", (tables.DI,), meanings.DIO),
    98: Module("DO", "16 digital outputs", (tables.DO,), meanings.DIO),
    103: Module(
        "AIO", "4 analog inputs, 2 temperatures, 2 analog outputs", (tables.AIO,), meanings.AIO
    ),
    104: Module(
        "Compact",
        "Base module with inputs and outputs",
        (tables.COMPACT,),
        meanings.COMPACT,
        is_base=True,
    ),
    105: _base("Connect", tables.CONNECT),
    109: Module("CAN", "CAN interface of the Connect"),
    110: Module("M-Bus", "M-Bus interface of the Connect"),
    111: Module("Bluetooth", "Bluetooth interface of the Connect"),
    118: Module(
        "MIO", "4 digital channels, 8 analog inputs, 8 analog outputs", (tables.MIO,), meanings.MIO
    ),
    135: Module(
        "Flat", "Base module with inputs and outputs", (tables.FLAT,), meanings.FLAT, is_base=True
    ),
    136: _base("Connect 4", tables.CONNECT_4),
    137: Module("RO", "4 relay outputs", (tables.RO,), meanings.RO),
    138: _base("Connect 5", tables.CONNECT_5),
    71: _gateway("CANopen"),
    72: _gateway("CC-Link"),
    73: _gateway("DeviceNet"),
    74: _gateway("EtherCAT"),
    75: _gateway("EtherNet/IP"),
    76: _gateway("Powerlink"),
    77: _gateway("Profibus"),
    78: _gateway("Profinet RT"),
    79: _gateway("Profinet IRT"),
    80: _gateway("CANopen master"),
    81: _gateway("Sercos III"),
    82: _gateway("a serial line"),
    83: _gateway("Profinet"),
    84: _gateway("Profinet IRT master"),
    85: _gateway("EtherCAT master"),
    92: _gateway("Modbus RTU"),
    93: _gateway("Modbus TCP"),
    100: _gateway("DMX"),
    199: _gateway("DMX"),
    23001: Module("OPC UA", "OPC UA server"),
    24577: Module("Modbus TCP slave", "Modbus TCP slave of this device"),
    24578: Module("Modbus RTU slave", "Modbus RTU slave of this device"),
    24579: Module("Modbus TCP master", "Modbus TCP master of this device"),
    24580: Module("Modbus RTU master", "Modbus RTU master of this device"),
    24581: Module("Profinet controller", "Profinet controller of this device"),
    24582: Module("Profinet device", "Profinet device"),
    24583: Module("Seven", "RevPi Seven"),
    24584: Module("Cloud", "Cloud connection"),
    24585: Module("OPC UA", "OPC UA server"),
    24586: Module("MQTT", "MQTT client"),
    28673: Module("Timer", "Timer"),
    32768: Module("Virtual", "Bytes for the user's own programs"),
}

_FIRST_OWN_TYPE = 32769
_OWN = Module("Own", "Device described by the user's own file")

_RAW_DEFAULT = re.compile(
    r"(In|Out)(put)?_?(Bit|Byte|Word|D[Ww]ord)?_?\d+|Modbus_(Action|Master)_Status(_\d+)?"
    r"|(Action|Master)_Status_Reset(_\d+)?"
)
_SUFFIX = re.compile(r"_i\d+$")  # what PiCtory appends to keep names unique
_SPELLINGS = {"Core_Temperatur": "Core_Temperature"}  # PiCtory 1.2


def module_of(device: RawDevice) -> Module:
    """The catalogue's entry for the device; unknown product types get one of their own."""
    module = MODULES.get(device.product_type)
    if module is not None:
        return module
    if device.product_type >= _FIRST_OWN_TYPE:
        return _OWN
    kind = device.label or f"Type {device.product_type}"
    return Module(kind, "Unknown module", is_base=device.slot == "BASE", is_known=False)


def plain_name(name: str) -> str:
    """The name without the suffix that PiCtory appends to names used twice."""
    bare = _SUFFIX.sub("", name)
    return _SPELLINGS.get(bare, bare)


def is_raw_default(name: str) -> bool:
    """Whether PiCtory itself gives such a name to a byte of a gateway or an unknown module."""
    bare = plain_name(name)
    return _RAW_DEFAULT.fullmatch(bare) is not None or bare in _ALL_DEFAULTS


def raw_kind(entry: Entry) -> PointKind:
    """What an entry is for when nothing but its name and width is known."""
    bare = plain_name(entry.name)
    if "Status_Reset" in bare and is_raw_default(bare):
        return PointKind.setting
    if "_Status" in bare and is_raw_default(bare):
        return PointKind.status
    return PointKind.digital if entry.bits == 1 else PointKind.raw


_ALL_DEFAULTS = {
    place.name_of(index)
    for module in MODULES.values()
    for layout in module.layouts
    for place in layout
    for index in range(place.count)
}
