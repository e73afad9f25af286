"""What happened to the clock, and which stamps that makes doubtful."""

import pytest

from webmacs_edge.model.clock_marks import ClockEvent, ClockMark, merged, spans

FREE, HELD = ClockMark(ClockEvent.free, 100), ClockMark(ClockEvent.held, 900)
BACK, FORWARD = ClockMark(ClockEvent.set, 500, -200), ClockMark(ClockEvent.set, 600, 3_000)


@pytest.mark.parametrize(
    ("step_ms", "words"),
    [
        (3_000, "The clock was set forward by 3 s."),
        (-185_000, "The clock was set back by 3 min 5 s; stamps repeat."),
        (7_800_000, "The clock was set forward by 2 h 10 min."),
        (-356_400_000, "The clock was set back by 4 d 3 h; stamps repeat."),
        (1_795_000_000_000, "The clock was set forward by 20775 d 11 h."),
    ],
)
def test_a_set_clock_is_told_in_words(step_ms, words):
    assert ClockMark(ClockEvent.set, 5, step_ms).words == words


@pytest.mark.parametrize(
    ("known", "news", "fresh"),
    [
        ([], [HELD], []),
        ([], [FREE], [FREE]),
        ([FREE], [FREE], []),
        ([FREE], [HELD, HELD], [HELD]),
        ([FREE, BACK], [FREE, HELD], [HELD]),
        ([FREE], [BACK, BACK], [BACK, BACK]),
        ([FREE, HELD], [FREE, HELD, FREE], [FREE, HELD, FREE]),
    ],
)
def test_free_and_held_take_turns_over_restarts(known, news, fresh):
    assert merged(known, news) == fresh


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], []),
        ([FREE], [("free", 100, None)]),
        ([FREE, HELD], [("free", 100, 900)]),
        ([HELD, BACK], [("set", 500, 700)]),
        ([FORWARD], []),
        ([FREE, BACK, HELD, FREE], [("set", 500, 700), ("free", 100, 900), ("free", 100, None)]),
        ([ClockMark(ClockEvent.free, 900), ClockMark(ClockEvent.held, 100)], [("free", 100, 900)]),
    ],
)
def test_doubtful_are_a_free_clock_and_what_it_showed_twice(marks, expected):
    assert list(spans(marks)) == expected
