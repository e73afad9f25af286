"""Weekly figures: floods begin and end as ISA-18.2 has it, chattering is found, hours are right."""

from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.model.alarm_figures import (
    FLOOD_BEGINS,
    FLOOD_ENDS,
    FLOOD_MS,
    Figures,
    Raised,
)
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS


def figures_of(times, *, to_ms=DAY_MS, rule_id="r"):
    """The figures of one alarm raised at these times."""
    found = Figures(from_ms=0, to_ms=to_ms)
    found.take(Raised(it, rule_id, "Hot", "high") for it in times)
    found.finish()
    return found


def test_ten_in_ten_minutes_are_no_flood_eleven_are():
    ten = figures_of([it * MINUTE_MS for it in range(10)])
    eleven = figures_of([it * MINUTE_MS for it in range(11)])

    assert ten.floods == []
    assert [(it.from_ms, it.alarms) for it in eleven.floods] == [(0, 11)]
    assert eleven.floods[0].to_ms == 6 * MINUTE_MS + FLOOD_MS  # then 4 are left
    assert eleven.flood_share == (16 * MINUTE_MS) / DAY_MS


def test_a_flood_goes_on_while_five_come_in_ten_minutes():
    times = [it * MINUTE_MS for it in range(11)] + [10 * MINUTE_MS + it * 119_000 for it in
                                                    range(1, 30)]  # fmt: skip
    found = figures_of(times)

    assert len(found.floods) == 1
    assert found.floods[0].alarms == len(times)


def test_three_within_a_minute_chatter():
    found = figures_of([0, 20_000, 59_000, 200_000])

    assert [(it.name, it.raised, it.chattered) for it in found.chattering] == [("Hot", 4, 1)]
    assert figures_of([0, 20_000, 81_000]).chattering == []


def test_hours_and_the_end_of_the_time():
    found = figures_of([0, HOUR_MS - 1, HOUR_MS, DAY_MS - 1])

    assert (found.hours[0], found.hours[1], found.hours[-1], found.total) == (2, 1, 1, 4)
    assert found.by_priority == {"high": 4}


@given(st.lists(st.integers(0, 3 * HOUR_MS), max_size=120).map(sorted))
def test_floods_are_as_if_every_moment_were_looked_at(times):
    found = figures_of(times, to_ms=4 * HOUR_MS)

    for flood in found.floods:
        inside = [it for it in times if flood.from_ms <= it <= flood.to_ms]
        assert len([it for it in inside if it - flood.from_ms <= FLOOD_MS]) >= FLOOD_BEGINS
        window = [it for it in times if flood.to_ms - FLOOD_MS < it < flood.to_ms]
        assert len(window) < FLOOD_ENDS or flood.to_ms == 4 * HOUR_MS
    assert sum(found.hours) == found.total == len(times)
    assert len(found.top) <= 10
