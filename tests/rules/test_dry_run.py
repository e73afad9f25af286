"""The dry run finds what the live engine would have done."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.rigging import HOT, Bench, replace, rule
from webmacs_edge.model.alarms import AlarmKind
from webmacs_edge.model.delays import Delay
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import AlarmSettings, Combine, Condition, Watch, Window
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.model.samples import Scan
from webmacs_edge.rules.dry_run import dry_run
from webmacs_edge.rules.looking import MOST_OTHERS, company_of
from webmacs_edge.rules.verdicts import Recorded

STEP_MS = 1000
SAMPLES = st.lists(
    st.tuples(
        st.sampled_from([20.0, 97.0, 99.0, 100.0, 101.0, 104.0, 150.0]),
        st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.GOOD, Quality.UNCERTAIN, Quality.BAD]),
    ),
    min_size=1,
    max_size=60,
)
CONDITIONS = st.builds(
    lambda key, operator, high, deadband: Condition(
        key=key, operator=operator, threshold=100.0, threshold_high=high, deadband=deadband
    ),
    st.sampled_from([1, 2]),
    st.sampled_from(RuleOperator),
    st.sampled_from([101.0, 104.0]),
    st.sampled_from([0.0, 2.0]),
)
RULES = st.builds(
    lambda conditions, how, on_ms, off_ms, cooldown_ms, repeats: rule(
        *conditions,
        combine=how,
        delay=Delay(on_ms, off_ms),
        cooldown_ms=cooldown_ms,
        repeats=repeats,
        alarm=AlarmSettings(kind=AlarmKind()),
    ),
    st.lists(CONDITIONS, min_size=1, max_size=3),
    st.sampled_from(Combine),
    st.sampled_from([0, 1500, 3000]),
    st.sampled_from([0, 2500]),
    st.sampled_from([0, 4000]),
    st.booleans(),
)


def recorded(samples, step_ms=STEP_MS):
    """Samples at a steady pace, from 0."""
    return Recorded(
        np.arange(len(samples), dtype=np.int64) * step_ms,
        np.array([value for value, _ in samples]),
        np.array([quality for _, quality in samples], dtype=np.uint8),
    )


def always(_rule, _at_ms):
    """No schedule."""
    return True


def run(definition, samples, **more):
    """The dry run over all of them."""
    span_ms = (0, max(it.times.size for it in samples.values()) * STEP_MS)
    return dry_run(definition, samples, span_ms=span_ms, **{"is_open": always, **more})


@settings(max_examples=200)
@given(RULES, SAMPLES, st.data())
def test_it_finds_what_the_engine_would_have_done(definition, first, data):
    count = len(first)
    second = data.draw(st.lists(st.sampled_from(first), min_size=count, max_size=count))
    bench = Bench(definition)
    for position in range(len(first)):
        at_ms = position * STEP_MS
        values, qualities = zip(first[position], second[position], strict=True)
        bench.engine.take(Scan(at_ms, at_ms * 1_000_000, (1, 2), values, qualities))
        for part in range(1, 10):
            bench.tick(at_ms + part * 100)

    found = run(definition, {1: recorded(first), 2: recorded(second)})

    live = [(it.at_ms, it.fired, it.moves) for it in bench.happenings if it.fired or it.moves]
    assert [(it.at_ms, it.fired, it.moves) for it in found.found] == live
    assert found.complete


@settings(max_examples=60)
@given(RULES, RULES, SAMPLES, st.booleans(), st.data())
def test_rules_that_it_looks_at_are_played_along(first, second, samples, silences, data):
    looks = Condition(Watch.rule, rule_id="id-Inner")
    inner = replace(first, id="id-Inner", name="Inner")
    middle = replace(second, id="id-Middle", name="Middle", conditions=(*second.conditions, looks))
    outer = rule(
        Condition(Watch.rule, rule_id=data.draw(st.sampled_from([inner.id, middle.id]))),
        HOT,
        combine=data.draw(st.sampled_from(Combine)),
        alarm=AlarmSettings(suppressed_by=inner.id if silences else ""),
    )
    bench = Bench(outer, middle, inner)
    for position, (value, quality) in enumerate(samples):
        at_ms = position * STEP_MS
        bench.engine.take(Scan(at_ms, at_ms * 1_000_000, (1, 2), (value, 99.0), (quality,) * 2))
        for part in range(1, 10):
            bench.tick(at_ms + part * 100)

    company = company_of(outer, {it.id: it for it in (inner, middle)}.get)
    second_channel = recorded([(99.0, quality) for _, quality in samples])
    found = run(outer, {1: recorded(samples), 2: second_channel}, others=company.rules)

    live = [it for it in bench.happenings if it.rule.id == outer.id and (it.fired or it.moves)]
    assert [(it.at_ms, it.fired, it.moves) for it in found.found] == [
        (it.at_ms, it.fired, it.moves) for it in live
    ]


def test_rules_that_are_off_missing_or_in_a_circle_are_named_as_resting():
    def looking(name, *others, **more):
        return rule(
            *(Condition(Watch.rule, rule_id=f"id-{it}") for it in others), name=name, **more
        )

    known = {
        it.id: it
        for it in (
            looking("A", "B", "off"),
            looking("B", "A", "gone"),
            looking("off", enabled=False),
        )
    }
    chain = {f"id-{n}": looking(str(n), str(n + 1)) for n in range(100)}

    company = company_of(looking("Hot", "A"), known.get)
    long = company_of(looking("Hot", "0"), chain.get)

    assert [it.name for it in company.rules] == ["B", "A"]
    assert company.resting == ("id-gone", "id-off")
    assert len(long.rules) == MOST_OTHERS
    assert long.resting == (f"id-{MOST_OTHERS}",)


def test_it_says_how_long_the_rule_would_have_held():
    found = run(rule(), {1: recorded([(v, Quality.GOOD) for v in (20, 150, 150, 20, 150)])})

    assert (found.fired, found.held_ms) == (2, 3000)


def test_a_rate_and_an_age_can_be_looked_for():
    rise = Condition(Watch.rate, key=1, threshold=30.0, window_s=4.0)
    values = [20.0] * 10 + [20.0 + step for step in range(10)]
    found = run(rule(rise), {1: recorded([(value, Quality.GOOD) for value in values])})
    late = dry_run(
        rule(Condition(Watch.age, key=1, threshold=5.0)),
        {1: Recorded(np.array([0, 1000, 20_000]), np.zeros(3), np.zeros(3, np.uint8))},
        span_ms=(0, 22_000),
        is_open=always,
    )

    assert [it.at_ms for it in found.found] == [13_000]
    assert [it.at_ms for it in late.found] == [6001]


def test_a_schedule_is_honoured_to_the_minute():
    windowed = rule(windows=(Window(frozenset(range(7)), 2, 4),))

    found = run(
        windowed,
        {1: recorded([(150, Quality.GOOD)] * 300)},
        is_open=lambda _, at_ms: 2 <= at_ms // 60_000 < 4,
    )

    assert [it.at_ms for it in found.found] == [120_000]
    assert found.held_ms == 120_000


def test_a_channel_without_samples_fires_nothing():
    assert dry_run(rule(), {}, span_ms=(0, 1000), is_open=always).found == ()


def test_too_much_is_cut_off_and_says_so():
    noisy = recorded([(20 if n % 2 else 150, Quality.GOOD) for n in range(3000)])

    found = run(rule(), {1: noisy})

    assert len(found.found) == 1000
    assert not found.complete


def test_a_month_of_a_deadband_is_right_at_its_edges():
    dead = replace(HOT, deadband=5.0)
    values = [101, 99, 96, 94, 99, 101, 95, 94.9]

    found = run(rule(dead), {1: recorded([(value, Quality.GOOD) for value in values])})

    assert [it.at_ms for it in found.found] == [0, 5000]
