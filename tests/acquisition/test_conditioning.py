"""Doubts, forced values and formulas over decoded images."""

import pytest

from tests.acquisition.test_points import make_event
from tests.plant import make_layout, make_point
from webmacs_edge.acquisition.conditioning import Conditioner
from webmacs_edge.acquisition.points import build_plan
from webmacs_edge.model.curves import make_curve
from webmacs_edge.model.forced import Forced
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Arrivals

S = 1_000_000_000
A, B = make_point("a"), make_point("b", address=2)
ERRORS = make_point("RS485ErrorCnt", device=0, address=10, signed=False)
CYCLE = make_point("RevPiIOCycle", device=0, address=12, bits=8, signed=False)
LAYOUT = make_layout(A, B, ERRORS, CYCLE)


def derived(id_, formula, **given):
    """A derived channel."""
    return make_event(A, **{"point_id": None, "id": id_, "formula": formula, "name": f"D{id_}",
                            **given})  # fmt: skip


class Bench:
    """A conditioner with channels on a and b, and what it makes of images."""

    def __init__(self, *more, curves=None, **given):
        events = [make_event(A, id=1, **given), make_event(B, id=2), *more]
        self.plan = build_plan(LAYOUT, events, curves=curves or {})
        self.conditioner = Conditioner(period_ns=S // 10)
        self.image = bytearray(64)
        self.lost = None

    def see(self, a, b=0, *, at_s=0.0):
        """The reading of one image."""
        self.image[0:2] = a.to_bytes(2, "little", signed=True)
        self.image[2:4] = b.to_bytes(2, "little", signed=True)
        image = bytes(self.image)
        reading = self.plan.decode(image, self.lost)
        mono_ns = int((100 + at_s) * S)
        return self.conditioner.refine(self.plan, reading, image=image, mono_ns=mono_ns)

    def force(self, key, value, *, until_ms=3_600_000):
        """Somebody forces a channel, at the wall-clock time 0."""
        forced = Forced(key, "f", value, "sensor broken", "Anna", 0, until_ms)
        self.conditioner.forcing.use([forced], at_ms=0)


def test_derived_channels_stand_behind_the_measured_ones_in_the_order_of_their_needs():
    bench = Bench(derived(3, "{event-4} * 10"), derived(4, "{event-1} + {event-2}"))

    reading = bench.see(3, 4)

    assert bench.plan.keys == (1, 2, 3, 4)
    assert reading.values == [3.0, 4.0, 70.0, 7.0]
    assert set(reading.qualities) == {Quality.GOOD}


def test_a_circle_and_a_channel_that_is_gone_are_said_and_hold_up_nobody():
    bench = Bench(
        derived(3, "{event-4}"), derived(4, "{event-3}"), derived(5, "{gone}"), derived(6, "1 + 1")
    )

    reading = bench.see(3, 4)

    assert reading.values[2:] == [None, None, None, 2.0]
    assert reading.qualities[2:] == [Quality.STALE] * 3 + [Quality.GOOD]
    assert "circle" in reading.reasons[2]
    assert "does not exist any more" in reading.reasons[4]


def test_a_derived_channel_is_as_doubtful_as_its_worst_input_and_says_which():
    broken = make_point("a", low_valid=100)
    bench = Bench(derived(3, "{event-1} + {event-2}"))
    bench.plan = build_plan(
        make_layout(broken, B), [make_event(broken, id=1, name="Flow"), make_event(B, id=2),
                                 derived(3, "{event-1} + {event-2}")],
    )  # fmt: skip

    bench.see(200, 1)
    reading = bench.see(50, 1)

    assert reading.values[2] == 201.0  # the last one that was worth something
    assert reading.qualities[2] is Quality.BAD
    assert reading.reasons[2].startswith("Flow: Wire break")


def test_a_formula_without_a_value_is_bad_and_keeps_the_last_one():
    bench = Bench(derived(3, "{event-1} / {event-2}"))

    assert bench.see(8, 4).values[2] == 2.0
    reading = bench.see(8, 0)

    assert (reading.values[2], reading.qualities[2]) == (2.0, Quality.BAD)
    assert "divides by 0" in reading.reasons[2]


def test_what_functions_of_time_know_goes_on_when_other_channels_change_and_after_a_restart():
    bench = Bench(derived(3, "total({event-1})"))
    bench.see(10)
    bench.see(15, at_s=1)
    bench.plan = build_plan(
        LAYOUT, [make_event(B, id=2), make_event(A, id=1), derived(3, "total({event-1}) + 1000")]
    )

    assert bench.see(17, at_s=2).values[2] == 1007.0
    bench.conditioner.keep()

    again = Bench(derived(3, "total({event-1})"))
    again.conditioner.remember(bench.conditioner.kept, seen_s=50.0)
    assert again.see(20).values[2] == 10.0


def test_formulas_use_what_others_send_while_it_is_fresh():
    sent = make_event(A, id=9, point_id=None, name="Weather")
    bench = Bench(sent, derived(3, "{event-9} - 1"))

    never = bench.see(0)
    bench.conditioner.outside.note(Arrivals(0, 100 * S, [9], [0], [21.0]))
    fresh, old = bench.see(0, at_s=1), bench.see(0, at_s=200)

    assert never.values[2] is None
    assert never.reasons[2] == "Weather: No value has come yet"
    assert (fresh.values[2], fresh.qualities[2]) == (20.0, Quality.GOOD)
    assert (old.values[2], old.qualities[2]) == (20.0, Quality.STALE)
    assert len(old.values) == len(bench.plan.keys)


def test_a_calibration_is_applied_after_scaling_and_before_formulas():
    curve = make_curve([(0, 0.5), (100, 101.5)])
    bench = Bench(derived(3, "{event-1} * 2"), factor=10.0, curves={"event-1": curve})

    assert bench.see(10).values == [101.5, 0.0, 203.0]


def test_a_forced_value_is_uncertain_with_its_reason_and_marks_what_is_made_of_it():
    bench = Bench(derived(3, "{event-1} * 2"), derived(4, "{event-2}"))
    bench.force(1, 55.0)

    reading = bench.see(3, 4)

    assert reading.values == [55.0, 4.0, 110.0, 4.0]
    assert reading.forced == {0, 2}
    assert reading.qualities[:3] == [Quality.UNCERTAIN, Quality.GOOD, Quality.UNCERTAIN]
    assert reading.reasons[0] == "Forced by Anna: sensor broken"
    assert reading.reasons[2] == "a: Forced by Anna: sensor broken"


def test_a_derived_channel_can_be_forced():
    bench = Bench(derived(3, "{event-1} * 2"), derived(4, "{event-3} + 1"))
    bench.force(3, 7.0)

    reading = bench.see(3)

    assert reading.values[2:] == [7.0, 8.0]
    assert reading.forced == {2, 3}


def test_a_forced_value_ends_by_itself_and_never_lasts_longer_than_it_was_meant_to():
    bench = Bench()
    bench.force(1, 55.0, until_ms=60_000)
    forcing = bench.conditioner.forcing
    start_ns = forcing._standing[1].until_ns - 60 * S  # noqa: SLF001 its clock is the real one

    assert forcing.standing(start_ns + 59 * S)
    assert not forcing.standing(start_ns + 61 * S)
    assert [it.key for it in forcing.ended(start_ns + 61 * S)] == [1]

    late = Forced(1, "g", 1.0, "x", "Anna", 1_000_000, 1_060_000)
    forcing.use([late], at_ms=0)  # the clock was set back before the restart
    assert forcing.standing(start_ns + 50 * S)
    assert not forcing.standing(start_ns + 70 * S)


def test_a_value_that_stays_the_same_too_long_is_uncertain():
    bench = Bench(frozen_s=5.0)
    assert bench.see(3, at_s=0).qualities[0] is Quality.GOOD
    assert bench.see(3, at_s=5).qualities[0] is Quality.GOOD
    frozen = bench.see(3, at_s=6)
    moved = bench.see(4, at_s=7)

    assert frozen.qualities[:2] == [Quality.UNCERTAIN, Quality.GOOD]
    assert frozen.reasons[0] == "Frozen: the same for more than 5 s"
    assert moved.qualities[0] is Quality.GOOD


@pytest.mark.parametrize(
    ("point", "asked_s", "limit_s"),
    [
        (make_point(low_valid=3600), None, 600),
        (make_point(low_valid=3600), 0.0, 0),
        (make_point(), None, 0),
        (make_point(bit=1, bits=1), None, 0),
        (make_point(bit=1, bits=1), 30.0, 30),
        (make_point(rate_hz=0.5), 2.0, 6),
    ],
)
def test_how_long_a_channel_may_stay_the_same(point, asked_s, limit_s):
    plan = build_plan(make_layout(point), [make_event(point, frozen_s=asked_s)])

    assert plan.watched == (((0, limit_s * S),) if limit_s else ())


def test_a_bus_slower_than_the_scan_is_a_doubt_when_it_lasts():
    bench = Bench()
    bench.see(1, at_s=0)
    bench.image[12] = 140

    assert bench.see(1, at_s=1).qualities[0] is Quality.GOOD
    slow = bench.see(1, at_s=6)

    assert slow.qualities[0] is Quality.UNCERTAIN
    assert "140 ms" in slow.reasons[0]


def test_only_the_module_that_does_not_answer_is_bad_when_the_driver_knows_which():
    other = make_point("c", device=33, address=4)
    bench = Bench()
    bench.plan = build_plan(make_layout(A, other, ERRORS), [make_event(A, id=1),
                                                            make_event(other, id=2)])  # fmt: skip
    bench.image[10] = 255

    doubtful = bench.see(1)
    bench.lost = frozenset({32})
    certain = bench.see(1)

    assert doubtful.qualities == [Quality.UNCERTAIN, Quality.UNCERTAIN]
    assert certain.qualities == [Quality.BAD, Quality.GOOD]
    assert "AIO 32 does not answer" in certain.reasons[0]
