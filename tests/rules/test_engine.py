"""Rules over time: nothing is missed, nothing is done twice, and a restart changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.rigging import CLEAR_LOG, HOT, LOG, Bench, replace, restarted, rule
from webmacs_edge.model.alarms import AlarmKind, AlarmState, acknowledge, shelve
from webmacs_edge.model.delays import Delay
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import (
    AlarmSettings,
    Combine,
    Condition,
    Watch,
    Window,
    is_open,
)
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.model.samples import Arrivals


def test_a_spike_of_one_sample_is_not_missed():
    bench = Bench(rule())

    bench.feed(20, 20, 101, 20)

    assert bench.fired == [(200, "Hot")]


def test_no_value_of_a_batch_from_outside_is_passed_over():
    bench = Bench(rule(actions=(LOG, CLEAR_LOG)))

    bench.engine.take_arrivals(
        Arrivals(500, 500_000_000, keys=[1, 9, 1, 1], stamps=[1, 2, 3, 4], values=[20, 1, 150, 20])
    )

    assert bench.due == [(500, "raised"), (500, "cleared")]


def test_a_rule_of_2x_fires_again_after_each_cooldown_while_it_holds():
    bench = Bench(rule(repeats=True, cooldown_ms=2000))

    bench.feed(*[150] * 50)

    assert [at_ms for at_ms, _ in bench.fired] == [0, 2000, 4000]


def test_a_cooldown_of_zero_fires_once_a_second_and_not_in_every_cycle():
    bench = Bench(rule(repeats=True, cooldown_ms=0))

    bench.feed(*[150] * 25)

    assert [at_ms for at_ms, _ in bench.fired] == [0, 1000, 2000]


def test_a_rule_that_does_not_repeat_waits_out_its_cooldown_and_then_fires_once():
    bench = Bench(rule(cooldown_ms=1000))

    bench.feed(150, 20, *[150] * 20)

    assert [at_ms for at_ms, _ in bench.fired] == [0, 1000]


def test_what_is_due_at_the_end_is_done_only_if_the_beginning_was_done():
    bench = Bench(rule(actions=(LOG, CLEAR_LOG), cooldown_ms=500))

    bench.feed(150, 20, 150, 20, 20, 150, 20)

    assert bench.due == [(0, "raised"), (100, "cleared"), (500, "raised"), (600, "cleared")]


def test_an_on_delay_forgives_what_is_short_and_an_off_delay_what_returns():
    bench = Bench(rule(actions=(LOG, CLEAR_LOG), delay=Delay(on_ms=300, off_ms=200)))

    bench.feed(150, 20, 150, 150, 150, 150, 20, 150, 20, 20, 20)

    assert bench.due == [(500, "raised"), (1000, "cleared")]


def test_a_delay_runs_out_although_no_value_comes():
    bench = Bench(rule(delay=Delay(on_ms=300)))
    bench.feed(150)

    bench.tick(299)
    bench.tick(300)

    assert bench.fired == [(300, "Hot")]


def test_with_a_deadband_a_noisy_value_is_one_event():
    bench = Bench(rule(replace(HOT, deadband=5.0)))

    bench.feed(101, 99, 101, 96, 101, 94, 101)

    assert [at_ms for at_ms, _ in bench.fired] == [0, 600]


@pytest.mark.parametrize(
    ("how", "values", "holds"),
    [
        (Combine.all, {1: 150, 2: 150}, True),
        (Combine.all, {1: 150, 2: 20}, False),
        (Combine.any, {1: 150, 2: 20}, True),
        (Combine.any, {1: 20, 2: 20}, False),
        (Combine.all, {1: 150, 2: None}, False),
        (Combine.any, {1: 150, 2: None}, True),
    ],
)
def test_conditions_are_joined_by_and_or_or(how, values, holds):
    both = rule(HOT, replace(HOT, key=2), combine=how)
    bench = Bench(both)

    bench.scan(0, values)

    assert bench.engine.holds(both.id) is holds


def test_a_bad_value_changes_nothing():
    bench = Bench(rule(actions=(LOG, CLEAR_LOG)))
    bench.feed(150)

    bench.scan(100, {1: 20}, quality=Quality.BAD)
    bench.scan(200, {1: 20}, quality=Quality.UNCERTAIN)

    assert bench.due == [(0, "raised"), (200, "cleared")]


def test_a_rule_may_watch_the_quality():
    bench = Bench(rule(Condition(Watch.quality, key=1, worst=Quality.BAD)))

    bench.scan(0, {1: 20}, quality=Quality.UNCERTAIN)
    bench.scan(100, {1: 20}, quality=Quality.STALE)

    assert bench.fired == [(100, "Hot")]


def test_a_rule_may_watch_the_age_of_a_value():
    bench = Bench(rule(Condition(Watch.age, key=1, threshold=2.0)))
    bench.feed(20)

    bench.scan(1900, {1: 20}, fresh=False)
    bench.tick(2001)

    assert bench.fired == [(2001, "Hot")]


def test_a_rule_may_watch_how_fast_a_value_changes():
    fast = Condition(Watch.rate, key=1, threshold=30.0, window_s=10.0)  # units a minute
    bench = Bench(rule(fast))

    bench.feed(*[20.0] * 100)
    bench.feed(*[20 + step * 0.1 for step in range(100)], start_ms=10_000)  # 60 a minute

    assert bench.fired == [(15_100, "Hot")]


def test_a_rule_may_watch_another_rule_whatever_their_names():
    first = rule(name="Zulu")
    second = rule(Condition(Watch.rule, rule_id=first.id), name="Alpha")
    bench = Bench(second, first)

    bench.feed(150)

    assert bench.fired == [(0, "Zulu"), (0, "Alpha")]


def test_a_rule_that_is_off_does_nothing_and_holds_for_nobody():
    bench = Bench(rule(enabled=False))

    bench.feed(150)

    assert bench.happenings == []
    assert not bench.engine.holds("id-Hot")


def test_outside_its_schedule_a_rule_does_not_hold():
    bench = Bench(rule(), open_=lambda _rule, at_ms: at_ms >= 200)

    bench.feed(150, 150, 150)

    assert bench.fired == [(200, "Hot")]


@pytest.mark.parametrize(
    ("weekday", "minute", "open_"),
    [(0, 22 * 60, True), (0, 21 * 60, False), (1, 5 * 60, True), (1, 6 * 60, False),
     (1, 22 * 60, False), (0, 5 * 60, False)],
)  # fmt: skip
def test_a_window_may_run_over_midnight(weekday, minute, open_):
    night = Window(days=frozenset({0}), from_minute=22 * 60, to_minute=6 * 60)

    assert is_open((night,), weekday=weekday, minute=minute) is open_


def test_a_changed_rule_keeps_its_state_and_a_changed_number_of_conditions_is_no_trouble():
    bench = Bench(rule(repeats=False))
    bench.feed(150)

    bench.engine.use([rule(HOT, replace(HOT, threshold=50))])
    bench.feed(150, start_ms=1000)

    assert bench.fired == [(0, "Hot")]


def test_a_step_of_the_clock_does_not_shorten_a_delay():
    bench = Bench(rule(delay=Delay(on_ms=1000)))
    bench.feed(150)

    bench.engine.tick(at_ms=3_600_000, mono_ms=500)
    assert bench.fired == []
    bench.engine.tick(at_ms=3_600_500, mono_ms=1000)

    assert bench.fired == [(3_600_500, "Hot")]


ALARM = AlarmSettings(kind=AlarmKind())


def test_an_alarm_is_raised_in_the_scan_of_its_sample_and_returns():
    bench = Bench(rule(alarm=ALARM))

    bench.feed(20, 150, 20)

    assert [(it.at_ms, it.moves) for it in bench.happenings] == [
        (100, ("raised",)), (200, ("returned",))
    ]  # fmt: skip


def test_an_alarm_is_silent_while_the_rule_that_suppresses_it_holds():
    stopped = rule(Condition(key=2, operator=RuleOperator.lt, threshold=1), name="Plant stopped")
    low = rule(alarm=replace(ALARM, suppressed_by=stopped.id), name="A low flow")
    bench = Bench(low, stopped)

    bench.scan(0, {1: 150, 2: 0})
    bench.scan(100, {1: 150, 2: 5})

    assert bench.moves == ["suppressed", "unsuppressed", "raised"]


def test_an_operator_may_acknowledge_and_shelve():
    bench = Bench(rule(alarm=ALARM))
    bench.feed(150)

    seen = bench.engine.move_alarm(
        "id-Hot", lambda alarm, kind: acknowledge(alarm, kind, at_ms=50), at_ms=50
    )
    shelved = bench.engine.move_alarm(
        "id-Hot", lambda alarm, _: shelve(alarm, until_ms=1000, at_ms=60), at_ms=60
    )
    bench.tick(1000)

    assert seen is not None
    assert shelved is not None
    assert seen.state.alarm.state is AlarmState.acknowledged
    assert bench.moves == ["raised", "shelf_expired", "raised"]


def test_what_cannot_be_done_to_an_alarm_changes_nothing():
    bench = Bench(rule(alarm=ALARM), rule(name="Plain"))

    def seen(alarm, kind):
        return acknowledge(alarm, kind, at_ms=0)

    assert bench.engine.move_alarm("id-Hot", seen, at_ms=0) is None
    assert bench.engine.move_alarm("id-Plain", seen, at_ms=0) is None
    assert bench.engine.move_alarm("id-gone", seen, at_ms=0) is None


VALUES = st.lists(
    st.tuples(st.integers(min_value=0, max_value=900), st.sampled_from([20, 98, 101, 150, None])),
    min_size=1,
    max_size=25,
)
RULES = st.builds(
    lambda on_ms, off_ms, cooldown_ms, repeats, deadband, latching: rule(
        replace(HOT, deadband=deadband),
        delay=Delay(on_ms, off_ms),
        cooldown_ms=cooldown_ms,
        repeats=repeats,
        actions=(LOG, CLEAR_LOG),
        alarm=AlarmSettings(kind=AlarmKind(latching=latching)),
    ),
    st.sampled_from([0, 500, 2000]),
    st.sampled_from([0, 700]),
    st.sampled_from([0, 1500]),
    st.booleans(),
    st.sampled_from([0.0, 5.0]),
    st.booleans(),
)


@settings(max_examples=150)
@given(RULES, VALUES, st.data())
def test_a_restart_at_any_moment_changes_nothing(definition, values, data):
    cut = data.draw(st.integers(min_value=0, max_value=len(values)))
    whole, parted, at_ms = Bench(definition), Bench(definition), 0
    for position, (wait_ms, value) in enumerate(values):
        at_ms += wait_ms
        if position == cut:
            parted = restarted(parted, definition)
        whole.scan(at_ms, {1: value})
        parted.scan(at_ms, {1: value})

    assert [(it.at_ms, it.due, it.moves) for it in parted.happenings] == [
        (it.at_ms, it.due, it.moves) for it in whole.happenings
    ]
    assert parted.states() == whole.states()
