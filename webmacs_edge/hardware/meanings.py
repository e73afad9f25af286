"""What an entry of a module means under the module's settings; one small function per kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from webmacs_edge.hardware import ranges
from webmacs_edge.hardware.driver import PointKind, StatusBits
from webmacs_edge.hardware.places import Spot
from webmacs_edge.hardware.ranges import UNKNOWN, Span
from webmacs_edge.hardware.settings import Settings


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the settings say about one entry; addresses count from the start of the module."""

    kind: PointKind
    signed: bool = False
    span: Span = UNKNOWN
    status: StatusBits | None = None
    rate_hz: float | None = None
    scaled: bool = False  # the module recalculates the value: its unit is the user's own
    hidden: bool = False
    primary: bool = False  # counts as used in a module where nobody named anything
    wired: bool = False  # counts as used in any case


Reader = Callable[[Spot, Settings], Meaning]

_COUNT_MODES = {1, 2}
_ENCODER_MODE = 3


def plain(spot: Spot, _settings: Settings) -> Meaning:
    """What the row itself says."""
    place = spot.place
    return Meaning(
        place.kind,
        signed=place.signed,
        span=place.span,
        hidden=place.hidden,
        primary=place.primary and not place.hidden,
        wired=place.always,
    )


def _with_span(base: Meaning, span: Span | None) -> Meaning:
    """The meaning with that range; None, a channel switched off, is no candidate."""
    if span is None:
        return replace(base, primary=False)
    return replace(base, span=span)


def _with_factors(base: Meaning, settings: Settings, byte: int) -> Meaning:
    """Drop the unit when the module calculates y = multiplier / divisor * x + offset."""
    multiplier = settings.number(byte, 16, signed=True)
    divisor = settings.number(byte + 2, 16, signed=True)
    offset = settings.number(byte + 4, 16, signed=True)
    if multiplier is None or divisor is None or offset is None:
        return base
    if multiplier == divisor != 0 and offset == 0:
        return base
    return replace(base, span=UNKNOWN, scaled=True)


def _aio_input(spot: Spot, settings: Settings) -> Meaning:
    first = 24 + 7 * spot.index
    code = settings.number(first)
    base = replace(
        plain(spot, settings),
        status=StatusBits(8 + spot.index, 8, ranges.AIO_INPUT_WORDS),
        rate_hz=ranges.AIO_RATES_HZ.get(settings.number(52) or 0),
    )
    ranged = _with_span(base, ranges.AIO_INPUT_RANGES.get(code or 0))
    return _with_factors(ranged, settings, first + 1)


def _aio_rtd(spot: Spot, settings: Settings) -> Meaning:
    base = replace(
        plain(spot, settings), status=StatusBits(16 + spot.index, 8, ranges.AIO_RTD_WORDS)
    )
    return _with_factors(base, settings, 55 + 8 * spot.index)


def _aio_output(spot: Spot, settings: Settings) -> Meaning:
    first = 69 + 10 * spot.index
    base = replace(
        plain(spot, settings), status=StatusBits(18 + spot.index, 8, ranges.AIO_OUTPUT_WORDS)
    )
    ranged = _with_span(base, ranges.AIO_OUTPUT_RANGES.get(settings.number(first) or 0))
    return _with_factors(ranged, settings, first + 4)


def _dio_input(spot: Spot, settings: Settings) -> Meaning:
    is_low = spot.index < 8  # noqa: PLR2004 # two chips with eight inputs each
    words = ranges.DIO_LOW_INPUT_WORDS if is_low else ranges.DIO_HIGH_INPUT_WORDS
    return replace(plain(spot, settings), status=StatusBits(4, 16, words))


def _dio_output(spot: Spot, settings: Settings) -> Meaning:
    """An output that is driven by its duty cycle is not switched as well."""
    base = plain(spot, settings)
    status = StatusBits(4, 16, ranges.DIO_OUTPUT_WORDS)
    return replace(base, status=status, primary=base.primary and not _has_pwm(spot, settings))


def _dio_counter(spot: Spot, settings: Settings) -> Meaning:
    base = plain(spot, settings)
    mode = settings.number(88 + spot.index)
    if base.hidden or mode is None:
        return base
    if mode == _ENCODER_MODE:
        is_second = spot.index % 2 == 1 and settings.number(87 + spot.index) == _ENCODER_MODE
        return replace(_encoder(base), wired=not is_second)
    return replace(base, wired=mode in _COUNT_MODES)


def _encoder(base: Meaning) -> Meaning:
    return replace(base, kind=PointKind.encoder, signed=True, span=ranges.STEPS)


def _dio_pwm(spot: Spot, settings: Settings) -> Meaning:
    base = plain(spot, settings)
    return replace(base, wired=_has_pwm(spot, settings) and not base.hidden)


