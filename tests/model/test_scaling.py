"""Two-point scaling and resolutions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.scaling import Scaling, decimals_for, line_through

finite = st.floats(-1e6, 1e6)


@given(st.tuples(finite, finite), st.tuples(finite, finite))
def test_the_line_goes_through_both_points(native, scaled):
    if abs(native[0] - native[1]) < 1e-3 or scaled[0] == scaled[1]:
        return

    line = line_through(native, scaled)

    tolerance = 1e-6 * max(1.0, *map(abs, scaled), abs(line.factor) * max(map(abs, native)))
    assert line.apply(native[0]) == pytest.approx(scaled[0], abs=tolerance)
    assert line.apply(native[1]) == pytest.approx(scaled[1], abs=tolerance)


@pytest.mark.parametrize(
    ("native", "scaled", "field"),
    [
        ((4000, 4000), (0, 100), "native_high"),
        ((4000, 20000), (5, 5), "scaled_high"),
        ((4000, float("nan")), (0, 100), ""),
        ((4000, float("inf")), (0, 100), ""),
    ],
)
def test_points_that_define_no_line_are_refused_at_the_field(native, scaled, field):
    with pytest.raises(InvalidError) as refusal:
        line_through(native, scaled)

    assert refusal.value.field == field


def test_scaling_back_gives_the_native_number():
    assert Scaling(0.0075, -30.0).invert(60.0) == pytest.approx(12000)


@pytest.mark.parametrize(
    ("factor", "decimals"),
    [(1, 0), (0.1, 1), (-0.1, 1), (0.0075, 3), (250, 0), (1e-12, 9), (0, 0), (float("inf"), 0)],
)
def test_every_native_step_stays_visible(factor, decimals):
    assert decimals_for(factor) == decimals
