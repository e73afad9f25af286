"""Checks of channels: what is taken by itself, when, and what a check is worth later."""

import pytest

from webmacs_edge.model.commissioning import (
    SETTLES_MS,
    CheckKind,
    CheckRun,
    CheckState,
    analogue_steps,
    counter_steps,
    digital_steps,
    fingerprint,
    state_of,
)
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.quality import Quality

FED = ("Feed 4 mA.", "Feed 12 mA.", "Feed 20 mA.")


def analogue(tolerance: float = 0.5) -> CheckRun:
    return CheckRun(CheckKind.analogue, analogue_steps(FED, (0, 50, 100), tolerance=tolerance), 0)


def test_a_value_is_taken_once_it_has_stayed_within_its_tolerance():
    run = analogue()

    run.observe(0.2, Quality.GOOD, at_ms=1000)
    run.observe(3.0, Quality.GOOD, at_ms=2000)  # it moved on: the time begins anew
    run.observe(-0.4, Quality.GOOD, at_ms=3000)
    run.observe(-0.4, Quality.GOOD, at_ms=3000 + SETTLES_MS - 1)
    assert run.position == 0
    run.observe(-0.3, Quality.GOOD, at_ms=3000 + SETTLES_MS)

    assert run.position == 1
    assert (run.steps[0].value, run.steps[0].passed) == (-0.3, True)


@pytest.mark.parametrize(
    ("value", "quality"),
    [(50.0, Quality.BAD), (50.0, Quality.STALE), (None, Quality.GOOD), (50.6, Quality.GOOD)],
)
def test_what_cannot_be_trusted_or_does_not_fit_is_waited_out(
    value: float | None, quality: Quality
):
    run = analogue()
    run.take(0.0, at_ms=0)
    for at_ms in range(0, 10_000, 500):
        run.observe(value, quality, at_ms=at_ms)

    assert run.position == 1


def test_a_value_that_never_comes_is_judged_by_what_is_there():
    run = analogue()
    for value in (0.0, 57.0, 100.0):
        run.take(value, at_ms=1)

    assert run.is_done
    assert not run.has_passed
    assert [step.passed for step in run.steps] == [True, False, True]


@pytest.mark.parametrize("now", [0.0, 1.0])
def test_a_button_is_seen_there_and_back_from_whatever_it_shows(now: float):
    run = CheckRun(CheckKind.digital, digital_steps(now, words=("Off", "On")), 0)

    run.observe(now, Quality.GOOD, at_ms=1)
    assert run.position == 0
    run.observe(1 - now, Quality.GOOD, at_ms=2)
    run.observe(now, Quality.GOOD, at_ms=3)

    assert run.has_passed
    assert [step.value for step in run.steps] == [1 - now, now]


def test_a_counter_is_taken_once_it_has_gone_on():
    run = CheckRun(CheckKind.counter, counter_steps(41), 0)

    run.observe(41, Quality.GOOD, at_ms=1)
    assert not run.is_done
    run.observe(57, Quality.GOOD, at_ms=2)

    assert run.has_passed


@pytest.mark.parametrize("tolerance", [0.0, -1.0, float("nan"), 50.0])
def test_a_tolerance_that_says_nothing_is_refused(tolerance: float):
    with pytest.raises(InvalidError) as refused:
        analogue(tolerance)

    assert refused.value.field == "tolerance"


def test_a_check_counts_until_the_channel_changes():
    then = fingerprint("32/Input@0:16s", 0.1, 0.0)
    moved = fingerprint("32/Input@2:16s", 0.1, 0.0)

    assert state_of(None, "", then) is CheckState.unchecked
    assert state_of(True, then, then) is CheckState.passed
    assert state_of(False, then, then) is CheckState.failed
    assert state_of(True, then, moved) is CheckState.stale
