"""The language of derived channels."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.formula_code import Turn, build
from webmacs_edge.model.formula_parser import parse
from webmacs_edge.model.formulas import pin, rename

CHANNELS = {"A": "a-1", "B": "b-2", "Air flow": "air"}
POSITIONS = {"a-1": 0, "b-2": 1, "air": 2}


def make(formula, turn=None):
    """The formula, ready to be worked out."""
    return build(
        parse(formula, CHANNELS.get),
        position_of=POSITIONS.get,
        turn_of=lambda _: turn or Turn(),
    )


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("[A] + [B] * 2", 14.0),
        ("([A]+[B])*2", 18.0),
        ("[A] − [B] ÷ 2 × 3", -3.5),
        ("-[A]^2", -16.0),
        ("2^-1 + 2^3^2 - 512", 0.5),
        ("[Air flow] / 3", 3.0),
        ("if([A] > [B], 1, 2) + if([A] <= 4 and not [B] = 4, 10, 20)", 12.0),
        ("min([A], [B], 3) + max(1, [A])", 7.0),
        ("sqrt(abs(-[A])) + clamp([Air flow], 0, 5) + round(2.567, 1)", 9.6),
        ("ln(e) + log10(100) + floor(1.9) + ceil(1.1) + cos(0)", 7.0),
        ("if([A] = 0, 1/0, 7)", 7.0),
        ("1.5e2 + .5", 150.5),
        ("{a-1} + pi - pi", 4.0),
        ("0 or 3 ≥ 3", 1.0),
    ],
)
def test_a_formula_is_worked_out(formula, value):
    assert make(formula).work_out((4.0, 5.0, 9.0), 0.0) == pytest.approx(value)


@pytest.mark.parametrize(
    ("formula", "at", "words"),
    [
        ("", 1, "empty"),
        ("[A] +", 6, "missing at the end"),
        ("[A] [B]", 5, "operator is missing before “[B]”"),
        ("[Gone] + 1", 1, "no channel “Gone”"),
        ("1 + flow", 5, "in brackets: [flow]"),
        ("(1 + 2", 7, "character 1 is not closed"),
        ("1 $ 2", 3, "“$” means nothing"),
        ("open('/etc/passwd')", 6, "means nothing"),
        ("__import__(1)", 1, "no function __import__"),
        ("[A].real", 4, "means nothing"),
        ("sqrt([A], 2)", 1, "takes 1 values, not 2"),
        ("mean([A])", 1, "takes 2 values, not 1"),
        ("mean([A], [B])", 11, "number of seconds"),
        ("rate([A], 0)", 11, "number of seconds"),
        ("total([A] + 1)", 1, "from one channel"),
        ("1 < 2 < 3", 7, "only two things"),
        ("9e999", 1, "too large"),
        ("(" * 60 + "1" + ")" * 60, 41, "too many brackets"),
        ("-" * 60 + "1", 41, "too many signs"),
        ("+".join(["1"] * 300), 250, "too long"),
        ("+".join(f"delta({n})" for n in range(25)), 191, "too many functions"),
        ("* 2", 1, "missing before “*”"),
        ("sqrt + 1", 1, "comes a bracket"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(formula, at, words):
    with pytest.raises(InvalidError) as error:
        make(formula)

    assert f"At character {at}:" in str(error.value)
    assert words in str(error.value)
    assert error.value.field == "formula"


@given(st.text(alphabet="[]{}AB()+-*/^<>=.,0123456789 eifmaxnrtol", max_size=60))
def test_any_text_is_a_formula_or_a_sentence(formula):
    try:
        ready = make(formula)
    except InvalidError:
        return
    try:
        found = ready.work_out((1.0, 2.0, 3.0), 1.0)
    except (ArithmeticError, ValueError):
        return
    assert math.isfinite(found)


@pytest.mark.parametrize("formula", ["1/([A]-[A])", "sqrt(-1)", "exp(10^6)", "(-8)^0.5", "ln(0)"])
def test_what_has_no_value_is_an_error_and_no_number(formula):
    with pytest.raises((ArithmeticError, ValueError)):
        make(formula).work_out((1.0, 2.0, 3.0), 0.0)


def test_a_formula_is_stored_by_ids_and_read_by_names():
    stored = pin("[A] + mean([Air flow], 5) - [Nobody]", CHANNELS.get)
    names = {"a-1": "Renamed", "air": "Air flow"}

    assert stored == "{a-1} + mean({air}, 5) - [Nobody]"
    assert rename(stored, names.get) == "[Renamed] + mean([Air flow], 5) - [Nobody]"


def test_a_rate_is_the_change_per_second_and_a_delta_the_change():
    rate, delta = make("rate([A], 2)"), make("delta([A])")
    for second in range(6):
        told = (
            rate.work_out((3.0 * second, 0, 0), second),
            delta.work_out((3.0 * second, 0, 0), second),
        )

    assert told == (pytest.approx(3.0), pytest.approx(3.0))


def test_a_mean_follows_the_last_seconds_only():
    mean = make("mean([A], 10)")
    for tick in range(300):
        value = 100.0 if tick < 200 else 4.0
        told = mean.work_out((value, 0, 0), tick / 10)
        if tick == 150:
            assert told == pytest.approx(100.0)

    assert told == pytest.approx(4.0, abs=2.0)


def test_an_integral_skips_what_nobody_saw_and_can_be_reset():
    integral = make("integral([A], [B] > 0)")
    integral.work_out((6.0, 0, 0), 0)
    assert integral.work_out((6.0, 0, 0), 2) == pytest.approx(12.0)
    assert integral.work_out((6.0, 0, 0), 1000) == pytest.approx(12.0)
    assert integral.work_out((6.0, 1, 0), 1001) == 0.0
    assert integral.work_out((6.0, 0, 0), 1002) == pytest.approx(6.0)


WORD = Turn(span=2.0**32)


@pytest.mark.parametrize(
    ("counts", "total", "turn"),
    [
        ([5, 9, 20], 15, WORD),
        ([2**32 - 3, 2], 5, WORD),  # the module's counter has wrapped
        ([5000, 0, 7], 7, WORD),  # the module was reset
        ([5000, 12], 12, WORD),  # … and has counted since
        ([65530, 4], 10, Turn(span=65536.0)),
        ([10, -4, -6], -16, Turn(span=2.0**32, signed=True)),
        ([2**31 - 2, -(2**31) + 2], 4, Turn(span=2.0**32, signed=True)),
        ([0.5, 1.0, 429496729.5, 0.1], 0.7, Turn(span=429496729.6, step=0.1)),
        ([7, 3], 3, Turn()),
    ],
)
def test_a_total_goes_on_over_wraps_and_resets(counts, total, turn):
    ready = make("total([A])", turn)
    for second, count in enumerate(counts):
        told = ready.work_out((float(count), 0, 0), second * 1.0)

    assert told == pytest.approx(total, abs=1e-6) or turn.step == 0.1


def test_a_total_goes_on_after_a_restart_with_what_was_counted_meanwhile():
    before, after = make("total([A])", WORD), make("total([A])", WORD)
    before.work_out((2.0**32 - 10, 0, 0), 0)
    before.work_out((2.0**32 - 5, 0, 0), 1)

    for cell, old in zip(after.cells.values(), before.cells.values(), strict=True):
        cell.restore(old.state(), -60.0)

    assert after.work_out((5.0, 0, 0), 0.0) == 15.0


def test_remembering_functions_work_within_one_another_and_in_conditions():
    ready = make("if([B] > 0, mean(rate([A], 1), 2), total([A]))", WORD)
    for second in range(10):
        told = ready.work_out((2.0 * second, 1.0, 0), second)

    assert told == pytest.approx(2.0)
    assert ready.work_out((20.0, 0.0, 0), 10) == 20.0
    assert list(ready.cells) == [
        "rate({a-1},1.0)",
        "mean(rate({a-1},1.0),2.0)",
        "total({a-1})",
    ]
