"""Derived channels in the acquisition thread: worked out of the values of each scan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webmacs_edge.acquisition.outside import Outside
from webmacs_edge.acquisition.points import Channel, Plan, Reading
from webmacs_edge.model.derived import order
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.formula_code import Formula, Turn, build
from webmacs_edge.model.formula_parser import parse
from webmacs_edge.model.formulas import references
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text

Memory = dict[str, list[float]]  # what a cell works out -> its state

_CIRCLE = text("Its formula goes in a circle: it needs itself")
_NO_VALUE = text("Its formula has no value now: it divides by 0 or leaves the numbers")


@dataclass(slots=True)
class _Derived:
    """One derived channel and what is known of it."""

    channel: Channel
    position: int
    formula: Formula | None
    problem: str
    last: float | None = None


class Deriver:
    """Owned by the acquisition thread; what its formulas remember is kept over new plans."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._plan: Plan | None = None
        self._derived: list[_Derived] = []
        self._remembered: dict[int, tuple[Memory, float]] = {}  # of a former process; when

    def remember(self, memories: Mapping[int, Memory], *, seen_s: float) -> None:
        """What formulas knew at that monotonic time, by channel; before the thread starts."""
        self._remembered |= {key: (memory, seen_s) for key, memory in memories.items()}

    def memories(self) -> dict[int, Memory]:
        """What formulas know that shall outlive a restart."""
        found = {}
        for derived in self._derived:
            cells = derived.formula.cells if derived.formula else {}
            memory = {name: state for name, cell in cells.items() if (state := cell.state())}
            if memory:
                found[derived.channel.key] = memory
        return found

    def work_out(self, plan: Plan, reading: Reading, *, mono_ns: int) -> None:
        """Fill in the derived channels, which stand behind the measured ones."""
        if plan is not self._plan:
            self._adopt(plan, mono_ns / 1e9)
        self._add_outside(plan, reading, mono_ns)
        forced = set(reading.forced)
        for derived in self._derived:
            self._work_out(derived, reading, forced, now_s=mono_ns / 1e9)
        reading.forced = frozenset(forced)
        whole = len(plan.channels)
        del reading.values[whole:], reading.qualities[whole:]
        for position in range(whole, whole + len(plan.outside)):
            reading.reasons.pop(position, None)

    def _add_outside(self, plan: Plan, reading: Reading, mono_ns: int) -> None:
        """Behind all else, for as long as formulas look."""
        for position, channel in enumerate(plan.outside, len(plan.channels)):
            value, quality, reason = self._outside.look(channel.key, mono_ns)
            reading.values.append(value)
            reading.qualities.append(quality)
            if reason:
                reading.reasons[position] = reason

    def _work_out(
        self, derived: _Derived, reading: Reading, forced: set[int], *, now_s: float
    ) -> None:
        at, formula, values = derived.position, derived.formula, reading.values
        if at in forced:
            return
        if formula is None:
            reading.reasons[at] = derived.problem
            return
        quality, reason = self._trust(formula.positions, reading)
        if quality < Quality.BAD:
            try:
                derived.last = formula.work_out(values, now_s)  # type: ignore[arg-type] # all there
            except (ArithmeticError, ValueError):
                quality, reason = Quality.BAD, _NO_VALUE
        values[at] = reading.natives[at] = derived.last
        reading.qualities[at] = quality
        if reason:
            reading.reasons[at] = reason
        if forced and not forced.isdisjoint(formula.positions):
            forced.add(at)

    def _trust(self, positions: Sequence[int], reading: Reading) -> tuple[Quality, str]:
        """The worst of its inputs, and which one that is."""
        worst, culprit = Quality.GOOD, -1
        for position in positions:
            quality = reading.qualities[position]
            if reading.values[position] is None:
                quality = max(quality, Quality.STALE)
            if quality > worst:
                worst, culprit = quality, position
        if culprit < 0:
            return worst, ""
        why = reading.reasons.get(culprit) or worst.word
        return worst, f"{self._name(culprit)}: {why}"

    def _name(self, position: int) -> str:
        assert self._plan is not None  # noqa: S101 asked only then
        return (*self._plan.channels, *self._plan.outside)[position].name

    def _adopt(self, plan: Plan, now_s: float) -> None:
        before = {it.channel.key: it for it in self._derived}
        self._plan = plan
        self._derived = _in_order(plan)
        for derived in self._derived:
            old, memory = before.get(derived.channel.key), self._remembered
            if old is not None:
                self._carry_over(derived, old)
            elif derived.formula is not None and derived.channel.key in memory:
                known, seen_s = memory.pop(derived.channel.key)
                _recall(derived.formula, known, min(seen_s, now_s))

    def _carry_over(self, derived: _Derived, old: _Derived) -> None:
        """What the same part of a formula knew goes on, whatever else was changed."""
        derived.last = old.last if derived.channel.formula == old.channel.formula else None
        if derived.formula is None or old.formula is None:
            return
        for name, cell in derived.formula.cells.items():
            known = old.formula.cells.get(name)
            if known is not None:
                cell.take_over(known)


def _in_order(plan: Plan) -> list[_Derived]:
    """Each behind those that it needs; one that cannot be worked out says why."""
    places = {it.public_id: at for at, it in enumerate((*plan.channels, *plan.outside))}
    turns = {it.public_id: it.turn for it in plan.measured}
    made: dict[str, _Derived] = {}
    needs: dict[str, set[str]] = {}
    for channel in plan.derived:
        formula, problem, asked = None, "", set[str]()
        try:
            tree = parse(channel.formula)
            asked = {it.public_id for it in references(tree)}
            formula = build(tree, position_of=places.get, turn_of=lambda it: turns.get(it, Turn()))
        except InvalidError as error:
            problem = str(error)
        needs[channel.public_id] = asked
        made[channel.public_id] = _Derived(channel, places[channel.public_id], formula, problem)
    ready, circling = order(needs)
    for public_id in circling:
        made[public_id].formula, made[public_id].problem = None, _CIRCLE
    return [made[public_id] for public_id in (*ready, *circling)]


def _recall(formula: Formula, memory: Memory, seen_s: float) -> None:
    for name, cell in formula.cells.items():
        state = memory.get(name)
        if state:
            cell.restore(state, seen_s)
