"""The layout of every Revolution Pi module we know, one row per kind of entry."""

from dataclasses import replace

from webmacs_edge.hardware.driver import Direction, PointKind
from webmacs_edge.hardware.places import Place
from webmacs_edge.hardware.ranges import (
    CPU_FREQUENCY,
    CPU_TEMPERATURE,
    MILLISECONDS,
    MILLIVOLT_10,
    PER_CENT,
    PULSES,
    RTD,
)

_IN, _OUT, _MEM = Direction.input, Direction.output, Direction.memory
_ANALOG, _DIGITAL = PointKind.analog, PointKind.digital
_STATUS, _SETTING = PointKind.status, PointKind.setting
_COUNTER, _PWM = PointKind.counter, PointKind.pwm

Places = tuple[Place, ...]


def _mem(name: str, offset: int, bits: int = 8, *, count: int = 1, stride: int = 0) -> Place:
    return Place(_MEM, name, offset, bits, _SETTING, count, stride)


def _hide(places: Places, section: Direction) -> Places:
    return tuple(replace(p, hidden=True) if p.section == section else p for p in places)


_STATUS_BYTE = Place(_IN, "RevPiStatus", 0, 8, _STATUS, exported=True)
_BUS: Places = (
    _STATUS_BYTE,
    Place(_IN, "RevPiIOCycle", 1, 8, _ANALOG, exported=True, span=MILLISECONDS, always=True),
    Place(_IN, "RS485ErrorCnt", 2, 16, _STATUS),
)


def _cpu(offset: int) -> Places:
    return (
        Place(_IN, "Core_Temperature", offset, 8, _ANALOG, span=CPU_TEMPERATURE, always=True),
        Place(_IN, "Core_Frequency", offset + 1, 8, _ANALOG, span=CPU_FREQUENCY),
    )


def _led(offset: int, bits: int = 8) -> Place:
    return Place(_OUT, "RevPiLED", offset, bits, _SETTING, exported=True)


def _limits(offset: int) -> Places:
    return (
        Place(_OUT, "RS485ErrorLimit1", offset, 16, _SETTING, default=10),
        Place(_OUT, "RS485ErrorLimit2", offset + 2, 16, _SETTING, default=1000),
    )


_X2_IN = Place(_IN, "X2_In", 0, 1, _DIGITAL, first_bit=6, word="RevPiStatus", bit_name="X2_In")
_X2_OUT = Place(_OUT, "X2_Out", 6, 1, _DIGITAL, word="RevPiOutput", bit_name="X2_Out")

CORE_10: Places = (_STATUS_BYTE, _led(1))
CORE_11: Places = (*_BUS, _led(4), *_limits(5))
CORE: Places = (*_BUS, *_cpu(4), _led(6), *_limits(7))
CONNECT: Places = (*CORE, _X2_IN, replace(_X2_OUT, first_bit=6, word="RevPiLED"))
CONNECT_4: Places = (
    *_BUS,
    *_cpu(4),
    _X2_IN,
    Place(_OUT, "RevPiOutput", 6, 8, _SETTING, exported=True),
    _X2_OUT,
    *_limits(7),
    _led(11, 16),
)
CONNECT_5: Places = (
    *_BUS,
    *_cpu(4),
    Place(_OUT, "RevPiReservedByte", 6, 8, _SETTING, hidden=True),
    *_limits(7),
    _led(11, 16),
)

COMPACT: Places = (
    *_cpu(0),
    Place(_IN, "DIn_{n}", 2, 1, _DIGITAL, 8, word="DIn", exported=True, primary=True),
    Place(_IN, "AIn_{n}", 3, 16, _ANALOG, 8, signed=True, primary=True),
    Place(_IN, "DIn_Status", 19, 8, _STATUS),
    Place(_IN, "DOut_Status", 20, 8, _STATUS),
    Place(_IN, "AIn_Status", 21, 8, _STATUS),
    Place(_IN, "AOut_Status", 22, 8, _STATUS),
    _led(23),
    Place(_OUT, "DOut_{n}", 24, 1, _DIGITAL, 8, word="DOut", exported=True, primary=True),
    Place(_OUT, "AOut_{n}", 25, 16, _ANALOG, 2, span=MILLIVOLT_10, primary=True),
    _mem("InputDebounce", 29),
    _mem("AInMode_{n}", 30, count=8),
)

FLAT: Places = (
    Place(_IN, "AIn", 0, 16, _ANALOG, signed=True, exported=True, primary=True),
    Place(_IN, "AIn_Status", 2, 8, _STATUS),
    Place(_IN, "AOut_Status", 3, 8, _STATUS),
    *_cpu(4),
    Place(_IN, "Top_Button_{n}", 6, 1, _DIGITAL, word="Top_Button", exported=True, primary=True),
    _led(7, 16),
    Place(_OUT, "AOut", 9, 16, _ANALOG, span=MILLIVOLT_10, exported=True, primary=True),
    Place(_OUT, "DOut_{n}", 11, 1, _DIGITAL, word="DOut", exported=True, primary=True),
    _mem("AInMode", 12),
)

