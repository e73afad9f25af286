"""Rules and their memory, to the database and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.rigging import Bench, rule
from webmacs_edge.model.alarms import Alarm, AlarmKind, AlarmState
from webmacs_edge.model.delays import Delay, Delayed
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import (
    Action,
    AlarmSettings,
    Combine,
    Condition,
    Moment,
    Priority,
    RuleDefinition,
    Watch,
    Window,
)
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.rules.machine import RuleState
from webmacs_edge.rules.reading import NeedsLook, StoredRule, define
from webmacs_edge.rules.stored import from_json, to_json

NOW_MS = 10**13
TIMES = st.none() | st.integers(min_value=0, max_value=NOW_MS)
STATES = st.builds(
    RuleState,
    st.builds(Delayed, st.booleans(), TIMES),
    st.lists(st.booleans(), max_size=8).map(tuple),
    TIMES,
    st.booleans(),
    st.builds(
        Alarm, st.sampled_from(AlarmState), st.booleans(), TIMES, st.booleans(), st.booleans(),
        TIMES, TIMES, TIMES,
    ),
)  # fmt: skip
OLD = StoredRule(
    "r-1", "Hot", "e-1", "gt", 100.0, None, "webhook", None, enabled=True, cooldown_seconds=60,
    more={},
)  # fmt: skip


@given(STATES)
def test_a_state_comes_back_as_it_was(state):
    assert from_json(to_json(state), now_ms=NOW_MS) == state


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"delayed": 7}', '{"held": "x"}'])
def test_a_damaged_state_is_a_fresh_one(text):
    assert from_json(text, now_ms=NOW_MS) == RuleState()


def test_nothing_can_have_begun_in_the_future():
    state = RuleState(Delayed(differs_since_ms=5000), (False,), fired_at_ms=6000)

    read = from_json(to_json(state), now_ms=1000)

    assert (read.delayed.differs_since_ms, read.fired_at_ms) == (1000, 1000)


def test_a_rule_of_2x_is_read_as_it_worked_there():
    assert define(OLD, {"e-1": 7}.get) == RuleDefinition(
        "r-1",
        "Hot",
        (Condition(key=7, threshold=100.0),),
        actions=(Action("webhook"),),
    )


def test_everything_that_a_rule_may_say_is_read():
    more = {
        "combine": "any",
        "first": {"deadband": 2.0},
        "conditions": [
            {"watch": "rate", "event_public_id": "e-2", "operator": "lt", "threshold": -3,
             "window_s": 30},
            {"watch": "quality", "event_public_id": "e-2", "worst": "stale"},
            {"watch": "rule", "rule_public_id": "r-2"},
        ],
        "on_delay_s": 1.5,
        "off_delay_s": 3,
        "repeats": False,
        "windows": [{"days": [5, 6], "from": "22:30", "to": "06:00"}],
        "only_in_experiment": True,
        "actions": [{"kind": "output", "moment": "cleared", "event_public_id": "e-9", "value": 0}],
        "alarm": {"priority": "high", "latching": True, "cause": "Fan off", "group": "Heater"},
    }  # fmt: skip
    stored = StoredRule(**{**{it: getattr(OLD, it) for it in OLD.__slots__}, "more": more})

    found = define(stored, {"e-1": 7, "e-2": 8}.get, other_rules=["r-2"])

    assert isinstance(found, RuleDefinition)
    assert found.combine is Combine.any
    assert found.conditions == (
        Condition(key=7, threshold=100.0, deadband=2.0),
        Condition(Watch.rate, key=8, operator=RuleOperator.lt, threshold=-3.0, window_s=30.0),
        Condition(Watch.quality, key=8, worst=Quality.STALE),
        Condition(Watch.rule, rule_id="r-2"),
    )
    assert found.delay == Delay(1500, 3000)
    assert found.windows == (Window(frozenset({5, 6}), 22 * 60 + 30, 6 * 60),)
    assert found.actions == (
        Action("output", Moment.cleared, (("event_public_id", "e-9"), ("value", 0))),
    )
    assert found.alarm is not None
    assert (found.alarm.priority, found.alarm.group) == (Priority.high, "Heater")
    assert found.alarm.kind == AlarmKind(latching=True)
    assert not found.repeats
    assert found.only_in_experiment


def test_a_rule_on_a_removed_channel_needs_a_look_and_says_why():
    found = define(OLD, lambda _: None)

    assert isinstance(found, NeedsLook)
    assert "channel" in found.why
    assert "removed" in found.why


def test_a_rule_on_a_removed_rule_needs_a_look():
    more = {"conditions": [{"watch": "rule", "rule_public_id": "r-2"}]}
    stored = StoredRule(**{**{it: getattr(OLD, it) for it in OLD.__slots__}, "more": more})

    assert isinstance(define(stored, {"e-1": 7}.get), NeedsLook)


@pytest.mark.parametrize(
    "more", [{"combine": "some"}, {"conditions": [7]}, {"windows": [{}]}, {"alarm": 3},
             {"actions": [{}]}, {"conditions": [{"operator": "??", "event_public_id": "e-1"}]}]
)  # fmt: skip
def test_what_cannot_be_read_needs_a_look_and_breaks_nothing(more):
    stored = StoredRule(**{**{it: getattr(OLD, it) for it in OLD.__slots__}, "more": more})

    assert isinstance(define(stored, {"e-1": 7}.get), NeedsLook)


def test_what_the_engine_would_store_can_be_taken_up_again():
    bench = Bench(rule(alarm=AlarmSettings(), delay=Delay(200, 0)))
    bench.feed(20, 150, 150, 150)

    for state in bench.states().values():
        assert from_json(to_json(state), now_ms=NOW_MS) == state
