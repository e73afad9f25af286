"""What rules did lately, to follow one of them while it works; in memory, some of it."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from webmacs_edge.model.alarms import Move
from webmacs_edge.rules.engine import Happening

MOST_RULES = 500  # those that did something last are remembered
MOST_STEPS = 20  # of each


@dataclass(frozen=True, slots=True)
class Trace:
    """One step of a rule: what it saw, and what followed. `refused`: why something was not done."""

    at_ms: int
    holds: bool
    seen: tuple[float | None, ...]
    held: tuple[bool, ...]
    fired: bool = False
    done: tuple[str, ...] = ()  # kinds of actions
    moves: tuple[Move, ...] = ()
    refused: str = ""


class Traces:
    """A sink of happenings."""

    def __init__(self) -> None:
        self._steps: OrderedDict[str, deque[Trace]] = OrderedDict()

    def take(self, happenings: Sequence[Happening]) -> None:
        """Remember them; of many rules those that did nothing for longest are forgotten."""
        for it in happenings:
            self._add(it.rule.id, _trace(it))

    def refuse(self, happening: Happening, why: str) -> None:
        """Something that was due could not be done."""
        state = happening.state
        self._add(
            happening.rule.id,
            Trace(happening.at_ms, state.delayed.holds, happening.seen, state.held, refused=why),
        )

    def of(self, rule_id: str) -> list[Trace]:
        """The newest steps of a rule, newest first."""
        return list(reversed(self._steps.get(rule_id, ())))

    def _add(self, rule_id: str, trace: Trace) -> None:
        steps = self._steps.setdefault(rule_id, deque(maxlen=MOST_STEPS))
        self._steps.move_to_end(rule_id)
        steps.append(trace)
        while len(self._steps) > MOST_RULES:
            self._steps.popitem(last=False)


def _trace(it: Happening) -> Trace:
    return Trace(
        it.at_ms,
        it.state.delayed.holds,
        it.seen,
        it.state.held,
        fired=it.fired,
        done=tuple(action.kind for action in it.due),
        moves=it.moves,
    )
