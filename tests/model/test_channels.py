"""Ranges and limits that cannot be."""

import pytest

from webmacs_edge.model.channels import check_limits, check_range
from webmacs_edge.model.errors import InvalidError


@pytest.mark.parametrize("ends", [(1, 1), (2, 1), (0, float("inf")), (float("nan"), 1)])
def test_a_range_must_be_finite_and_the_right_way_round(ends):
    with pytest.raises(InvalidError):
        check_range(*ends)


@pytest.mark.parametrize(
    ("low", "high", "field", "words"),
    [
        (None, 520, "high_limit", "Use 500 °C or less"),
        (-1, None, "low_limit", "Use 0 °C or more"),
        (300, 200, "low_limit", "below the high limit"),
    ],
)
def test_a_limit_outside_the_range_says_the_way_out(low, high, field, words):
    with pytest.raises(InvalidError, match=words) as refusal:
        check_limits(low, high, min_value=0, max_value=500, unit="°C")

    assert refusal.value.field == field


@pytest.mark.parametrize(("low", "high"), [(10, 400), (0, 500), (None, None)])
def test_limits_inside_the_range_pass(low, high):
    refusals = []

    try:
        check_limits(low, high, min_value=0, max_value=500, unit="°C")
    except InvalidError as error:
        refusals.append(error)

    assert refusals == []
