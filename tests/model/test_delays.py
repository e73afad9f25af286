"""On-delay and off-delay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.model.delays import Delay, Delayed, pass_time, settle

DELAY = Delay(on_ms=10, off_ms=5)
RAWS = st.lists(
    st.tuples(st.sampled_from([True, False, None]), st.integers(min_value=0, max_value=12)),
    max_size=30,
)


@pytest.mark.parametrize(
    ("course", "holds"),
    [
        ([(0, True)], False),
        ([(0, True), (9, True)], False),
        ([(0, True), (10, True)], True),
        ([(0, True), (9, False), (11, True)], False),
        ([(0, True), (10, True), (11, False)], True),
        ([(0, True), (10, True), (11, False), (16, False)], False),
        ([(0, True), (10, True), (11, False), (15, True), (30, False)], True),
        ([(0, True), (5, None), (12, True)], False),
        ([(0, True), (10, True), (11, None), (99, None)], True),
    ],
)
def test_a_change_counts_once_it_has_lasted(course, holds):
    delayed = Delayed()
    for at_ms, raw in course:
        delayed = settle(delayed, DELAY, raw=raw, at_ms=at_ms)

    assert delayed.holds is holds


def test_without_delays_a_change_counts_at_once():
    assert settle(Delayed(), Delay(), raw=True, at_ms=0) == Delayed(holds=True)


def test_a_delay_runs_out_between_two_looks():
    waiting = settle(Delayed(), DELAY, raw=True, at_ms=100)

    assert waiting.due_ms(DELAY) == 110
    assert pass_time(waiting, DELAY, at_ms=109) == waiting
    assert pass_time(waiting, DELAY, at_ms=110) == Delayed(holds=True)


@given(RAWS, st.data())
def test_looking_more_often_changes_nothing(raws, data):
    seldom, often, at_ms = Delayed(), Delayed(), 0
    for raw, wait_ms in raws:
        looks = data.draw(st.lists(st.integers(min_value=at_ms, max_value=at_ms + wait_ms)))
        for look_ms in sorted(looks):
            often = pass_time(often, DELAY, at_ms=look_ms)
        at_ms += wait_ms
        often = settle(often, DELAY, raw=raw, at_ms=at_ms)
        seldom = settle(seldom, DELAY, raw=raw, at_ms=at_ms)

        assert often == seldom
