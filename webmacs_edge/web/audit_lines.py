"""Audit entries in the words of the page."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webmacs_edge.model.text import text
from webmacs_edge.model.times import from_ms
from webmacs_edge.web.user_agents import program_of

if TYPE_CHECKING:
    from webmacs_edge.store.tables import AuditEntry

ACTIONS: Mapping[str, str] = {
    "create": text("Created"),
    "update": text("Changed"),
    "delete": text("Deleted"),
    "command": text("Commanded"),
    "sign-in": text("Signed in"),
    "sign-out": text("Signed out"),
    "refused": text("Refused"),
    "prune": text("Oldest removed"),
    "gap": text("Gap found"),
}
NOUNS: Mapping[str, str] = {
    "alarm_journal": text("Alarm"),
    "api_tokens": text("API token"),
    "audit_entries": text("Audit trail"),
    "channel_checks": text("Check of a channel"),
    "channel_mappings": text("I/O point of a device"),
    "dashboard_widgets": text("Widget"),
    "dashboards": text("Dashboard"),
    "displays": text("Wall screen"),
    "calibrations": text("Calibration"),
    "emails": text("E-mail"),
    "events": text("Channel"),
    "experiment_phases": text("Phase of an experiment"),
    "forced_values": text("Forced value"),
    "annotations": text("Annotation"),
    "experiments": text("Experiment"),
    "datapoints": text("Datapoint"),
    "firmware_updates": text("Firmware update"),
    "interlocks": text("Interlock"),
    "log_entries": text("Log entry"),
    "logins": text("Login"),
    "output_holds": text("Safe state"),
    "outputs": text("Output"),
    "pictures": text("Picture"),
    "plugin_instances": text("Device"),
    "plugin_packages": text("Package of drivers"),
    "rules": text("Rule"),
    "site_settings": text("Setting"),
    "users": text("User"),
    "webhook_deliveries": text("Delivery"),
    "backups": text("Backup"),
    "webhooks": text("Webhook"),
}
_FIELDS: Mapping[str, str] = {  # of commands
    "value": text("value"),
    "why": text("why"),
    "over_s": text("over s"),
    "pulse_s": text("pulse s"),
    "cycle": text("cycle"),
    "refused": text("refused"),
    "and_more": text("and more"),
    "backup": text("backup"),
    "restore": text("restore"),
    "restart": text("restart"),
}
_VALUES: Mapping[str, str] = {
    "now": text("now"),
    "dropped": text("dropped"),
    "asked for": text("asked for"),
}
_VIA: Mapping[str, str] = {
    "session": text("session"),
    "appliance": text("appliance"),
    "command line": text("command line"),
    "set-up": text("set-up"),
    "sign-in": text("sign-in"),
    "several requests": text("several requests"),
    "link": text("link"),
    "horn": text("horn"),
}
_OBJECTS: Mapping[str, str] = {
    "make all safe": text("make all safe"),
    "release": text("release"),
}
_RULE = re.compile(r"Rule “(.*)”", re.DOTALL)
_MOMENTS = ("_on_ms", "_at_ms")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that changed; "" where there was, or is, nothing."""

    name: str
    old: str
    new: str


def action_words(entry: "AuditEntry") -> str:
    """What was done, or tried."""
    words = ACTIONS.get(entry.action, entry.action)
    if entry.refused and entry.action != "refused":
        return text("{action}: refused", action=words)
    return words


def object_words(entry: "AuditEntry") -> str:
    """The name of what was done something to; what concerned all outputs is called by the deed.

    A login is that of a browser, whose whole name stands among the values.
    """
    if entry.action == "command" and not entry.object_public_id:
        return _OBJECTS.get(entry.object_name, entry.object_name)
    if entry.noun == "logins" and entry.object_name:
        return program_of(entry.object_name)
    return entry.object_name


def actor_words(name: str) -> str:
    """Who did it: a rule in the language of who reads, people and programs by their names."""
    rule = _RULE.fullmatch(name)
    return text("Rule “{name}”", name=rule[1]) if rule else name


def via_words(via: str) -> str:
    """How it was asked for."""
    kind, _, name = via.partition(" ")
    if kind == "rule" and name:
        return text("rule {rule}", rule=name)
    if kind == "token" and name:
        return text("token {name}", name=name)
    return _VIA.get(via, via)


def value_words(name: str, value: object) -> object:
    """A value of an entry; what we put into it ourselves in the language of who reads."""
    return _VALUES.get(value, value) if name in _FIELDS and isinstance(value, str) else value


def field_words(name: str) -> str:
    """What a value of an entry is called."""
    plain = name.removesuffix("_ms").removesuffix("_json").replace("_", " ")
    return _FIELDS.get(name, plain)


def noun_words(noun: str) -> str:
    """The kind of thing, as the pages call it."""
    return NOUNS.get(noun, noun.replace("_", " ").capitalize())


def lines_of(entry: "AuditEntry") -> list[Line]:
    """What changed, old and new, in the order in which it was told."""
    old, new = json.loads(entry.old_json), json.loads(entry.new_json)
    names = dict.fromkeys([*new, *old])
    return [Line(field_words(name), _words(name, old), _words(name, new)) for name in names]


def _words(name: str, values: Mapping[str, Any]) -> str:
    value = values.get(name)
    if value is None:
        return text("none") if name in values else ""
    if isinstance(value, bool):
        return text("yes") if value else text("no")
    if isinstance(value, int) and name.endswith(_MOMENTS):
        return f"{from_ms(value):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, str):
        return str(value_words(name, value)) or text("empty")
    return json.dumps(value, ensure_ascii=False)
