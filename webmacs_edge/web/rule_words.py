"""Rules in the words of the pages: conditions, actions, steps, and what a form offers."""

from aiohttp import web

from webmacs_edge.model.rule_definitions import Condition, Watch
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.model.text import Text, text
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.wording import short_number

WATCHES = {
    Watch.value: text("Value"),
    Watch.rate: text("Change per minute"),
    Watch.quality: text("Quality"),
    Watch.age: text("Age in seconds"),
    Watch.rule: text("Another rule"),
}
OPERATORS = {
    RuleOperator.gt: text("above"),
    RuleOperator.gte: text("at or above"),
    RuleOperator.lt: text("below"),
    RuleOperator.lte: text("at or below"),
    RuleOperator.eq: text("equal to"),
    RuleOperator.between: text("between"),
    RuleOperator.not_between: text("outside"),
}
WORST = {
    "uncertain": text("uncertain or worse"),
    "bad": text("bad or worse"),
    "stale": text("stale"),
}
ACTIONS = {
    "log": text("Write into the log"),
    "email": text("Send an e-mail"),
    "webhook": text("Tell webhooks"),
    "output": text("Set an output"),
    "all_safe": text("Make all outputs safe"),
    "start_experiment": text("Start an experiment"),
    "stop_experiment": text("Stop the experiment"),
    "annotate": text("Note it in the experiment"),
}
MOMENTS = {"raised": text("when it begins"), "cleared": text("when it ends")}
LEVELS = {"info": text("Info"), "warning": text("Warning"), "error": text("Error")}
PRIORITIES = {
    "critical": text("Critical"),
    "high": text("High"),
    "medium": text("Medium"),
    "low": text("Low"),
}
DAYS = (
    text("Mon"), text("Tue"), text("Wed"), text("Thu"), text("Fri"), text("Sat"), text("Sun"),
)  # fmt: skip
_GONE = text("a removed channel")
_GONE_RULE = text("a removed rule")


def condition_words(app: web.Application, it: Condition, rule_names: dict[str, str]) -> Text:
    """Words such as “Bed temperature above 220 °C”."""
    if it.watch is Watch.rule:
        return text("the rule “{name}” holds", name=rule_names.get(it.rule_id, _GONE_RULE))
    event = app[STATION].event(it.key)
    name = event.name if event else _GONE
    if it.watch is Watch.quality:
        return text("{name} is {quality}", name=name, quality=WORST[it.worst.word])
    unit = f" {event.unit}" if event and event.unit and event.unit != "-" else ""
    if it.watch is Watch.rate:
        return text("change of {name} per minute {limit}", name=name, limit=limit(it, unit))
    if it.watch is Watch.age:
        return text("{name} was not read for {limit}", name=name, limit=limit(it, " s"))
    return text("{name} {limit}", name=name, limit=limit(it, unit))


def limit(it: Condition, unit: str) -> Text:
    """Words such as “above 220 °C”."""
    low = short_number(it.threshold) + unit
    word = OPERATORS[it.operator]
    if not it.operator.is_range or it.threshold_high is None:
        return text("{operator} {low}", operator=word, low=low)
    high = short_number(it.threshold_high) + unit
    low = short_number(it.threshold)
    if it.operator is RuleOperator.between:
        return text("between {low} and {high}", low=low, high=high)
    return text("outside {low} to {high}", low=low, high=high)
