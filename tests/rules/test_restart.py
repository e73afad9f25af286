"""A restart at any moment changes nothing, whatever suppresses, latches, shelves or calls."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.rigging import HOT, Bench, rule
from webmacs_edge.model.alarm_deeds import Deed, DeedKind
from webmacs_edge.model.alarms import AlarmKind
from webmacs_edge.model.delays import Delay
from webmacs_edge.model.rule_definitions import AlarmSettings, Condition, Priority
from webmacs_edge.model.watching import calls
from webmacs_edge.rules.alarms import Shown, alarm_views
from webmacs_edge.rules.stored import from_json, to_json

STEPS = st.lists(
    st.tuples(
        st.integers(100, 3000),  # ms since the step before
        st.sampled_from([20.0, 99.0, 101.0, 150.0]),
        st.booleans(),  # whether the plant is off, which suppresses
        st.sampled_from([None, *DeedKind]),
    ),
    min_size=1,
    max_size=25,
)
KINDS = st.builds(AlarmKind, latching=st.booleans(), needs_acknowledge=st.booleans())


@settings(max_examples=150)
@given(STEPS, KINDS, st.sampled_from([0, 1500]), st.data())
def test_a_suppressed_latched_or_shelved_alarm_and_the_horn_go_on(steps, kind, delay_ms, data):
    off = rule(Condition(key=2, threshold=0.5), name="Plant off", actions=())
    hot = rule(
        HOT,
        delay=Delay(delay_ms, 0),
        alarm=AlarmSettings(Priority.high, kind, suppressed_by=off.id),
    )
    whole, parted = Bench(off, hot), Bench(off, hot)
    cut, at_ms = data.draw(st.integers(0, len(steps) - 1)), 0
    for position, (wait_ms, value, is_off, kind_of_deed) in enumerate(steps):
        at_ms += wait_ms
        if position == cut:
            parted = _restarted(parted, at_ms, off, hot)
        for bench in (whole, parted):
            bench.scan(at_ms, {1: value, 2: float(is_off)})
            if kind_of_deed is not None:
                deed = Deed(kind_of_deed, at_ms, "why", at_ms + 2000)
                bench.engine.move_alarm(hot.id, deed.step, at_ms=at_ms)

    assert parted.states() == whole.states()
    assert _horn(parted) == _horn(whole)
    assert alarm_views(parted.engine) == alarm_views(whole.engine)


def _restarted(bench, at_ms, *rules):
    """The rules in a new process that was given what the old one had written as JSON."""
    states = {it: from_json(to_json(state), now_ms=at_ms) for it, state in bench.states().items()}
    return Bench(*rules, states=states)


def _horn(bench):
    views = alarm_views(bench.engine, Shown.active)
    return calls(((it.priority, it.alarm.state) for it in views), Priority.high)
