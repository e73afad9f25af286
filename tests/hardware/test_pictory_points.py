"""What the layout says about each kind of point."""

import pytest

from tests.hardware.samples import entry_of, parse, point_of, rig, with_module
from webmacs_edge.hardware.driver import Direction, PointKind
from webmacs_edge.hardware.simulator.modules import AIO, CONNECT_4, DIO, MIO, RO, assemble, module

CORE, DI, DO, COMPACT, CONNECT, FLAT, CONNECT_5 = 95, 97, 98, 104, 105, 135, 138


@pytest.mark.parametrize(
    ("code", "unit", "low", "high", "low_valid"),
    [
        (0, "", None, None, None),
        (1, "mV", -10_000, 10_000, None),
        (2, "mV", 0, 10_000, None),
        (3, "mV", 0, 5_000, None),
        (4, "mV", -5_000, 5_000, None),
        (5, "µA", 0, 20_000, None),
        (6, "µA", 0, 24_000, None),
        (7, "µA", 4_000, 20_000, 3_600),
        (8, "µA", -25_000, 25_000, None),
        (99, "", None, None, None),
    ],
)
def test_the_range_of_an_aio_input_gives_unit_and_span(code, unit, low, high, low_valid):
    layout = parse(with_module(AIO, defaults={"Input2Range": code}))

    point = point_of(layout, "InputValue_2")

    assert (point.unit, point.low, point.high, point.low_valid) == (unit, low, high, low_valid)
    assert point.signed


@pytest.mark.parametrize(
    ("code", "unit", "low", "high"),
    [
        (0, "", None, None),
        (2, "mV", 0, 10_000),
        (4, "mV", -10_000, 10_000),
        (9, "µA", 4_000, 20_000),
    ],
)
def test_the_range_of_an_aio_output_gives_unit_and_span(code, unit, low, high):
    layout = parse(with_module(AIO, defaults={"Output1Range": code}))

    point = point_of(layout, "OutputValue_1")

    assert (point.unit, point.low, point.high, point.low_valid) == (unit, low, high, None)


@pytest.mark.parametrize(
    ("factors", "scaled"),
    [
        ({}, False),
        ({"Input1Multiplier": 10, "Input1Divisor": 10}, False),
        ({"Input1Multiplier": 10}, True),
        ({"Input1Offset": -5}, True),
        ({"Input1Divisor": 0}, True),
        ({"Input1Multiplier": 0, "Input1Divisor": 0}, True),
    ],
)
def test_an_input_scaled_in_pictory_has_no_unit_of_ours(factors, scaled):
    layout = parse(with_module(AIO, defaults=factors))

    point = point_of(layout, "InputValue_1")

    assert point.scaled_in_pictory is scaled
    assert point.unit == ("" if scaled else "mV")


def test_a_negative_or_hexadecimal_factor_is_read_as_the_module_does():
    config = with_module(AIO, defaults={"Input1Offset": -1})
    entry_of(config, "Input1Multiplier")[1] = "0xFFFF"  # -1 as a signed word
    entry_of(config, "Input1Divisor")[1] = "-1"
    entry_of(config, "Input1Offset")[1] = "0x0"

    point = point_of(parse(config), "InputValue_1")

    assert not point.scaled_in_pictory


def test_an_rtd_counts_tenths_of_a_degree_and_knows_its_fault_values():
    point = point_of(parse(rig()), "bed_temperature")

    assert (point.unit, point.native_factor, point.low, point.high) == ("°C", 0.1, -2000, 8500)
    assert dict(point.sentinels or {}) == {
        -2000: "Sensor short or below −200 °C",
        8500: "Sensor open or above 850 °C",
    }


@pytest.mark.parametrize(
    ("name", "address", "words"),
    [
        ("InputValue_1", 8, {1: "Below range", 2: "Above range"}),
        ("InputValue_4", 11, {1: "Below range", 2: "Above range"}),
        (
            "RTDValue_2",
            17,
            {1: "Sensor short or below −200 °C", 2: "Sensor open or above 850 °C"},
        ),
    ],
)
def test_the_status_byte_of_an_aio_channel_is_attached_to_it(name, address, words):
    layout = parse(with_module(AIO))
    offset = layout.device(32).offset

    status = point_of(layout, name).status

    assert status is not None
    assert (status.address, status.bits, dict(status.words)) == (offset + address, 8, words)


def test_the_data_rate_of_the_aio_is_known():
    layout = parse(with_module(AIO, defaults={"ADC_DataRate": 5}))

    assert point_of(layout, "InputValue_1").rate_hz == 160


