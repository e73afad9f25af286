"""The seam to a device: what every kind of driver offers, and what it says about its I/O points."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Direction(StrEnum):
    """Which way a point's value flows, seen from the plant."""

    input = "input"
    output = "output"
    memory = "memory"  # a setting of the module, kept in config.rsc


class PointKind(StrEnum):
    """What a point is for; decides its default scaling, words and whether it is proposed."""

    analog = "analog"
    digital = "digital"
    counter = "counter"
    encoder = "encoder"
    pwm = "pwm"
    status = "status"  # health of the module or of one of its channels
    setting = "setting"  # LEDs, error limits and other things that are not the plant
    raw = "raw"  # a word of a gateway or virtual device whose meaning only its user knows


@dataclass(frozen=True, slots=True)
class Point:
    """One I/O point: a place in the process image and all that PiCtory says about it.

    `address` is absolute in the image (bytes); `bit` is 0..7 within that byte, None for words.
    `low`..`high` is the native span in `unit` counts (mV, µA, 0.1 °C …); None where unknown.
    """

    device: int  # position of the device on the bus
    name: str
    direction: Direction
    kind: PointKind
    address: int
    bit: int | None
    bits: int  # width: 1, 8, 16, 32 or more
    signed: bool
    default: int
    exported: bool
    comment: str = ""
    unit: str = ""  # of one native count after `native_factor`: mV, µA, °C, "" when unknown
    native_factor: float = 1.0  # counts -> unit (0.1 for RTD tenths of a degree)
    low: float | None = None  # native span, in counts
    high: float | None = None
    low_valid: float | None = None  # counts below are a fault of the wiring (4–20 mA < 3600 µA)
    high_valid: float | None = None
    sentinels: Mapping[int, str] | None = None  # counts that mean a fault, with the words for it
    status: "StatusBits | None" = None  # where the module reports faults of this point
    rate_hz: float | None = None  # how often the module renews the value, where known
    scaled_in_pictory: bool = False  # multiplier/divisor/offset are not (1, 1, 0): unit unknown
    hidden: bool = False  # padding, reserved, dummy
    used: bool = False  # renamed, commented or set to a mode that says somebody wired it
    is_float: bool = False  # IEEE 754, of 32 or 64 bits
    big_endian: bool = False  # only where a user says so; PiCtory's words are little-endian
    typed_id: str = ""  # of a place that a user gave a type: no entry of the configuration

    @property
    def id(self) -> str:
        """Identity within the configuration: position and name, e.g. `32/InputValue_1`."""
        return self.typed_id or f"{self.device}/{self.name}"


@dataclass(frozen=True, slots=True)
class StatusBits:
    """A byte or word beside a point whose set bits mean faults, with the words for each bit."""

    address: int
    bits: int  # 8 or 16
    words: Mapping[int, str]  # mask -> what it means, in a phrase
    is_fault: bool = True  # False: only a warning, the value is true


@dataclass(frozen=True, slots=True)
class Device:
    """One module as PiCtory placed it."""

    position: int
    product_type: int
    name: str
    kind: str  # short product word: AIO, DIO, Connect 4 …
    about: str  # a phrase for people: "Analogue in and out"
    offset: int
    length: int
    comment: str = ""
    is_base: bool = False
    is_virtual: bool = False
    is_raw: bool = False  # bytes whose meaning only its user knows: a gateway, a virtual device


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole configuration: devices in image order and their points."""

    devices: tuple[Device, ...]
    points: tuple[Point, ...]
    length: int  # bytes of the image that the configuration covers
    source: str  # the file it came from
    saved_at: str = ""  # PiCtory's saveTS as YYYY-MM-DD HH:MM:SS, "" when unknown or malformed
    version: str = ""  # of PiCtory
    warnings: tuple[str, ...] = ()  # tolerated oddities, each a full sentence

    def device(self, position: int) -> Device:
        """The device at that position; KeyError when there is none."""
        for device in self.devices:
            if device.position == position:
                return device
        raise KeyError(position)


@dataclass(frozen=True, slots=True)
class Image:
    """One consistent copy of the process image."""

    data: bytes
    mono_ns: int


@dataclass(frozen=True, slots=True)
class DriverInfo:
    """What to tell people about the device."""

    name: str  # "Revolution Pi", "Virtual plant"
    place: str  # the path it reads
    simulated: bool


class Driver(Protocol):
    """One device. Owned by the acquisition thread: no method is called from anywhere else."""

    def open(self) -> None:
        """Read the configuration and open the device; DriverError says what is wrong."""

    def layout(self) -> Layout:
        """The configuration read by `open`."""

    def read(self) -> Image:
        """One consistent copy of the image; DriverError when it cannot be had."""

    def write(self, changes: Mapping[int, tuple[int, int]]) -> None:
        """Change bytes of the image: address -> (mask, value); only masked bits change."""

    def feed(self) -> None:
        """Keep the driver's output watchdog quiet in a cycle that writes nothing."""

    def disarm(self) -> None:
        """Outputs are as they shall stay: the watchdog must not zero them when we close."""

    @property
    def watchdog_problem(self) -> str:
        """Why the output watchdog is not armed although it should be; "" when all is well."""

    def events(self) -> tuple[str, ...]:
        """What happened since the last call.

        `driver-reset`; `configuration-changed` (saved, but the driver was not reset);
        `configuration-restored`; `configuration-not-in-use` (found when it was opened).
        """

    def lost_modules(self) -> Collection[int] | None:
        """Positions of modules that do not answer; None where the driver cannot say."""

    def relay_cycles(self) -> Mapping[int, tuple[int, ...]]:
        """How often each relay has switched, by position of its module; none that does not say."""

    def info(self) -> DriverInfo:
        """What to tell people about the device."""

    def close(self) -> None:
        """Let go of the device; outputs stay as they are unless a safe state was asked for."""
