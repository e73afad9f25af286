"""Whatever is commanded and whatever fails: nothing is written that must not be written.

Every write is judged by a model of its own, from the image and the claims alone.
"""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.control.rig import CLAIMS, FLAP, FLOW, HEATER, POINTS, SCALE, VALVE, Rig
from webmacs_edge.model.errors import DeviceIOError
from webmacs_edge.model.outputs import ValveCycle
from webmacs_edge.model.quality import Quality

KEYS = (HEATER, VALVE, FLAP)
MASKS = {10: 0xFF, 11: 0xFF, 12: 0b1000, 14: 0xFF}
SAFE = {HEATER: 2000, VALVE: 0, FLAP: 100}
STALE_AFTER_S = 2.0

outputs = st.sampled_from(KEYS)
VALUES = {
    HEATER: st.floats(20, 80), VALVE: st.sampled_from([0.0, 1.0]), FLAP: st.floats(-20, 30.2),
}  # fmt: skip
commands = outputs.flatmap(
    lambda key: st.tuples(
        st.just("command"),
        st.just(key),
        VALUES[key],
        st.one_of(st.just(0.0), st.floats(0, 5)),
        st.one_of(st.none(), st.floats(0.05, 2)),
    )
)
cycles = st.tuples(st.just("valve cycle"), outputs, st.floats(0.05, 1), st.integers(1, 3))
foreign = st.tuples(st.just("foreign"), outputs, st.integers(0, 255))
flows = st.tuples(st.just("flow"), st.sampled_from([0, 10, 19, 20, 50, 90, 91, 200]))
qualities = st.tuples(st.just("quality"), st.sampled_from(list(Quality)))
times = st.tuples(st.just("wait"), st.floats(0.001, 4))
switches = st.tuples(
    st.sampled_from(
        ["all safe", "release", "write fails", "write works", "lost", "notice", "no notice",
         "stage fails", "stage works", "claim", "neighbours"]
    )
)  # fmt: skip
steps = st.lists(
    st.one_of(commands, commands, cycles, foreign, flows, qualities, times, times, switches),
    max_size=60,
)


class Judge:
    """Knows what may be written, from outside."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.own: dict[int, int | None] = dict.fromkeys(KEYS)
        self.foreign_since_trip = {HEATER: 0, VALVE: 0}
        self.flow_seen_ns = rig.mono_ns

    def cycle(self, seconds: float) -> None:
        rig = self.rig
        before = {key: rig.count(key) for key in KEYS}
        image = bytes(rig.image)
        changes = rig.cycle(seconds)
        after = bytearray(image)
        for address, (mask, value) in changes.items():
            assert address in MASKS
            assert mask & ~MASKS[address] == 0, "bits of others"
            after[address] = after[address] & ~mask & 0xFF | value & mask
        touched = {key for key in KEYS if _touches(changes, key)}
        for key in touched:
            self._judge(key, before[key], _count(after, key), seconds)
        self._judge_interlock(touched)

    def _judge(self, key: int, before: int, new: int, seconds: float) -> None:
        claim, (factor, offset) = CLAIMS[key], SCALE[key]
        value = factor * new + offset
        assert claim.min_value - 1e-9 <= value <= claim.max_value + 1e-9, "out of range"
        if claim.rate_per_s and new not in (SAFE[key], self.own[key]):
            was = min(claim.max_value, max(claim.min_value, factor * before + offset))
            allowed = claim.rate_per_s * seconds + 1.01 * abs(factor)
            assert abs(value - was) <= allowed, "too fast"
        if self._trips_force() and key in (HEATER, VALVE):
            assert new == SAFE[key], "against a tripped interlock"
        if self._trips_forbid() and key == FLAP:
            nears = abs(new - SAFE[key]) <= abs(before - SAFE[key])
            assert nears or new == self.own[key], "against a tripped interlock"
        if self.rig.locks.all_safe:
            assert new == SAFE[key], "although all outputs were made safe"
        if self.rig.write_error is None:
            self.own[key] = new

    def _judge_interlock(self, touched: set[int]) -> None:
        for key in (HEATER, VALVE):
            if not self._trips_force() and not self.rig.locks.all_safe:
                self.foreign_since_trip[key] = 0
                continue
            disturbed = self.foreign_since_trip[key] or self.rig.write_error
            assert disturbed or self.rig.count(key) == SAFE[key], "left on"

    def _is_unknown(self) -> bool:
        return self.rig.flow_quality >= Quality.BAD

    def _trips_force(self) -> bool:
        return self._is_unknown() or self.rig.count(FLOW) < 20

    def _trips_forbid(self) -> bool:
        return self._is_unknown() or self.rig.count(FLOW) > 90


def _touches(changes: dict[int, tuple[int, int]], key: int) -> bool:
    point = POINTS[key]
    size = 1 if point.bit is not None else point.bits // 8
    return any(address in changes for address in range(point.address, point.address + size))


def _count(image: bytearray, key: int) -> int:
    point = POINTS[key]
    if point.bit is not None:
        return image[point.address] >> point.bit & 1
    raw = image[point.address : point.address + point.bits // 8]
    return int.from_bytes(raw, "little", signed=point.signed)


def take(rig: Rig, judge: Judge, step: tuple[Any, ...]) -> None:  # noqa: C901, PLR0912, PLR0915 a table of steps
    match step:
        case ("command", key, value, over_s, pulse_s):
            rig.ask(key, value, over_s=over_s, pulse_s=pulse_s)
        case ("valve cycle", key, seconds, repeats):
            rig.ask(key, CLAIMS[key].max_value, cycle=ValveCycle(seconds, seconds, repeats))
        case ("foreign", key, count):
            rig.set(key, count & 1 if key == VALVE else count)
            if key in judge.foreign_since_trip:
                judge.foreign_since_trip[key] += 1
        case ("flow", count):
            rig.set(FLOW, count)
        case ("quality", quality):
            rig.flow_quality = quality
        case ("wait", seconds):
            judge.cycle(seconds)
        case ("all safe",):
            rig.locks.all_safe = "All outputs were made safe by a test."
        case ("release",):
            rig.locks.all_safe = ""
        case ("write fails",):
            rig.write_error = DeviceIOError("The device answered with an input/output error.")
        case ("write works",):
            rig.write_error = None
        case ("lost",):
            rig.outputs.lost("The device is silent.")
        case ("notice",):
            rig.notice = "PiCtory has saved another configuration."
        case ("no notice",):
            rig.notice = ""
        case ("stage fails",):
            rig.locks.report("rules", "a bug")
        case ("stage works",):
            rig.locks.report("rules", "")
        case ("claim",):
            rig.claim()
        case ("neighbours",):
            rig.image[12] ^= 0b0110_0101
    judge.cycle(0.1)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(steps)
def test_nothing_leaves_its_range_its_rate_or_passes_a_tripped_interlock(sequence):
    rig = Rig()
    judge = Judge(rig)
    try:
        judge.cycle(0.1)
        for step in sequence:
            take(rig, judge, step)
        rig.write_error = None
        rig.apply(rig.outputs.leave())
        for key in KEYS:
            if rig.view(key).state.value in ("pending", "confirmed", "forced"):
                assert rig.count(key) == SAFE[key], "left on at the end"
    finally:
        rig.close()