@pytest.mark.parametrize(
    ("modes", "name", "kind", "signed", "used"),
    [
        ({}, "Counter_1", PointKind.counter, False, False),
        ({"InputMode_1": 1}, "Counter_1", PointKind.counter, False, True),
        ({"InputMode_3": 2}, "Counter_3", PointKind.counter, False, True),
        ({"InputMode_1": 3, "InputMode_2": 3}, "Counter_1", PointKind.encoder, True, True),
        ({"InputMode_1": 3, "InputMode_2": 3}, "Counter_2", PointKind.encoder, True, False),
    ],
)
def test_the_mode_of_a_dio_input_says_what_its_counter_is(modes, name, kind, signed, used):
    point = point_of(parse(with_module(DIO, defaults=modes)), name)

    assert (point.kind, point.signed, point.used) == (kind, signed, used)
    assert point.unit == ("steps" if kind is PointKind.encoder else "pulses")


@pytest.mark.parametrize(
    ("product_type", "hidden", "shown"),
    [(DI, ["O_1", "PWM_1"], ["I_1", "Counter_1"]), (DO, ["I_1", "Counter_1"], ["O_1", "PWM_1"])],
)
def test_the_side_that_a_module_does_not_have_is_hidden(product_type, hidden, shown):
    layout = parse(with_module(product_type))

    assert all(point_of(layout, name).hidden for name in hidden)
    assert not any(point_of(layout, name).hidden for name in shown)


def test_the_bits_of_a_word_are_points_of_their_own():
    config = with_module(DIO)
    inputs = config["Devices"][1]["inp"]
    for index in range(16):
        del inputs[str(index)]
    inputs["0"] = ["Input", "0x8001", "16", "0", True, "0000", "", ""]

    layout = parse(config)

    first, last = point_of(layout, "Input.1"), point_of(layout, "Input.16")
    start = layout.device(32).offset
    assert point_of(layout, "Input").hidden
    assert (first.address, first.bit, first.default, first.used) == (start, 0, 1, True)
    assert (last.address, last.bit, last.default, last.used) == (start + 1, 7, 1, True)
    assert (first.kind, first.bits, first.direction) == (PointKind.digital, 1, Direction.input)


@pytest.mark.parametrize(
    ("product_type", "name"),
    [(CONNECT_4, "RevPiStatus.X2_In"), (CONNECT_4, "RevPiOutput.X2_Out"), (105, "RevPiLED.X2_Out")],
)
def test_the_terminal_x2_of_the_base_is_a_point(product_type, name):
    layout = parse(assemble([module(product_type, 0)]))

    assert point_of(layout, name).kind is PointKind.digital


@pytest.mark.parametrize(
    ("mode", "unit", "factor", "high", "used"),
    [(0, "", 1, None, False), (1, "mV", 1, 10_000, True), (7, "°C", 0.1, 8500, True)],
)
def test_the_mode_of_a_compact_input_gives_unit_and_span(mode, unit, factor, high, used):
    layout = parse(assemble([module(COMPACT, 0, defaults={"AInMode_3": mode})]))

    point = point_of(layout, "AIn_3")

    assert (point.unit, point.native_factor, point.high, point.used) == (unit, factor, high, used)
    assert (point.signed, point.rate_hz) == (True, 1.0)


@pytest.mark.parametrize(("mode", "unit", "low"), [(0, "mV", 0), (1, "µA", 4_000)])
def test_the_mode_of_the_flat_input_gives_unit_and_span(mode, unit, low):
    layout = parse(assemble([module(FLAT, 0, defaults={"AInMode": mode})]))

    point = point_of(layout, "AIn")

    assert (point.unit, point.low, point.signed) == (unit, low, True)


def test_a_mio_input_is_signed_millivolts_or_a_logic_level():
    layout = parse(with_module(MIO, defaults={"AnalogInputMode_2": 1}))

    analog, logic = point_of(layout, "AnalogInput_1"), point_of(layout, "AnalogInput_2")

    assert (analog.unit, analog.signed, analog.used) == ("mV", True, True)
    assert (logic.unit, logic.used) == ("", False)
    assert not point_of(layout, "AnalogInputLogicLevel_1").used
    assert point_of(layout, "AnalogInputLogicLevel_2").used


def test_the_mode_of_a_mio_channel_says_what_is_wired():
    modes = {"IO_Mode_1": 1, "IO_Mode_2": 2, "IO_Mode_3": 3, "IO_Mode_4": 5}
    layout = parse(with_module(MIO, defaults=modes))

    used = {p.name: p.kind for p in layout.points if p.device == 32 and p.bits < 32 and p.used}

    assert used.items() >= {
        ("Fpwm_PulseCount_1", PointKind.counter),
        ("DutyCycle_PulseLength_2", PointKind.pwm),
        ("DigitalOutput_3", PointKind.digital),
        ("PwmDutycycle_4", PointKind.pwm),
    }
    assert not used.keys() & {"DigitalInput_1", "DigitalInput_3", "DigitalOutput_1"}


def test_padding_is_hidden():
    layout = parse(with_module(RO))

    assert point_of(layout, "RelayOutputPadding_1").hidden
    assert not point_of(layout, "RelayOutput_1").hidden
