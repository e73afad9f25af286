"""The form of a rule: flat fields such as `conditions.0.threshold`, and the rule in them.

A button may change the form itself (another condition, one less) without saving anything.
"""

import re
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.rule_definitions import MAX_ACTIONS, MAX_CONDITIONS, MAX_WINDOWS
from webmacs_edge.model.rule_texts import Said
from webmacs_edge.web.forms import WHOLE_FORM, read_posted, sentence_of
from webmacs_edge.web.schemas.rules import RuleIn

MOST = {"conditions": MAX_CONDITIONS, "actions": MAX_ACTIONS, "windows": MAX_WINDOWS}
FIRST = {
    "conditions": {"watch": "value", "operator": "gt", "window_s": "60", "worst": "bad"},
    "actions": {"kind": "log", "moment": "raised"},
    "windows": {"days": "0\n1\n2\n3\n4", "from": "08:00", "to": "17:00"},
}
SWITCHES = ("enabled", "repeats", "only_in_experiment", "is_alarm", "alarm.latching")
_NUMBERS = (
    "threshold", "threshold_high", "deadband", "window_s", "value", "over_s", "pulse_s",
    "on_delay_s", "off_delay_s", "cooldown_seconds",
)  # fmt: skip
_PART = re.compile(r"(conditions|actions|windows)\.(\d{1,2})\.(\w+)")
_CHANGE = re.compile(r"(add|remove)\.(conditions|actions|windows)(?:\.(\d{1,2}))?")
_MAX_FIELDS = 500
_MAX_TEXT = 2000

Typed = dict[str, str]


async def read_rule_form(request: web.Request) -> Typed:
    """What stands in the form, field by field; of several boxes of one name a line each."""
    posted = await read_posted(request, max_fields=_MAX_FIELDS)
    typed: Typed = {}
    for name in posted:
        values = [it for it in posted.getall(name) if isinstance(it, str)]
        typed[name] = "\n".join(values)[:_MAX_TEXT]
    return typed


def rule_in(typed: Typed) -> tuple[Said | None, dict[str, str]]:
    """The rule in the form, or a sentence per faulty field."""
    try:
        given = RuleIn.model_validate(_nested(typed))
    except ValidationError as error:
        return None, _faults(error)
    return given.as_written(), {}


def fault_of(error: InvalidError) -> dict[str, str]:
    """The sentence at its field, or above the form."""
    return {_place(error.field): error.args[0]}


def fields_of(said: Said) -> Typed:
    """The form that shows this rule."""
    typed = {name: _text(said.get(name)) for name in ("name", "combine", *_TOP)}
    typed |= {it: "true" for it in SWITCHES if said.get(it)}
    for part in MOST:
        for place, it in enumerate(said[part]):
            typed |= {f"{part}.{place}.{name}": _text(value) for name, value in it.items()}
    if said["alarm"] is not None:
        typed["is_alarm"] = "true"
        typed |= {f"alarm.{name}": _text(value) for name, value in said["alarm"].items()}
    return typed


_TOP = ("cooldown_seconds", "on_delay_s", "off_delay_s")


def counts_of(typed: Typed) -> dict[str, int]:
    """How many conditions, actions and windows the form has."""
    found = dict.fromkeys(MOST, 0)
    for name in typed:
        if match := _PART.fullmatch(name):
            found[match[1]] = min(MOST[match[1]], max(found[match[1]], int(match[2]) + 1))
    return found


def changed(typed: Typed, change: str) -> Typed:
    """The form with one part more or less; as it was where that is not possible."""
    match = _CHANGE.fullmatch(change)
    if match is None:
        return typed
    what, part, place = match[1], match[2], int(match[3] or 0)
    count = counts_of(typed)[part]
    if what == "add":
        new = {f"{part}.{count}.{it}": text for it, text in FIRST[part].items()}
        return typed | new if count < MOST[part] else typed
    return _without(typed, part, place)


def _without(typed: Typed, part: str, place: int) -> Typed:
    kept: Typed = {}
    for name, text in typed.items():
        match = _PART.fullmatch(name)
        if match is None or match[1] != part or int(match[2]) < place:
            kept[name] = text
        elif int(match[2]) > place:
            kept[f"{part}.{int(match[2]) - 1}.{match[3]}"] = text
    return kept


def _nested(typed: Typed) -> Said:
    """The fields as a program would send them; an empty field is not given."""
    said: Said = {part: [{} for _ in range(count)] for part, count in counts_of(typed).items()}
    said |= {it: it in typed for it in SWITCHES if "." not in it}
    alarm: Said = {"latching": "alarm.latching" in typed}
    for name, raw in typed.items():
        text = _plain(name, raw.strip())
        match = _PART.fullmatch(name)
        if not text or name in SWITCHES:
            continue
        if match is not None and int(match[2]) < len(said[match[1]]):
            value: Any = text.split("\n") if match[3] == "days" else text
            said[match[1]][int(match[2])][match[3]] = value
        elif name.startswith("alarm."):
            alarm[name.removeprefix("alarm.")] = text
        elif match is None:
            said[name] = text
    said["alarm"] = alarm if said.pop("is_alarm") else None
    return said


def _plain(name: str, text: str) -> str:
    if name.rpartition(".")[2] in _NUMBERS:
        return text.replace("−", "-").replace(",", ".")
    return text


def _faults(error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for fault in error.errors():
        field = ".".join(str(it) for it in fault["loc"])
        found.setdefault(_place(field), sentence_of(fault))
    return found


def _place(field: str) -> str:
    """The field of the form where a fault is shown."""
    parts = field.split(".")
    if "days" in parts:
        return ".".join(parts[:3])
    if field == "alarm":
        return "is_alarm"
    known = {"name", "combine", "conditions", *_TOP}
    return field if len(parts) > 1 or field in known else WHOLE_FORM


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    if isinstance(value, list):
        return "\n".join(str(it) for it in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)
