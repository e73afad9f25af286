"""Operators of rules: what each means, for any number."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.rules import RuleOperator, check_thresholds, holds

NUMBERS = st.floats(min_value=-1e300, max_value=1e300)
O = RuleOperator  # noqa: E741 short in the table


@pytest.mark.parametrize(
    ("operator", "value", "threshold", "high", "expected"),
    [
        (O.gt, 5.0, 5.0, None, False),
        (O.gt, math.nextafter(5.0, 6.0), 5.0, None, True),
        (O.gte, 5.0, 5.0, None, True),
        (O.lt, 5.0, 5.0, None, False),
        (O.lte, 5.0, 5.0, None, True),
        (O.eq, 5.0, 5.0, None, True),
        (O.eq, 5.0 + 9e-10, 5.0, None, True),
        (O.eq, 5.0 + 1.1e-9, 5.0, None, False),
        (O.eq, 0.1 + 0.2, 0.3, None, True),
        (O.eq, math.inf, math.inf, None, True),
        (O.between, 5.0, 5.0, 7.0, True),
        (O.between, 7.0, 5.0, 7.0, True),
        (O.between, 7.000001, 5.0, 7.0, False),
        (O.between, 6.0, 5.0, None, False),
        (O.not_between, 5.0, 5.0, 7.0, False),
        (O.not_between, 7.0, 5.0, 7.0, False),
        (O.not_between, 4.999999, 5.0, 7.0, True),
        (O.not_between, 6.0, 5.0, None, False),
        (O.between, 5.0, 5.0, 5.0, True),
    ],
)
def test_an_operator_means_what_the_contract_says(operator, value, threshold, high, expected):
    assert holds(operator, value, threshold, threshold_high=high) is expected


@pytest.mark.parametrize("operator", list(RuleOperator))
def test_nothing_holds_of_what_is_no_number(operator):
    assert not holds(operator, math.nan, 0.0, threshold_high=1.0)


@given(value=NUMBERS, threshold=NUMBERS)
def test_of_below_and_above_exactly_one_is_true_unless_they_are_equal(value, threshold):
    assert holds(O.gt, value, threshold) is not holds(O.lte, value, threshold)
    assert holds(O.lt, value, threshold) is not holds(O.gte, value, threshold)
    assert (holds(O.gte, value, threshold) and holds(O.lte, value, threshold)) == (
        value == threshold
    )


@given(value=NUMBERS, ends=st.tuples(NUMBERS, NUMBERS).map(sorted))
def test_a_value_is_either_in_a_range_or_outside(value, ends):
    low, high = ends

    inside = holds(O.between, value, low, threshold_high=high)

    assert inside is not holds(O.not_between, value, low, threshold_high=high)
    assert inside == (holds(O.gte, value, low) and holds(O.lte, value, high))


@given(value=NUMBERS)
def test_every_value_equals_itself(value):
    assert holds(O.eq, value, value)


@given(operator=st.sampled_from(RuleOperator), threshold=NUMBERS, high=st.none() | NUMBERS)
def test_thresholds_fit_unless_a_range_lacks_its_end_or_is_upside_down(operator, threshold, high):
    fits = not operator.is_range or (high is not None and high >= threshold)

    if fits:
        check_thresholds(operator, threshold, high)
    else:
        with pytest.raises(InvalidError) as caught:
            check_thresholds(operator, threshold, high)
        assert caught.value.field == "threshold_high"