DIO: Places = (
    Place(_IN, "I_{n}", 0, 1, _DIGITAL, 16, word="Input", exported=True, primary=True),
    Place(_IN, "Output_Status", 2, 16, _STATUS),
    Place(_IN, "Status", 4, 16, _STATUS),
    Place(_IN, "Counter_{n}", 6, 32, _COUNTER, 16, span=PULSES),
    Place(_OUT, "O_{n}", 70, 1, _DIGITAL, 16, word="Output", exported=True, primary=True),
    Place(_OUT, "PWM_{n}", 72, 8, _PWM, 16, span=PER_CENT),
    _mem("InputMode_{n}", 88, count=16),
    _mem("InputDebounce", 104, 16),
    _mem("OutputPushPull", 106, 16),
    _mem("OutputOpenLoadDetect", 108, 16),
    _mem("OutputPWMActive", 110, 16),
    replace(_mem("OutputPWMFrequency", 112), default=1),
)
DI: Places = _hide(DIO, _OUT)
DO: Places = tuple(
    replace(p, hidden=True) if p.section == _IN and p.kind != _STATUS else p for p in DIO
)


def _factors(name: str, offset: int, *, stride: int, count: int) -> Places:
    one = replace(_mem(name + "Multiplier", offset, 16, count=count, stride=stride), default=1)
    return (
        one,
        replace(one, name=name + "Divisor", offset=offset + 2),
        replace(one, name=name + "Offset", offset=offset + 4, default=0),
    )


AIO: Places = (
    Place(_IN, "InputValue_{n}", 0, 16, _ANALOG, 4, signed=True, primary=True),
    Place(_IN, "InputStatus_{n}", 8, 8, _STATUS, 4),
    Place(_IN, "RTDValue_{n}", 12, 16, _ANALOG, 2, signed=True, span=RTD, primary=True),
    Place(_IN, "RTDStatus_{n}", 16, 8, _STATUS, 2),
    Place(_IN, "OutputStatus_{n}", 18, 8, _STATUS, 2),
    Place(_OUT, "OutputValue_{n}", 20, 16, _ANALOG, 2, signed=True, primary=True),
    replace(_mem("Input{n}Range", 24, count=4, stride=7), default=1),
    *_factors("Input{n}", 25, stride=7, count=4),
    _mem("ADC_DataRate", 52),
    _mem("RTD{n}Type", 53, count=2, stride=8),
    _mem("RTD{n}Wiring", 54, count=2, stride=8),
    *_factors("RTD{n}", 55, stride=8, count=2),
    _mem("Output{n}Range", 69, count=2, stride=10),
    _mem("Output{n}EnableSlew", 70, count=2, stride=10),
    _mem("Output{n}SlewStepSize", 71, count=2, stride=10),
    _mem("Output{n}SlewClock", 72, count=2, stride=10),
    *_factors("Output{n}", 73, stride=10, count=2),
)

_MIO_BIT = Place(_IN, "DigitalInput_{n}", 0, 1, _DIGITAL, 4, exported=True, primary=True)
MIO: Places = (
    replace(_MIO_BIT, word="DigitalInput"),
    Place(_IN, "ReservedDI_{n}", 0, 1, _SETTING, 8, hidden=True),
    Place(_IN, "DutyCycle_PulseLength_{n}", 1, 16, _PWM, 4),
    Place(_IN, "Fpwm_PulseCount_{n}", 9, 16, _COUNTER, 4, span=PULSES),
    replace(
        _MIO_BIT,
        name="AnalogInputLogicLevel_{n}",
        offset=17,
        count=8,
        word="AnalogInputLogicLevel",
    ),
    Place(_IN, "AnalogInput_{n}", 18, 16, _ANALOG, 8, signed=True, exported=True, primary=True),
    replace(_MIO_BIT, section=_OUT, name="DigitalOutput_{n}", offset=34, word="DigitalOutput"),
    Place(_OUT, "ReservedDO_{n}", 34, 1, _SETTING, 8, hidden=True),
    Place(_OUT, "PwmDutycycle_{n}", 35, 16, _PWM, 4),
    replace(
        _MIO_BIT,
        section=_OUT,
        name="AnalogOutputLogicLevel_{n}",
        offset=43,
        count=8,
        word="AnalogOutputLogicLevel",
    ),
    Place(_OUT, "Reserved", 44, 8, _SETTING, hidden=True),
    Place(_OUT, "AnalogOutput_{n}", 45, 16, _ANALOG, 8, exported=True, primary=True),
    _mem("EncoderMode", 61),
    _mem("IO_Mode_{n}", 62, count=4),
    _mem("Pullup", 66),
    _mem("PulseMode", 67),
    _mem("FpwmOut_12", 68, 16),
    _mem("FpwmOut_3", 70, 16),
    _mem("FpwmOut_4", 72, 16),
    _mem("PulseLength_{n}", 74, 16, count=4),
    Place(_MEM, "AnalogInputMode_{n}", 82, 1, _SETTING, 8),
    _mem("InputLogicLevelVoltage_{n}", 83, 16, count=8),
    _mem("FilterWindowSize", 99),
    Place(_MEM, "AnalogOutputMode_{n}", 100, 1, _SETTING, 8),
    _mem("OutputLogicLevelVoltage_{n}", 101, 16, count=8),
)

RO: Places = (
    Place(_IN, "Status", 0, 8, _STATUS),
    Place(
        _OUT, "RelayOutput_{n}", 1, 1, _DIGITAL, 4, word="RelayOutput", exported=True, primary=True
    ),
    Place(_OUT, "RelayOutputPadding_{n}", 1, 1, _SETTING, 4, first_bit=4, hidden=True),
    _mem("RelayCycleWarningThreshold_{n}", 2, 32, count=4),
)
