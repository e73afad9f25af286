"""What makes a channel's settings valid; pure rules."""

import math

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import Text, said, text

BOX_GROUP = text("This box")  # of the figures of the box itself
DERIVED_GROUP = text("Worked out")  # of derived channels
_OUR_GROUPS: dict[str, Text] = {it: it for it in (BOX_GROUP, DERIVED_GROUP)}


def check_range(min_value: float, max_value: float) -> None:
    """InvalidError unless the range is finite and not upside down."""
    if not (math.isfinite(min_value) and math.isfinite(max_value)):
        raise InvalidError(text("The range needs two finite numbers."), field="min_value")
    if min_value >= max_value:
        raise InvalidError(text("The minimum must be below the maximum."), field="max_value")


def check_limits(
    low: float | None, high: float | None, *, min_value: float, max_value: float, unit: str
) -> None:
    """InvalidError unless the limits lie in the range and in order."""
    for field, limit in (("low_limit", low), ("high_limit", high)):
        if limit is None:
            continue
        if limit > max_value:
            raise InvalidError(
                text(
                    "{limit:g} is above the range. Use {max_value:g} {unit} or less, "
                    "or widen the range.",
                    limit=limit,
                    max_value=max_value,
                    unit=unit,
                ),
                field=field,
            )
        if limit < min_value:
            raise InvalidError(
                text(
                    "{limit:g} is below the range. Use {min_value:g} {unit} or more, "
                    "or widen the range.",
                    limit=limit,
                    min_value=min_value,
                    unit=unit,
                ),
                field=field,
            )
    if low is not None and high is not None and low >= high:
        raise InvalidError(text("The low limit must be below the high limit."), field="low_limit")


def group_words(name: str) -> str:
    """What pages call a group: one that we made in the language of who reads, others as typed."""
    return _OUR_GROUPS.get(name, name)


def group_named(words: str) -> str:
    """The name under which a group is stored that a page calls so."""
    return next((name for name, ours in _OUR_GROUPS.items() if words == said(ours)), words)
