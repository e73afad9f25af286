"""What a count means: native units, spans, fault values and the words of status bits."""

from collections.abc import Mapping
from dataclasses import dataclass

from webmacs_edge.model.text import text


@dataclass(frozen=True, slots=True)
class Span:
    """The meaning of a word: its unit after `factor`, its ends in counts, and its faults."""

    unit: str = ""
    low: float | None = None
    high: float | None = None
    factor: float = 1.0
    low_valid: float | None = None
    sentinels: Mapping[int, str] | None = None


UNKNOWN = Span()
PULSES = Span("pulses")
STEPS = Span("steps")  # of an encoder
PER_CENT = Span("%", 0, 100)
PER_MILLE = Span("%", 0, 1000, factor=0.1)
MILLISECONDS = Span("ms", 0, 255)
CPU_TEMPERATURE = Span("°C", 0, 100)
CPU_FREQUENCY = Span("MHz", 0, 255, factor=10)

BROKEN_LOOP_UA = 3600  # a 4–20 mA loop below this is broken (NAMUR NE 43)

SHORT_RTD = text("Sensor short or below −200 °C")
OPEN_RTD = text("Sensor open or above 850 °C")
RTD = Span(
    "°C", -2000, 8500, factor=0.1, sentinels={-2000: SHORT_RTD, 8500: OPEN_RTD}
)  # tenths of a degree

MILLIVOLT_10 = Span("mV", 0, 10_000)
MICROAMPERE_4_20 = Span("µA", 4_000, 20_000, low_valid=BROKEN_LOOP_UA)

# Codes of Input<n>Range on the AIO; 0 = unused.
AIO_INPUT_RANGES: Mapping[int, Span] = {
    1: Span("mV", -10_000, 10_000),
    2: MILLIVOLT_10,
    3: Span("mV", 0, 5_000),
    4: Span("mV", -5_000, 5_000),
    5: Span("µA", 0, 20_000),
    6: Span("µA", 0, 24_000),
    7: MICROAMPERE_4_20,
    8: Span("µA", -25_000, 25_000),
}

# Codes of Output<n>Range on the AIO; 0 = off.
AIO_OUTPUT_RANGES: Mapping[int, Span] = {
    1: Span("mV", 0, 5_000),
    2: MILLIVOLT_10,
    3: Span("mV", -5_000, 5_000),
    4: Span("mV", -10_000, 10_000),
    5: Span("mV", 0, 5_500),
    6: Span("mV", 0, 11_000),
    7: Span("mV", -5_500, 5_500),
    8: Span("mV", -11_000, 11_000),
    9: Span("µA", 4_000, 20_000),
    10: Span("µA", 0, 20_000),
    11: Span("µA", 0, 24_000),
}

# Codes of ADC_DataRate on the AIO, as PiCtory labels them.
AIO_RATES_HZ: Mapping[int, float] = {0: 5, 1: 10, 2: 20, 3: 40, 4: 80, 5: 160, 6: 320, 7: 640}

# Codes of AInMode_<n> on the Compact; 0 = off.
COMPACT_RANGES: Mapping[int, Span] = {1: MILLIVOLT_10, 3: RTD, 7: RTD}
COMPACT_RATE_HZ = 1.0  # the channels are converted in turn, one full round each second

# Codes of AInMode on the Flat.
FLAT_RANGES: Mapping[int, Span] = {0: MILLIVOLT_10, 1: MICROAMPERE_4_20}

AIO_INPUT_WORDS = {0x01: text("Below range"), 0x02: text("Above range")}
AIO_RTD_WORDS = {0x01: SHORT_RTD, 0x02: OPEN_RTD}
AIO_OUTPUT_WORDS = {
    0x01: text("Output too hot"),
    0x02: text("Open load or too high a resistance"),
    0x04: text("Internal fault"),
    0x08: text("Value out of range"),
    0x10: text("Internal fault"),
    0x20: text("Supply below 10.2 V"),
    0x40: text("Supply above 28.8 V"),
    0x80: text("Connection timed out"),
}
COMPACT_ANALOG_WORDS = {0x80: text("Conversion or transfer fault")}
COMPACT_INPUT_WORDS = {0x80: text("The inputs cannot be read")}
COMPACT_OUTPUT_WORDS = {0x20: text("Output fault")}
FLAT_ANALOG_WORDS = {0xFF: text("Conversion or transfer fault")}
RELAY_WORDS = text("This relay has switched as often as its warning threshold says")

# The Status word of DIO, DI and DO, by what it is about.
_INPUT_CHIP = {0x0001: text("Input chip does not answer")}
_INPUT_FAULT = {0x0080: text("Input fault")}
DIO_LOW_INPUT_WORDS = {
    **_INPUT_CHIP,
    0x0002: text("Supply of the inputs too low"),
    0x0004: text("Supply of the inputs far too low"),
    0x0008: text("Inputs too hot"),
    **_INPUT_FAULT,
}
DIO_HIGH_INPUT_WORDS = {
    **_INPUT_CHIP,
    0x0010: text("Supply of the inputs too low"),
    0x0020: text("Supply of the inputs far too low"),
    0x0040: text("Inputs too hot"),
    **_INPUT_FAULT,
}
DIO_OUTPUT_WORDS = {
    0x0100: text("Output chip does not answer"),
    0x0200: text("Output chip: damaged message"),
    0x0400: text("Output fault"),
}
