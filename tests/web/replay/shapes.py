"""The shapes of answers as the contract writes them, and whether an answer fits one."""

import re
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")

TIME = "a moment"


class Maybe:
    """`null`, or that shape. The key is there in both cases."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape


class OneOf:
    """One of these words."""

    def __init__(self, *words: str) -> None:
        self.words = words


def page_of(row: Any) -> dict[str, Any]:
    """The envelope of a list."""
    return {"page": int, "page_size": int, "total": int, "data": [row]}


def misfit(shape: Any, value: Any, place: str = "answer") -> str:
    """What is wrong with the value, and where; "" when nothing is."""
    if isinstance(shape, Maybe):
        return "" if value is None else misfit(shape.shape, value, place)
    if isinstance(shape, OneOf):
        return "" if value in shape.words else f"{place} is {value!r}"
    if isinstance(shape, dict):
        return _misfit_of_object(shape, value, place)
    if isinstance(shape, list):
        rows = value if isinstance(value, list) else [f"no list: {value!r}"]
        faults = (misfit(shape[0], row, f"{place}[{n}]") for n, row in enumerate(rows))
        return next((fault for fault in faults if fault), "")
    if shape == TIME:
        fits = isinstance(value, str) and _TIME.fullmatch(value) and ".000000Z" not in value
        return "" if fits else f"{place} is {value!r}, no moment"
    return "" if type(value) is shape else f"{place} is {value!r}, not of {shape}"


def _misfit_of_object(shape: dict[str, Any], value: Any, place: str) -> str:
    if not isinstance(value, dict) or not set(shape) <= set(value):
        return f"{place} is {value!r}, lacks some of {sorted(shape)}"
    faults = (misfit(inner, value[name], f"{place}.{name}") for name, inner in shape.items())
    return next((fault for fault in faults if fault), "")


STATUS = {"status": OneOf("success"), "message": str}
USER = {
    "public_id": str, "email": str, "username": str,
    "role": OneOf("admin", "operator", "viewer"), "admin": bool, "registered_on": TIME,
    "sso_provider": Maybe(str),
}  # fmt: skip
EVENT = {
    "public_id": str, "name": str, "min_value": float, "max_value": float, "unit": str,
    "type": OneOf("sensor", "actuator", "range", "cmd_button", "cmd_opened", "cmd_closed"),
    "user_public_id": Maybe(str),
}  # fmt: skip
EXPERIMENT = {
    "public_id": str, "name": str, "started_on": Maybe(TIME), "stopped_on": Maybe(TIME),
    "user_public_id": Maybe(str),
}  # fmt: skip
DATAPOINT = {
    "public_id": str, "value": float, "timestamp": Maybe(TIME), "event_public_id": str,
    "experiment_public_id": Maybe(str),
}  # fmt: skip
LOG_ENTRY = {
    "public_id": str, "content": str, "logging_type": Maybe(OneOf("error", "warning", "info")),
    "status_type": Maybe(OneOf("read", "unread")), "created_on": Maybe(TIME),
    "user_public_id": Maybe(str),
}  # fmt: skip
RULE = {
    "public_id": str, "name": str, "event_public_id": str,
    "operator": OneOf("gt", "lt", "eq", "gte", "lte", "between", "not_between"),
    "threshold": float, "threshold_high": Maybe(float), "action_type": OneOf("webhook", "log"),
    "webhook_event_type": Maybe(str), "enabled": bool, "cooldown_seconds": int,
    "last_triggered_at": Maybe(TIME), "created_on": Maybe(TIME), "user_public_id": Maybe(str),
}  # fmt: skip
WEBHOOK = {
    "public_id": str, "url": str, "events": [str], "enabled": bool, "created_on": Maybe(TIME),
    "user_public_id": Maybe(str),
}  # fmt: skip
DELIVERY = {
    "public_id": str, "event_type": str,
    "status": OneOf("pending", "delivered", "failed", "dead_letter"), "attempts": int,
    "last_error": Maybe(str), "response_code": Maybe(int), "created_on": Maybe(TIME),
    "delivered_on": Maybe(TIME),
}  # fmt: skip
FIRMWARE = {
    "public_id": str, "version": str, "changelog": Maybe(str), "file_hash_sha256": Maybe(str),
    "file_size_bytes": Maybe(int),
    "status": OneOf("pending", "downloading", "verifying", "applying", "completed", "failed",
                    "rolled_back"),
    "error_message": Maybe(str), "created_on": Maybe(TIME), "started_on": Maybe(TIME),
    "completed_on": Maybe(TIME), "user_public_id": Maybe(str), "has_firmware_file": bool,
}  # fmt: skip
UPDATE_CHECK = {
    "current_version": str, "latest_version": Maybe(str), "update_available": bool,
    "github_latest_version": Maybe(str), "github_download_url": Maybe(str),
    "github_release_url": Maybe(str), "github_error": Maybe(str),
}  # fmt: skip
WIDGET = {
    "public_id": str,
    "widget_type": OneOf("line_chart", "gauge", "stat_card", "actuator_toggle"), "title": str,
    "event_public_id": Maybe(str), "x": int, "y": int, "w": int, "h": int,
    "config_json": Maybe(str),
}  # fmt: skip
DASHBOARD = {
    "public_id": str, "name": str, "is_global": bool, "created_on": Maybe(TIME),
    "user_public_id": Maybe(str), "widgets": [WIDGET],
}  # fmt: skip
PLUGIN_META = {
    "id": str, "name": str, "version": str, "vendor": str, "description": str, "url": Maybe(str),
}  # fmt: skip
MAPPING = {
    "public_id": str, "channel_id": str, "channel_name": str,
    "direction": OneOf("input", "output", "bidirectional"), "unit": str,
    "event_public_id": Maybe(str), "created_on": Maybe(TIME),
}  # fmt: skip
PLUGIN = {
    "public_id": str, "plugin_id": str, "instance_name": str, "demo_mode": bool, "enabled": bool,
    "status": OneOf("inactive", "connected", "error", "demo"), "config_json": Maybe(str),
    "error_message": Maybe(str), "created_on": Maybe(TIME), "updated_on": Maybe(TIME),
    "user_public_id": Maybe(str), "channel_mappings": [MAPPING],
}  # fmt: skip
PACKAGE = {
    "public_id": str, "package_name": str, "version": str, "source": OneOf("bundled", "uploaded"),
    "plugin_ids": [str], "file_size_bytes": Maybe(int), "installed_on": Maybe(TIME),
    "removable": bool,
}  # fmt: skip
TOKEN = {
    "public_id": str, "name": str, "last_used_at": Maybe(TIME), "expires_at": Maybe(TIME),
    "created_at": Maybe(TIME), "user_public_id": str,
}  # fmt: skip
NEW_TOKEN = {
    "public_id": str, "name": str, "token": str, "expires_at": Maybe(TIME),
    "created_at": Maybe(TIME),
}  # fmt: skip
HEALTH = {
    "status": OneOf("ok", "degraded"), "version": str, "database": OneOf("ok", "error"),
    "last_datapoint": Maybe(TIME), "uptime_seconds": float,
}  # fmt: skip
