"""What is recorded of what was read."""

import pytest

from tests.acquisition.test_points import make_event
from tests.plant import make_layout, make_point
from webmacs_edge.acquisition.deadband import Deadband
from webmacs_edge.acquisition.points import build_plan

SECOND_NS = 1_000_000_000


def make_deadband(**given):
    """A deadband over one channel, and a function that gives it the next native value."""
    point = make_point()
    plan = build_plan(make_layout(point), [make_event(point, **given)])
    deadband = Deadband(plan)

    def feed(native: int, *, cycle: int = 0, at_s: float = 0.0, image_end: bytes = b"") -> bool:
        image = native.to_bytes(2, "little", signed=True) + image_end
        reading = plan.decode(image.ljust(64, b"\0"))
        return deadband.select(reading, cycle=cycle, mono_ns=int(at_s * SECOND_NS)) == (0,)

    return feed, deadband


def test_without_a_deadband_every_change_is_recorded_and_a_repeat_is_not():
    feed, _ = make_deadband()

    seen = [feed(native) for native in (5, 5, 6, 6, 5)]

    assert seen == [True, False, True, False, True]


def test_a_deadband_in_the_channels_unit_counts_in_native_steps():
    feed, _ = make_deadband(deadband=1.0, factor=0.1)

    seen = [feed(native) for native in (100, 110, 111, 101, 100)]

    assert seen == [True, False, True, False, True]


def test_silence_is_broken_after_its_time():
    feed, _ = make_deadband(silence_s=10.0)

    seen = [feed(5, at_s=at_s) for at_s in (0, 9.9, 10, 19.9, 20)]

    assert seen == [True, False, True, False, True]


def test_the_divider_lets_every_nth_cycle_through():
    feed, _ = make_deadband(divider=3)

    seen = [feed(native, cycle=native) for native in range(7)]

    assert seen == [True, False, False, True, False, False, True]


def test_a_channel_that_is_not_recorded_stays_out():
    feed, _ = make_deadband(recorded=False)

    assert feed(5) is False


def test_a_change_of_quality_is_recorded_whatever_the_divider():
    point = make_point(low=0.0, high=100.0)
    plan = build_plan(make_layout(point), [make_event(point, divider=10)])
    deadband = Deadband(plan)

    seen = [
        deadband.select(
            plan.decode(native.to_bytes(2, "little").ljust(64, b"\0")), cycle=cycle, mono_ns=0
        )
        for cycle, native in enumerate((50, 60, 101, 102, 70))
    ]

    assert seen == [(0,), (), (0,), (), (0,)]


@pytest.mark.parametrize("before", [True, False])
def test_a_lost_device_is_recorded_once_for_channels_that_were_read(before):
    feed, deadband = make_deadband()
    if before:
        feed(5)

    first, second = deadband.select_lost(), deadband.select_lost()

    assert first == ((0,) if before else ())
    assert second == ()
    assert feed(5) is True
