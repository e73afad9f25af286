"""Rules ready to be made from the channels of this site, for those who have none yet."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.rule_texts import CONDITION, DEFAULTS, Said
from webmacs_edge.model.text import Text, text
from webmacs_edge.web.keys import STATION

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_HIGH_PART, _BAND_PART = 0.9, 0.02  # of the range
_RATE_PART = 0.1  # of the range per minute


@dataclass(frozen=True, slots=True)
class Example:
    """A rule that somebody might want; `word` is its name in the address."""

    word: str
    title: Text
    sentence: Text
    said: Said


def examples(app: web.Application) -> list[Example]:
    """At most three, from the first channel that measures something."""
    measured = [it for it in app[STATION].events if not it.is_digital and it.max_value > 0]
    if not measured:
        return []
    warm = next((it for it in measured if "°C" in it.unit), measured[0])
    other = next((it for it in measured if it is not warm), warm)
    return [_high(warm), _silent(other), _rising(warm)]


def _high(event: "Event") -> Example:
    span = event.max_value - event.min_value
    threshold = round(event.min_value + span * _HIGH_PART, 1)
    said = _rule(
        text("{name} high", name=event.name),
        {"threshold": threshold, "deadband": round(span * _BAND_PART, 2)},
        event,
        on_delay_s=5.0,
        priority="high",
    )
    sentence = text(
        "An alarm when {name} is above {threshold} {unit} for 5 seconds.",
        name=event.name, threshold=f"{threshold:g}", unit=event.unit,
    )  # fmt: skip
    return Example("high", text("Too high"), sentence, said)


def _silent(event: "Event") -> Example:
    said = _rule(
        text("{name} not read", name=event.name),
        {"watch": "quality", "worst": "bad"},
        event,
        on_delay_s=10.0,
        priority="medium",
    )
    sentence = text("An alarm when {name} cannot be trusted for 10 seconds.", name=event.name)
    return Example("silent", text("No good value"), sentence, said)


def _rising(event: "Event") -> Example:
    rate = round((event.max_value - event.min_value) * _RATE_PART, 1)
    said = _rule(
        text("{name} rises fast", name=event.name),
        {"watch": "rate", "threshold": rate, "window_s": 60.0},
        event,
        priority="medium",
    )
    sentence = text(
        "An alarm when {name} rises by more than {rate} {unit} a minute.",
        name=event.name, rate=f"{rate:g}", unit=event.unit,
    )  # fmt: skip
    return Example("rising", text("Rising fast"), sentence, said)


def _rule(
    name: str, condition: Said, event: "Event", *, priority: str, on_delay_s: float = 0.0
) -> Said:
    return {
        **DEFAULTS,
        "name": str(name),
        "enabled": True,
        "cooldown_seconds": 60,
        "repeats": False,
        "on_delay_s": on_delay_s,
        "conditions": [{**CONDITION, "event_public_id": event.public_id, **condition}],
        "actions": [{"kind": "log", "moment": "raised"}],
        "alarm": {"priority": priority},
    }
