"""The life of an alarm: every sequence keeps the promises of ISA-18.2."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.model import alarms
from webmacs_edge.model.alarms import Alarm, AlarmKind, AlarmState, Aside, Move

PLAIN, LATCHING = AlarmKind(), AlarmKind(latching=True)
SILENT = AlarmKind(needs_acknowledge=False)

HAPPENINGS = st.one_of(
    st.tuples(st.just("observe"), st.booleans()),
    st.tuples(st.just("acknowledge"), st.none()),
    st.tuples(st.just("reset"), st.none()),
    st.tuples(st.just("shelve"), st.integers(min_value=-5, max_value=50)),
    st.tuples(st.just("unshelve"), st.none()),
    st.tuples(st.just("suppress"), st.booleans()),
    st.tuples(st.just("take_out"), st.booleans()),
    st.tuples(st.just("wait"), st.none()),
)
KINDS = st.builds(AlarmKind, latching=st.booleans(), needs_acknowledge=st.booleans())
COURSES = st.lists(st.tuples(HAPPENINGS, st.integers(min_value=0, max_value=20)), max_size=40)


def happen(alarm, kind, happening, *, at_ms):
    """One step, time first as the engine does it."""
    alarm, early = alarms.pass_time(alarm, kind, at_ms=at_ms)
    what, given_ = happening
    if what == "observe":
        alarm, late = alarms.observe(alarm, kind, holds=given_, at_ms=at_ms)
    elif what == "acknowledge":
        alarm, late = alarms.acknowledge(alarm, kind, at_ms=at_ms)
    elif what == "reset":
        alarm, late = alarms.reset(alarm, at_ms=at_ms)
    elif what == "shelve":
        alarm, late = alarms.shelve(alarm, until_ms=at_ms + given_, at_ms=at_ms)
    elif what == "unshelve":
        alarm, late = alarms.unshelve(alarm, kind, at_ms=at_ms)
    elif what == "suppress":
        alarm, late = alarms.suppress(alarm, kind, on=given_, at_ms=at_ms)
    elif what == "take_out":
        alarm, late = alarms.take_out(alarm, kind, on=given_, at_ms=at_ms)
    else:
        late = ()
    return alarm, early + late


def course(*happenings, kind=PLAIN, alarm=None):
    """The alarm and all its moves after these, one a millisecond."""
    alarm, moves = alarm or Alarm(), []
    for at_ms, happening in enumerate(happenings):
        alarm, more = happen(alarm, kind, happening, at_ms=at_ms)
        moves += more
    return alarm, moves


def check_state(alarm, kind, at_ms):
    """What must be true of an alarm at any time."""
    sounding = alarm.state in (AlarmState.unacknowledged, AlarmState.acknowledged)
    assert sounding == (alarm.active and alarm.aside is Aside.none)
    assert alarm.aside is Aside.none or not alarm.is_annunciated
    assert kind.latching or alarm.state is not AlarmState.latched
    assert kind.needs_acknowledge or not alarm.needs_acknowledge
    assert alarm.shelved_until_ms is None or alarm.shelved_until_ms > at_ms


def check_moves(before, after, moves):
    """What must be true of a step: no change is silent, and nobody's "seen" is made up."""
    if (after.state, after.aside) != (before.state, before.aside):
        assert moves
    if after.state is AlarmState.unacknowledged and before.state is not after.state:
        assert Move.raised in moves
    if before.needs_acknowledge and not after.needs_acknowledge and not after.aside:
        assert Move.acknowledged in moves


HOLDS, GONE = ("observe", True), ("observe", False)
SEEN, RESET = ("acknowledge", None), ("reset", None)


@pytest.mark.parametrize(
    ("kind", "happenings", "state"),
    [
        (PLAIN, [], AlarmState.normal),
        (PLAIN, [HOLDS], AlarmState.unacknowledged),
        (PLAIN, [HOLDS, SEEN], AlarmState.acknowledged),
        (PLAIN, [HOLDS, GONE], AlarmState.returned),
        (PLAIN, [HOLDS, SEEN, GONE], AlarmState.normal),
        (PLAIN, [HOLDS, GONE, SEEN], AlarmState.normal),
        (PLAIN, [HOLDS, GONE, HOLDS], AlarmState.unacknowledged),
        (LATCHING, [HOLDS, SEEN, GONE], AlarmState.latched),
        (LATCHING, [HOLDS, GONE, SEEN], AlarmState.latched),
        (LATCHING, [HOLDS, GONE, SEEN, RESET], AlarmState.normal),
        (LATCHING, [HOLDS, SEEN, RESET], AlarmState.acknowledged),
        (LATCHING, [HOLDS, SEEN, GONE, HOLDS], AlarmState.unacknowledged),
        (SILENT, [HOLDS], AlarmState.acknowledged),
        (SILENT, [HOLDS, GONE], AlarmState.normal),
        (PLAIN, [("suppress", True), HOLDS], AlarmState.normal),
        (PLAIN, [("suppress", True), HOLDS, ("suppress", False)], AlarmState.unacknowledged),
        (PLAIN, [HOLDS, ("take_out", True)], AlarmState.normal),
        (PLAIN, [HOLDS, ("take_out", True), GONE, ("take_out", False)], AlarmState.normal),
    ],
)
def test_each_course_ends_in_the_state_of_the_standard(kind, happenings, state):
    alarm, _ = course(*happenings, kind=kind)

    assert alarm.state is state


def test_an_alarm_on_the_shelf_is_silent_and_speaks_up_when_its_time_is_over():
    alarm, moves = course(("shelve", 3), HOLDS, ("wait", None), ("wait", None))

    assert moves == [Move.shelved, Move.shelf_expired, Move.raised]
    assert (alarm.state, alarm.aside, alarm.raised_at_ms) == (
        AlarmState.unacknowledged,
        Aside.none,
        3,
    )


def test_a_shelf_that_ends_before_it_begins_changes_nothing():
    assert course(HOLDS, ("shelve", 0)) == course(HOLDS)


def test_an_alarm_with_two_reasons_for_silence_waits_for_the_second_to_go():
    alarm, moves = course(
        ("suppress", True), ("take_out", True), HOLDS, ("take_out", False), ("suppress", False)
    )

    assert moves == [
        Move.suppressed, Move.taken_out, Move.put_back, Move.unsuppressed, Move.raised
    ]  # fmt: skip
    assert alarm.state is AlarmState.unacknowledged


@given(KINDS, COURSES)
def test_no_course_breaks_a_promise(kind, happenings):
    alarm, at_ms = Alarm(), 0
    for happening, wait_ms in happenings:
        at_ms += wait_ms
        before = alarm
        alarm, moves = happen(alarm, kind, happening, at_ms=at_ms)

        check_state(alarm, kind, at_ms)
        check_moves(before, alarm, moves)


@given(KINDS, COURSES)
def test_nothing_is_reported_twice(kind, happenings):
    alarm, at_ms = Alarm(), 0
    for happening, wait_ms in happenings:
        at_ms += wait_ms
        alarm, _ = happen(alarm, kind, happening, at_ms=at_ms)

        again, moves = alarms.observe(alarm, kind, holds=alarm.active, at_ms=at_ms)

        assert (again, moves) == (alarm, ())
        assert alarms.pass_time(alarm, kind, at_ms=at_ms) == (alarm, ())


def test_a_new_raise_forgets_when_the_last_one_was_seen():
    alarm, _ = course(HOLDS, SEEN, GONE, HOLDS)

    assert alarm == replace(Alarm(), state=AlarmState.unacknowledged, active=True, raised_at_ms=3)
