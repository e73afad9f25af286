"""From the tree of a formula to closures over the values of a scan."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from webmacs_edge.model.cells import Cell, Delta, Integral, Mean, Part, Total, Values
from webmacs_edge.model.formulas import (
    REMEMBERING,
    Call,
    Node,
    Number,
    Reference,
    canonical,
    fault,
    references,
)
from webmacs_edge.model.text import text

_LARGEST = 1e300


@dataclass(frozen=True, slots=True)
class Turn:
    """How the counter behind a channel turns over, in the unit of the channel."""

    span: float = 0.0  # from 0 to 0 again; 0: it does not
    step: float = 1.0  # of one count
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula ready to be worked out; it belongs to one place in the scans."""

    positions: tuple[int, ...]  # of the channels it reads
    cells: Mapping[str, Cell]  # by what they work out, in the order in which they are looked at
    part: Part

    def work_out(self, values: Values, now_s: float) -> float:
        """Its value; ArithmeticError or ValueError where there is none."""
        for cell in self.cells.values():
            cell.look(values, now_s)
        found = self.part(values)
        if not -_LARGEST <= found <= _LARGEST:
            raise OverflowError
        return found


def build(
    node: Node, *, position_of: Callable[[str], int | None], turn_of: Callable[[str], Turn]
) -> Formula:
    """The formula over scans in which each channel has that position."""
    builder = _Builder(position_of, turn_of)
    part = builder.part(node)
    positions = {builder.position(it) for it in references(node)}
    return Formula(tuple(sorted(positions)), builder.cells, part)


class _Builder:
    def __init__(
        self, position_of: Callable[[str], int | None], turn_of: Callable[[str], Turn]
    ) -> None:
        self.cells: dict[str, Cell] = {}
        self._position_of = position_of
        self._turn_of = turn_of

    def position(self, reference: Reference) -> int:
        found = self._position_of(reference.public_id)
        if found is None:
            raise fault(reference.at, text("this channel does not exist any more."))
        return found

    def part(self, node: Node) -> Part:
        match node:
            case Number(value):
                return lambda _values: value
            case Reference():
                return operator.itemgetter(self.position(node))
            case Call(name) if name in REMEMBERING:
                return self._remembering(node)
            case Call(name):
                return _PLAIN[name](*(self.part(it) for it in node.arguments))

    def _remembering(self, node: Call) -> Part:
        name = canonical(node)
        if name not in self.cells:
            cell = self._cell(node)  # first: those within it are looked at before it
            self.cells[name] = cell
        cell = self.cells[name]
        return lambda _values: cell.value

    def _cell(self, node: Call) -> Cell:
        first, rest = node.arguments[0], node.arguments[1:]
        part = self.part(first)
        seconds = rest[0].value if rest and isinstance(rest[0], Number) else 0.0
        reset = self.part(rest[0]) if rest else None
        match node.name:
            case "mean":
                return Mean(part, seconds)
            case "rate" | "delta":
                return Delta(part, seconds, per_second=node.name == "rate")
            case "integral":
                return Integral(part, reset)
        assert isinstance(first, Reference)  # noqa: S101 the parser saw to it
        turn = self._turn_of(first.public_id)
        return Total(part, reset, span=turn.span, step=turn.step, signed=turn.signed)


def _unary(function: Callable[[float], float]) -> Callable[[Part], Part]:
    return lambda part: lambda values: function(part(values))


def _binary(function: Callable[[float, float], float]) -> Callable[[Part, Part], Part]:
    return lambda left, right: lambda values: function(left(values), right(values))


def _compare(function: Callable[[float, float], bool]) -> Callable[[Part, Part], Part]:
    return lambda left, right: lambda values: 1.0 if function(left(values), right(values)) else 0.0


def _choose(condition: Part, then: Part, other: Part) -> Part:
    return lambda values: then(values) if condition(values) else other(values)


def _extreme(function: Callable[[Sequence[float]], float]) -> Callable[..., Part]:
    return lambda *parts: lambda values: function([part(values) for part in parts])


def _clamp(part: Part, low: Part, high: Part) -> Part:
    return lambda values: max(low(values), min(high(values), part(values)))


def _round(part: Part, digits: Part | None = None) -> Part:
    if digits is None:
        return lambda values: float(round(part(values)))
    return lambda values: round(part(values), max(-15, min(15, int(digits(values)))))


def _power(base: float, exponent: float) -> float:
    return math.pow(base, exponent)  # never a complex number


def _both(left: Part, right: Part) -> Part:
    return lambda values: 1.0 if left(values) and right(values) else 0.0


def _any(left: Part, right: Part) -> Part:
    return lambda values: 1.0 if left(values) or right(values) else 0.0


_PLAIN: Mapping[str, Callable[..., Part]] = {
    "+": _binary(operator.add), "-": _binary(operator.sub), "*": _binary(operator.mul),
    "/": _binary(operator.truediv), "^": _binary(_power), "neg": _unary(operator.neg),
    "<": _compare(operator.lt), ">": _compare(operator.gt), "<=": _compare(operator.le),
    ">=": _compare(operator.ge), "==": _compare(operator.eq), "!=": _compare(operator.ne),
    "and": _both, "or": _any, "not": _unary(lambda value: 0.0 if value else 1.0),
    "abs": _unary(abs), "sqrt": _unary(math.sqrt), "exp": _unary(math.exp),
    "ln": _unary(math.log), "log10": _unary(math.log10), "sin": _unary(math.sin),
    "cos": _unary(math.cos), "tan": _unary(math.tan),
    "floor": _unary(lambda value: float(math.floor(value))),
    "ceil": _unary(lambda value: float(math.ceil(value))),
    "round": _round, "min": _extreme(min), "max": _extreme(max), "clamp": _clamp, "if": _choose,
}  # fmt: skip
