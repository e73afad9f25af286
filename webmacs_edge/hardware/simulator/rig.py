"""The demo rig: a fluidised bed with blower, electric heater, feed hopper and their wiring."""

from collections.abc import Iterator
from dataclasses import dataclass

from webmacs_edge.hardware.simulator.modules import (
    AIO,
    CONNECT_4,
    DIO,
    MIO,
    RO,
    Json,
    assemble,
    module,
    to_text,
)


@dataclass(frozen=True, slots=True)
class Signal:
    """One wire of the rig: where it ends, what it is called, and what its ends mean."""

    position: int
    terminal: str  # PiCtory's own name of the entry
    name: str  # the name given in PiCtory; also the plant model's name of the quantity
    tag: str
    words: str
    low: float = 0.0
    high: float = 0.0  # equal to `low`: no range (digital, temperature, pulses)
    unit: str = ""

    @property
    def comment(self) -> str:
        """What the engineer wrote in PiCtory."""
        label = f"{self.tag} {self.words}"
        return f"{label} {self.low:g}..{self.high:g} {self.unit}" if self.has_range else label

    @property
    def has_range(self) -> bool:
        """Whether the native span stands for a range in the signal's unit."""
        return self.low != self.high


_DIO, _BASE, _AIO, _AIO_2, _MIO, _RO = 31, 0, 32, 33, 34, 35

SIGNALS: tuple[Signal, ...] = (
    Signal(_DIO, "I_1", "emergency_stop_ok", "ES-101", "emergency stop ok"),
    Signal(_DIO, "I_2", "overtemperature_ok", "TSH-101", "overtemperature ok"),
    Signal(_DIO, "I_3", "hopper_low", "LSL-104", "hopper low"),
    Signal(_DIO, "Counter_4", "blower_tacho", "ST-101", "blower tacho"),
    Signal(_DIO, "O_1", "blower_enable", "NS-101", "blower enable"),
    Signal(_DIO, "O_2", "feed_valve", "XV-104", "feed valve"),
    Signal(_AIO, "InputValue_1", "air_flow", "FT-101", "air flow", 0, 120, "m³/h"),
    Signal(
        _AIO, "InputValue_2", "bed_pressure_drop", "PDT-102", "bed pressure drop", 0, 60, "mbar"
    ),
    Signal(_AIO, "InputValue_3", "windbox_pressure", "PT-103", "windbox pressure", 0, 100, "mbar"),
    Signal(_AIO, "InputValue_4", "hopper_level", "LT-104", "hopper level", 0, 100, "%"),
    Signal(_AIO, "RTDValue_1", "bed_temperature", "TT-101", "bed temperature", 0, 400, "°C"),
    Signal(
        _AIO, "RTDValue_2", "windbox_temperature", "TT-102", "windbox temperature", 0, 500, "°C"
    ),
    Signal(_AIO, "OutputValue_1", "blower_speed", "SC-101", "blower speed", 0, 100, "%"),
    Signal(_AIO, "OutputValue_2", "heater_power", "JC-102", "heater power", 0, 100, "%"),
    Signal(
        _AIO_2,
        "RTDValue_1",
        "freeboard_temperature",
        "TT-103",
        "freeboard temperature",
        0,
        400,
        "°C",
    ),
    Signal(
        _AIO_2, "RTDValue_2", "ambient_temperature", "TT-104", "ambient temperature", 0, 50, "°C"
    ),
    Signal(_MIO, "AnalogInput_1", "humidity", "MT-105", "humidity", 0, 100, "%"),
    Signal(_RO, "RelayOutput_1", "heater_contactor", "KM-102", "heater contactor"),
)

_RANGE_0_10_V, _RANGE_4_20_MA = 2, 7
_OUTPUT_0_10_V, _OUTPUT_4_20_MA = 2, 9
_COUNT_RISING = 1

_DEFAULTS: dict[int, dict[str, int]] = {
    _DIO: {"InputMode_4": _COUNT_RISING},
    _AIO: {
        "Input1Range": _RANGE_4_20_MA,
        "Input2Range": _RANGE_4_20_MA,
        "Input3Range": _RANGE_0_10_V,
        "Input4Range": _RANGE_4_20_MA,
        "Output1Range": _OUTPUT_0_10_V,
        "Output2Range": _OUTPUT_4_20_MA,
        "OutputValue_2": 4000,
        "ADC_DataRate": 3,
    },
    _AIO_2: {f"Input{n}Range": 0 for n in range(1, 5)},
}
_MODULES = {_DIO: DIO, _BASE: CONNECT_4, _AIO: AIO, _AIO_2: AIO, _MIO: MIO, _RO: RO}


def rig_config() -> Json:
    """The rig's configuration as PiCtory would save it."""
    return assemble(_devices())


def rig_text() -> str:
    """The same as the text of a config.rsc."""
    return to_text(rig_config())


def _devices() -> Iterator[Json]:
    for position, product_type in _MODULES.items():
        own = [signal for signal in SIGNALS if signal.position == position]
        yield module(
            product_type,
            position,
            names={signal.terminal: signal.name for signal in own},
            comments={signal.terminal: signal.comment for signal in own},
            defaults=_DEFAULTS.get(position),
        )
