"""The sentences that people read about a rule."""

from webmacs_edge.model.rule_definitions import Condition, Watch
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.rules.actions.desk import Channel, Desk
from webmacs_edge.rules.engine import Happening

_LIMITS = {
    RuleOperator.gt: "above {low}",
    RuleOperator.lt: "below {low}",
    RuleOperator.eq: "equal to {low}",
    RuleOperator.gte: "{low} or more",
    RuleOperator.lte: "{low} or less",
    RuleOperator.between: "between {low} and {high}",
    RuleOperator.not_between: "outside {low} to {high}",
}
_UNITS = {Watch.rate: "{unit}/min", Watch.age: "s"}


def tell(desk: Desk, happening: Happening) -> str:
    """A sentence such as “Heater hot: Bed temperature is 231.5 °C (above 220)”."""
    rule = happening.rule
    condition = rule.conditions[0]
    channel = desk.channel(happening.key)
    if channel is None:
        return f"{rule.name}."
    return f"{rule.name}: {_seen(condition, channel, happening.value)}."


def _seen(condition: Condition, channel: Channel, value: float | None) -> str:
    if condition.watch is Watch.quality:
        return f"{channel.name} is {condition.worst.word} or worse"
    if value is None:
        return f"{channel.name} has no value"
    unit = _UNITS.get(condition.watch, "{unit}").format(unit=channel.unit)
    what = {
        Watch.rate: f"{channel.name} changes by",
        Watch.age: f"{channel.name} was read last before",
    }.get(condition.watch, f"{channel.name} is")
    return f"{what} {value:.6g} {unit}".rstrip() + f" ({limit(condition)})"


def limit(condition: Condition) -> str:
    """Words such as “above 220”."""
    high = condition.threshold_high
    return _LIMITS[condition.operator].format(
        low=f"{condition.threshold:g}", high="…" if high is None else f"{high:g}"
    )
