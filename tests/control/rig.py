"""Outputs driven by hand: a layout of one input and three outputs, an image, and a clock."""

import asyncio
import time
from dataclasses import replace

from tests.plant import make_layout, make_point
from webmacs_edge.control.binding import bind
from webmacs_edge.control.interlocks import Interlock
from webmacs_edge.control.locks import Locks
from webmacs_edge.control.orders import Order, Outcome, Request, View
from webmacs_edge.control.outputs import ControlPlan, Outputs
from webmacs_edge.control.tidings import Tidings
from webmacs_edge.hardware.driver import Direction, Image, PointKind
from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.conditions import Condition, InterlockAction
from webmacs_edge.model.errors import DriverError
from webmacs_edge.model.outputs import Claim
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.model.samples import Scan
from webmacs_edge.store.tables import Event

CYCLE_S = 0.1
FLOW, HEATER, VALVE, FLAP = 1, 2, 3, 4  # keys of the channels

POINTS = {
    FLOW: make_point("flow", address=0),
    HEATER: make_point(
        "heater", address=10, direction=Direction.output, low=0.0, high=10_000.0, unit="mV"
    ),
    VALVE: make_point(
        "valve", address=12, bit=3, bits=1, direction=Direction.output, kind=PointKind.digital
    ),
    FLAP: make_point("flap", address=14, bits=8, signed=False, direction=Direction.output),
}
SCALE = {FLOW: (1.0, 0.0), HEATER: (0.01, 0.0), VALVE: (1.0, 0.0), FLAP: (-0.5, 50.0)}
CLAIMS = {
    HEATER: Claim(safe_value=20.0, min_value=20.0, max_value=80.0, rate_per_s=10.0),
    VALVE: Claim(safe_value=0.0, min_value=0.0, max_value=1.0),
    FLAP: Claim(safe_value=0.0, min_value=-20.0, max_value=30.2, rate_per_s=5.0),
}
NO_FLOW = Interlock(
    public_id="no flow",
    name="No flow",
    action=InterlockAction.force_safe,
    outputs=frozenset({HEATER, VALVE}),
    conditions=(Condition(FLOW, "Flow", "m³/h", RuleOperator.lt, 20.0),),
)
MUCH_FLOW = replace(
    NO_FLOW,
    public_id="much flow",
    name="Much flow",
    action=InterlockAction.forbid,
    outputs=frozenset({FLAP}),
    conditions=(Condition(FLOW, "Flow", "m³/h", RuleOperator.gt, 90.0),),
)
NAMES = {FLOW: "Flow", HEATER: "Heater", VALVE: "Valve", FLAP: "Flap"}


class Rig:
    """Turns cycles of `Outputs` against an image, as the scanner does."""

    def __init__(self, claims=CLAIMS, interlocks=(NO_FLOW, MUCH_FLOW)) -> None:
        self.layout = make_layout(*POINTS.values())
        self.tidings = Tidings()
        self.locks = Locks(loop_limit_s=10.0)
        self.outputs = Outputs(self.tidings, self.locks)
        self.image = bytearray(self.layout.length)
        self.mono_ns = time.monotonic_ns()
        self.flow_quality = Quality.GOOD
        self.forced: frozenset[int] = frozenset()  # positions in the scan
        self.notice = ""
        self.write_error: DriverError | None = None
        self.loop = asyncio.new_event_loop()
        self.set(FLOW, 50)
        self.set(HEATER, 2000)
        self.set(FLAP, 100)
        self.outputs.opened(self.layout)
        self.claim(claims, interlocks)

    def turn_loop(self) -> None:
        """Let the answers arrive."""
        self.loop.run_until_complete(asyncio.sleep(0))

    def close(self) -> None:
        self.turn_loop()
        self.loop.close()

    def claim(self, claims=CLAIMS, interlocks=(NO_FLOW, MUCH_FLOW), **events) -> None:
        bindings = tuple(
            bind(make_event(key, **events), claim, self.layout) for key, claim in claims.items()
        )
        self.outputs.use(ControlPlan(self.layout, bindings, tuple(interlocks)))

    def set(self, key, count) -> None:
        """Somebody else writes a count into the image."""
        point = POINTS[key]
        if point.bit is not None:
            rest = self.image[point.address] & ~(1 << point.bit)
            self.image[point.address] = rest | (count << point.bit)
            return
        size = point.bits // 8
        raw = count.to_bytes(size, "little", signed=point.signed)
        self.image[point.address : point.address + size] = raw

    def count(self, key) -> int:
        """The count that is in the image."""
        point = POINTS[key]
        if point.bit is not None:
            return self.image[point.address] >> point.bit & 1
        raw = self.image[point.address : point.address + point.bits // 8]
        return int.from_bytes(raw, "little", signed=point.signed)

    def value(self, key) -> float:
        factor, offset = SCALE[key]
        return factor * self.count(key) + offset

    def ask(self, key, value, **given) -> "asyncio.Future[Outcome]":
        """Give an order; its future is settled by the next cycle."""
        answer = self.loop.create_future()
        answer.add_done_callback(lambda it: it.exception())  # read, also where nobody asks
        order = Order(
            public_id=str(key), value=value, actor=APPLIANCE, at_ms=0,
            until_ns=self.mono_ns + 3_000_000_000, **given,
        )  # fmt: skip
        self.outputs.ask(Request(order, answer))
        return answer

    def command(self, key, value, **given) -> str:
        """Give an order and turn a cycle: "" when it was accepted, else the refusal."""
        answer = self.ask(key, value, **given)
        self.cycle()
        self.turn_loop()
        error = answer.exception()
        return str(error) if error else ""

    def cycle(self, seconds=CYCLE_S):
        """One cycle, `seconds` after the last; returns what was to be written."""
        self.mono_ns += int(seconds * 1e9)
        self.locks._loop_seen_ns = 0  # noqa: SLF001 the loop of this test has its own time
        scan = Scan(
            at_ms=0, mono_ns=self.mono_ns, keys=KEYS,
            values=(float(self.count(FLOW)),), qualities=(self.flow_quality,),
            forced=self.forced,
        )  # fmt: skip
        image = Image(bytes(self.image), self.mono_ns)
        changes = self.outputs.decide(image, scan, notice=self.notice)
        if changes and self.write_error is None:
            self.apply(changes)
        self.outputs.wrote(self.write_error if changes else None)
        return changes

    def cycles(self, seconds) -> None:
        for _ in range(round(seconds / CYCLE_S)):
            self.cycle()

    def apply(self, changes) -> None:
        for address, (mask, value) in changes.items():
            self.image[address] = self.image[address] & ~mask & 0xFF | value & mask

    def view(self, key) -> View:
        showing = self.outputs._showing  # noqa: SLF001 show it now
        showing.has_news = True
        showing.show(self.outputs._drives.values(), (), mono_ns=self.mono_ns)  # noqa: SLF001
        return self.outputs.board.outputs[str(key)]

    def state(self, key) -> str:
        return self.view(key).state.value


KEYS = (FLOW,)


def make_event(key, **given) -> Event:
    factor, offset = SCALE[key]
    columns = {
        "id": key, "public_id": str(key), "name": NAMES[key], "unit": "%",
        "point_id": POINTS[key].id, "factor": factor, "offset": offset,
        "is_digital": key == VALVE,
    }  # fmt: skip
    return Event(**{**columns, **given})
