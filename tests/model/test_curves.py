"""Calibration curves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.model.curves import make_curve
from webmacs_edge.model.errors import InvalidError


def made(points):
    """The curve through these."""
    curve = make_curve(points)
    assert curve is not None
    return curve


def test_between_the_points_and_beyond_them_the_curve_is_straight():
    curve = made([(100, 102), (0, 0), (50, 49)])

    assert [curve.apply(x) for x in (0, 25, 50, 75, 100, 110, -10)] == pytest.approx(
        [0, 24.5, 49, 75.5, 102, 112.6, -9.8]
    )


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(1, 1)], "2 to 20 points, not 1"),
        ([(n, n) for n in range(21)], "not 21"),
        ([(1, 1), (1, 2)], "Two points show 1"),
        ([(0, 0), (1, 2), (2, 1.5)], "look at 1 and 2"),
        ([(0, 0), (1, 0)], "only rise, or only fall"),
        ([(0, 0), (float("nan"), 1)], "two finite numbers"),
        ([(0, 0), (1,)], "two finite numbers"),
    ],
)
def test_points_that_make_no_curve_are_refused_with_the_reason(points, words):
    with pytest.raises(InvalidError, match=words):
        make_curve(points)


def test_no_points_are_no_curve():
    assert make_curve([]) is None


@given(
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=20, unique=True).map(sorted),
    st.booleans(),
    st.floats(-2000, 2000),
)
def test_a_curve_leads_back_to_where_it_came_from(shown, falls, value):
    steps = range(len(shown))
    curve = made([(x, x + n * (-1 if falls else 1) * (2000 if falls else 1))
                        for n, x in zip(steps, shown, strict=True)])  # fmt: skip

    assert curve.invert(curve.apply(value)) == pytest.approx(value, abs=1e-6)
