"""The sentences that people read about a rule."""

from webmacs_edge.model.quality import QUALITY_WORDS
from webmacs_edge.model.rule_definitions import Condition, Watch
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.model.text import figure, text
from webmacs_edge.rules.actions.desk import Channel, Desk
from webmacs_edge.rules.engine import Happening

_LIMITS = {
    RuleOperator.gt: text("above {low}"),
    RuleOperator.lt: text("below {low}"),
    RuleOperator.eq: text("equal to {low}"),
    RuleOperator.gte: text("{low} or more"),
    RuleOperator.lte: text("{low} or less"),
    RuleOperator.between: text("between {low} and {high}"),
    RuleOperator.not_between: text("outside {low} to {high}"),
}
_IS = text("{name} is {value} ({limit})")
_SEEN = {
    Watch.rate: text("{name} changes by {value} ({limit})"),
    Watch.age: text("{name} was read last before {value} ({limit})"),
}
_UNITS = {Watch.rate: "{unit}/min", Watch.age: "s"}


def tell(desk: Desk, happening: Happening) -> str:
    """A sentence such as “Heater hot: Bed temperature is 231.5 °C (above 220)”."""
    rule = happening.rule
    condition = rule.conditions[0]
    channel = desk.channel(happening.key)
    if channel is None:
        return f"{rule.name}."
    seen = _seen(condition, channel, happening.value)
    return text("{rule}: {seen}.", rule=rule.name, seen=seen)


def _seen(condition: Condition, channel: Channel, value: float | None) -> str:
    if condition.watch is Watch.quality:
        return text(
            "{name} is {word} or worse", name=channel.name, word=QUALITY_WORDS[condition.worst]
        )
    if value is None:
        return text("{name} has no value", name=channel.name)
    unit = _UNITS.get(condition.watch, "{unit}").format(unit=channel.unit)
    seen = _SEEN.get(condition.watch, _IS)
    return text(
        seen,
        name=channel.name,
        value=figure(value, _digits(condition, channel, value), unit),
        limit=limit(condition),
    )


def _digits(condition: Condition, channel: Channel, value: float) -> str:
    """The decimals of the channel, unless the value would seem to be at its limit then."""
    how = f".{channel.decimals}f"
    limits = (condition.threshold, condition.threshold_high)
    if condition.watch is not Watch.value or float(f"{value:{how}}") in limits:
        return ".6g"
    return how


def limit(condition: Condition) -> str:
    """Words such as “above 220”."""
    high = condition.threshold_high
    return text(
        _LIMITS[condition.operator],
        low=figure(condition.threshold),
        high="…" if high is None else figure(high),
    )
