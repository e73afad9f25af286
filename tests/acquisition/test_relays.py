"""How often relays have switched."""

from tests.acquisition.test_points import make_event
from tests.plant import make_point
from webmacs_edge.acquisition.points import build_plan
from webmacs_edge.acquisition.relays import ASK_EVERY_NS, RelayWatch
from webmacs_edge.hardware.driver import Device, Direction, Layout, StatusBits
from webmacs_edge.hardware.relays import COUNTERS
from webmacs_edge.model.quality import Quality

RELAY = make_point(
    "RelayOutput_1", device=35, address=1, bit=0, bits=1, direction=Direction.output,
    status=StatusBits(0, 8, {1: "worn"}, is_fault=False),
)  # fmt: skip
LIMITS = [
    make_point(f"RelayCycleWarningThreshold_{n}", device=35, direction=Direction.memory,
               default=1000 * (n - 1))
    for n in range(1, 5)
]  # fmt: skip
LAYOUT = Layout((Device(35, 137, "RO", "RO", "", 0, 18),), (RELAY, *LIMITS), 18, "")


def test_relays_are_counted_now_and_then_and_judged_by_their_thresholds():
    asked = []

    def ask():
        asked.append(1)
        return {35: (5000, 999, 2000, 7)}

    watch = RelayWatch(ask)
    for tick in range(21):
        watch.look(tick * ASK_EVERY_NS // 10 + 1)
    relays = watch.relays(LAYOUT)

    assert len(asked) == 3
    assert [(it.module, it.number, it.cycles, it.threshold) for it in relays] == [
        ("RO 35", 1, 5000, 0), ("RO 35", 2, 999, 1000), ("RO 35", 3, 2000, 2000),
        ("RO 35", 4, 7, 3000),
    ]  # fmt: skip
    assert [it.is_worn for it in relays] == [False, False, True, False]
    assert watch.relays(None) == []


def test_a_worn_relay_is_a_warning_and_its_state_still_shown():
    plan = build_plan(LAYOUT, [make_event(RELAY)])

    reading = plan.decode(b"\x01\x01" + bytes(16))

    assert (reading.values[0], reading.qualities[0]) == (1, Quality.UNCERTAIN)
    assert reading.reasons[0] == "worn"


def test_the_counters_have_the_size_that_the_driver_writes():
    assert COUNTERS.size == 17
