"""A rule as people and programs write it, and as its row holds it: two shapes of one thing.

As written, a rule has all its conditions and actions in two lists. Its row has columns for the
condition and the action that WebMACS 2.x knew; everything else stands in `more_json`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Said = dict[str, Any]  # a rule as written

DEFAULTS: Mapping[str, Any] = {
    "combine": "all",
    "on_delay_s": 0.0,
    "off_delay_s": 0.0,
    "repeats": True,
    "windows": [],
    "only_in_experiment": False,
    "alarm": None,
}
CONDITION: Mapping[str, Any] = {
    "watch": "value",
    "event_public_id": "",
    "operator": "gt",
    "threshold": None,
    "threshold_high": None,
    "deadband": 0.0,
    "window_s": 60.0,
    "worst": "bad",
    "rule_public_id": "",
}
OLD_CONDITION = ("event_public_id", "operator", "threshold", "threshold_high")
OLD_ACTION = ("action_type", "webhook_event_type")
ALARM: Mapping[str, Any] = {
    "priority": "medium",
    "latching": False,
    "needs_acknowledge": True,
    "group": "",
    "cause": "",
    "consequence": "",
    "response": "",
    "suppressed_by": "",
}
_COMBINE = ("all", "any")
_OLD_KINDS = ("webhook", "log")
_KEPT = ("name", "enabled", "cooldown_seconds")


def as_written(columns: Mapping[str, Any]) -> Said:
    """The rule of these columns, with every field; `more_json` may hold anything."""
    more = read_more(columns["more_json"])
    first = {name: columns[name] for name in OLD_CONDITION} | _dict(more.get("first"))
    conditions = [{**CONDITION, **_dict(it)} for it in (first, *_list(more.get("conditions")))]
    actions = more["actions"] if "actions" in more else [old_action(columns)]
    said = {name: more.get(name, usual) for name, usual in DEFAULTS.items()}
    if said["combine"] not in _COMBINE:
        said["combine"] = DEFAULTS["combine"]  # `rules.reading` says that it cannot be read
    if said["alarm"] is not None:
        said["alarm"] = {**ALARM, **_dict(said["alarm"])}
    return {
        **{name: columns[name] for name in _KEPT},
        **said,
        "conditions": conditions,
        "actions": [_dict(it) for it in _list(actions)],
    }


def as_columns(said: Said, *, channel: str) -> dict[str, Any]:
    """The columns of a rule; `channel`: of its first condition, also where that has none."""
    first, *others = said["conditions"]
    columns = {name: first.get(name, CONDITION[name]) for name in OLD_CONDITION}
    columns |= {"event_public_id": channel, "threshold": columns["threshold"] or 0.0}
    columns |= {name: said[name] for name in _KEPT}
    columns |= _action_columns(said["actions"])
    more = {
        "first": _beyond(first, {it: CONDITION[it] for it in CONDITION if it not in OLD_CONDITION}),
        "conditions": [_beyond(it, CONDITION) for it in others],
        **{name: said.get(name, usual) for name, usual in DEFAULTS.items()},
    }
    told = {it: value for it, value in more.items() if value and value != DEFAULTS.get(it)}
    if not said.get("repeats", True):
        told["repeats"] = False
    if said["actions"] != [old_action(columns)]:
        told["actions"] = said["actions"]
    return columns | {"more_json": json.dumps(told, separators=(",", ":"))}


def with_changes(before: Said, given: Mapping[str, Any]) -> Said:
    """The rule after a change of some fields, also of those that WebMACS 2.x knew.

    Whoever sends back everything with one old field changed means that field.
    """
    new = {name: value for name, value in given.items() if name in before}
    after = before | new
    if after["conditions"] == before["conditions"]:
        old = {it: given[it] for it in OLD_CONDITION if it in given}
        first, *others = before["conditions"]
        after["conditions"] = [first | old, *others]
    if after["actions"] == before["actions"]:
        after["actions"] = _with_old_action(before["actions"], given)
    return after


def old_action(columns: Mapping[str, Any]) -> Said:
    """The action that WebMACS 2.x would have taken by these columns."""
    if columns["action_type"] != "webhook":
        return {"kind": columns["action_type"], "moment": "raised"}
    event_type = columns["webhook_event_type"]
    told = {"event_type": event_type} if event_type else {}
    return {"kind": "webhook", "moment": "raised", **told}


def read_more(text: str) -> dict[str, Any]:
    """What stands beside the columns; where it cannot be read, something that no rule says."""
    try:
        more = json.loads(text)
    except ValueError:
        return {"combine": "unreadable"}
    return more if isinstance(more, dict) else {}


def _with_old_action(actions: Sequence[Said], given: Mapping[str, Any]) -> list[Said]:
    columns = _action_columns(actions)
    changed = columns | {name: given[name] for name in OLD_ACTION if name in given}
    if changed == columns:
        return list(actions)
    place = _old_place(actions)
    return [*actions[:place], old_action(changed), *actions[place + 1 :]]


def _action_columns(actions: Sequence[Said]) -> dict[str, Any]:
    """What programs of 2.x are told; of a rule that neither logs nor tells webhooks: `log`."""
    place = _old_place(actions)
    found = actions[place] if place < len(actions) else {}
    is_webhook = found.get("kind") == "webhook"
    return {
        "action_type": "webhook" if is_webhook else "log",
        "webhook_event_type": (found.get("event_type") or None) if is_webhook else None,
    }


def _old_place(actions: Sequence[Said]) -> int:
    places = (n for n, it in enumerate(actions) if it.get("kind") in _OLD_KINDS)
    return next(places, len(actions))


def _beyond(said: Mapping[str, Any], usual: Mapping[str, Any]) -> Said:
    return {it: said[it] for it, default in usual.items() if said.get(it, default) != default}


def _dict(value: Any) -> Said:
    return dict(value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
