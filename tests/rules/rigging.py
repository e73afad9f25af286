"""Rules on made-up channels, looked at by a clock of the test's own."""

from dataclasses import replace

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import Action, Condition, Moment, RuleDefinition
from webmacs_edge.model.samples import Scan
from webmacs_edge.rules.engine import Engine, Happening

HOT = Condition(key=1, threshold=100.0)
LOG, CLEAR_LOG = Action("log"), Action("log", Moment.cleared)


def rule(*conditions, name="Hot", **more):
    """A rule on channel 1 above 100 that logs once each time."""
    more = {"actions": (LOG,), "repeats": False, "cooldown_ms": 0, **more}
    return RuleDefinition(f"id-{name}", name, conditions or (HOT,), **more)


class Bench:
    """An engine and everything that it hands on."""

    def __init__(self, *rules, states=None, open_=lambda _rule, _at_ms: True):
        self.happenings: list[Happening] = []
        self.engine = Engine(self.happenings.extend, is_open=open_)
        self.engine.use(rules, states)

    def scan(self, at_ms, values, *, quality=Quality.GOOD, fresh=True):
        """One cycle: channel key -> value."""
        keys = tuple(values)
        self.engine.take(
            Scan(at_ms, at_ms * 1_000_000, keys, tuple(values.values()),
                 (quality,) * len(keys), fresh=fresh)
        )  # fmt: skip

    def feed(self, *values, step_ms=100, key=1, start_ms=0):
        """Values of one channel at a steady pace."""
        for position, value in enumerate(values):
            self.scan(start_ms + position * step_ms, {key: value})

    def tick(self, at_ms):
        """Time passes without a value."""
        self.engine.tick(at_ms=at_ms, mono_ms=at_ms)

    @property
    def fired(self):
        """When which rule fired."""
        return [(it.at_ms, it.rule.name) for it in self.happenings if it.fired]

    @property
    def due(self):
        """What was to be done, with its time."""
        return [(it.at_ms, action.moment.value) for it in self.happenings for action in it.due]

    @property
    def moves(self):
        """What happened to alarms."""
        return [move.value for it in self.happenings for move in it.moves]

    def states(self):
        """What would be stored."""
        return {it.definition.id: it.state for it in self.engine.machines()}


def restarted(bench, *rules):
    """The same rules in a new engine that was given what the old one had stored."""
    after = Bench(*rules, states=bench.states())
    after.happenings = list(bench.happenings)
    after.engine._on_happenings = after.happenings.extend  # noqa: SLF001 goes on in the same list
    return after


__all__ = ["CLEAR_LOG", "HOT", "LOG", "Bench", "replace", "restarted", "rule"]