def _has_pwm(spot: Spot, settings: Settings) -> bool:
    return settings.flag(110 + spot.index // 8, spot.index % 8)


def _compact_input(spot: Spot, settings: Settings) -> Meaning:
    base = replace(
        plain(spot, settings),
        status=StatusBits(21, 8, ranges.COMPACT_ANALOG_WORDS),
        rate_hz=ranges.COMPACT_RATE_HZ,
    )
    return _with_span(base, ranges.COMPACT_RANGES.get(settings.number(30 + spot.index) or 0))


def _compact_output(spot: Spot, settings: Settings) -> Meaning:
    return replace(plain(spot, settings), status=StatusBits(22, 8, ranges.COMPACT_ANALOG_WORDS))


def _compact_bit(status: StatusBits) -> Reader:
    return lambda spot, settings: replace(plain(spot, settings), status=status)


def _flat_input(spot: Spot, settings: Settings) -> Meaning:
    code = settings.number(12)
    span = None if code is None else ranges.FLAT_RANGES.get(code)
    base = replace(plain(spot, settings), status=StatusBits(2, 8, ranges.FLAT_ANALOG_WORDS))
    return _with_span(base, span)


def _flat_output(spot: Spot, settings: Settings) -> Meaning:
    return replace(plain(spot, settings), status=StatusBits(3, 8, ranges.FLAT_ANALOG_WORDS))


def _relay(spot: Spot, settings: Settings) -> Meaning:
    """A relay that has switched often is still what it shows: a warning, no fault."""
    status = StatusBits(0, 8, {1 << spot.index: ranges.RELAY_WORDS}, is_fault=False)
    return replace(plain(spot, settings), status=status)


_DIGITAL_IN, _PULSE_IN, _PWM_IN, _DIGITAL_OUT, _, _PWM_OUT = range(6)  # IO_Mode_<n> of the MIO


def _mio_bit(mode: int) -> Reader:
    def read(spot: Spot, settings: Settings) -> Meaning:
        base = plain(spot, settings)
        return replace(base, primary=settings.number(62 + spot.index) == mode)

    return read


def _mio_duty(spot: Spot, settings: Settings) -> Meaning:
    base = plain(spot, settings)
    mode = settings.number(62 + spot.index)
    if mode == _PWM_IN:
        return replace(base, span=ranges.PER_MILLE, wired=True)
    return replace(base, kind=PointKind.analog, wired=mode == _PULSE_IN)


def _mio_count(spot: Spot, settings: Settings) -> Meaning:
    base = plain(spot, settings)
    if spot.index == 0 and settings.number(61):
        return replace(_encoder(base), wired=True)
    mode = settings.number(62 + spot.index)
    if mode == _PWM_IN:
        return replace(base, kind=PointKind.analog, span=Span("Hz"), wired=True)
    return replace(base, wired=mode == _PULSE_IN)


def _mio_pwm_output(spot: Spot, settings: Settings) -> Meaning:
    is_active = settings.number(62 + spot.index) == _PWM_OUT
    return replace(plain(spot, settings), span=ranges.PER_MILLE, wired=is_active)


def _mio_analog(mode_byte: int) -> Reader:
    def read(spot: Spot, settings: Settings) -> Meaning:
        is_logic = settings.flag(mode_byte, spot.index)
        return _with_span(plain(spot, settings), None if is_logic else ranges.MILLIVOLT_10)

    return read


def _mio_level(mode_byte: int) -> Reader:
    def read(spot: Spot, settings: Settings) -> Meaning:
        return replace(plain(spot, settings), primary=settings.flag(mode_byte, spot.index))

    return read


AIO: Mapping[str, Reader] = {
    "InputValue_{n}": _aio_input,
    "RTDValue_{n}": _aio_rtd,
    "OutputValue_{n}": _aio_output,
}
DIO: Mapping[str, Reader] = {
    "I_{n}": _dio_input,
    "O_{n}": _dio_output,
    "Counter_{n}": _dio_counter,
    "PWM_{n}": _dio_pwm,
}
COMPACT: Mapping[str, Reader] = {
    "AIn_{n}": _compact_input,
    "AOut_{n}": _compact_output,
    "DIn_{n}": _compact_bit(StatusBits(19, 8, ranges.COMPACT_INPUT_WORDS)),
    "DOut_{n}": _compact_bit(StatusBits(20, 8, ranges.COMPACT_OUTPUT_WORDS)),
}
FLAT: Mapping[str, Reader] = {"AIn": _flat_input, "AOut": _flat_output}
RO: Mapping[str, Reader] = {"RelayOutput_{n}": _relay}
MIO: Mapping[str, Reader] = {
    "DigitalInput_{n}": _mio_bit(_DIGITAL_IN),
    "DutyCycle_PulseLength_{n}": _mio_duty,
    "Fpwm_PulseCount_{n}": _mio_count,
    "AnalogInputLogicLevel_{n}": _mio_level(82),
    "AnalogInput_{n}": _mio_analog(82),
    "DigitalOutput_{n}": _mio_bit(_DIGITAL_OUT),
    "PwmDutycycle_{n}": _mio_pwm_output,
    "AnalogOutputLogicLevel_{n}": _mio_level(100),
    "AnalogOutput_{n}": _mio_analog(100),
}
