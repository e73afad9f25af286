"""Conditions of rules: what an operator means, and which thresholds fit it; pure rules."""

import operator as operators
from collections.abc import Callable, Mapping
from enum import StrEnum

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

TOLERANCE = 1e-9  # two values nearer than this are equal


class RuleOperator(StrEnum):
    """How a value is compared with the threshold."""

    gt = "gt"
    lt = "lt"
    eq = "eq"
    gte = "gte"
    lte = "lte"
    between = "between"
    not_between = "not_between"

    @property
    def is_range(self) -> bool:
        """Whether it needs an upper threshold as well."""
        return self in _RANGES


_RANGES = frozenset({RuleOperator.between, RuleOperator.not_between})


class ActionType(StrEnum):
    """What a rule does while its condition holds."""

    webhook = "webhook"
    log = "log"


def holds(
    operator: RuleOperator, value: float, threshold: float, *, threshold_high: float | None = None
) -> bool:
    """Whether the condition is true of this value; never of NaN, or of a range without its end."""
    if operator.is_range:
        if threshold_high is None:
            return False
        inside = threshold <= value <= threshold_high
        outside = value < threshold or value > threshold_high
        return inside if operator is RuleOperator.between else outside
    return _COMPARISONS[operator](value, threshold)


def _is_equal(value: float, threshold: float) -> bool:
    return value == threshold or abs(value - threshold) < TOLERANCE


_COMPARISONS: Mapping[RuleOperator, Callable[[float, float], bool]] = {
    RuleOperator.gt: operators.gt,
    RuleOperator.lt: operators.lt,
    RuleOperator.eq: _is_equal,
    RuleOperator.gte: operators.ge,
    RuleOperator.lte: operators.le,
}


def check_thresholds(
    operator: RuleOperator, threshold: float, threshold_high: float | None
) -> None:
    """InvalidError unless they fit; an upper one that the operator does not look at may be any."""
    if not operator.is_range:
        return
    if threshold_high is None:
        raise InvalidError(
            text(
                "“{operator_value}” needs an upper threshold as well.",
                operator_value=operator.value,
            ),
            field="threshold_high",
        )
    if threshold_high < threshold:
        raise InvalidError(
            text(
                "The upper threshold must be {threshold:g} or more, as the lower one is.",
                threshold=threshold,
            ),
            field="threshold_high",
        )
