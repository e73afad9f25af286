"""How values stand in the audit trail: never a secret, never at length."""

import json
import re
from collections.abc import Mapping
from typing import Any

NOT_SHOWN = "(not shown)"
CHANGED = "(changed, not shown)"
MAX_TEXT = 500
MAX_DEPTH = 8
_SECRET = re.compile(
    r"secret|passw|passphrase|credential|token_hash|token_id|(?:^|[._-])(?:token|key|pin)$", re.I
)
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY = re.compile(r"(https?://[^\s?#]*)\?[^\s\"]*")


def shown(name: str, value: Any) -> Any:
    """What the trail may tell of the value of this column."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if is_secret(name):
        return NOT_SHOWN if value else ""
    return _shown_text(str(value))


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changed of two rows, old and new, as the trail tells it."""
    names = [name for name in new if old.get(name) != new[name]]
    before = {name: shown(name, old.get(name)) for name in names}
    after = {name: shown(name, new[name]) for name in names}
    for name in names:
        if before[name] == after[name]:  # two secrets, or texts that differ behind the cut
            after[name] = CHANGED
    return before, after


def is_secret(name: str) -> bool:
    """Whether what bears this name is for nobody's eyes."""
    return _SECRET.search(name) is not None


def cut(text: str, length: int = MAX_TEXT) -> str:
    """The text, shortened where it is longer; what a database cannot hold is left out."""
    clean = text.encode("utf-8", "replace").decode().replace("\x00", "")
    return clean if len(clean) <= length else f"{clean[: length - 1]}…"


def _shown_text(text: str) -> str:
    if text[:1] in ("{", "["):
        text = _without_secrets(text)
    return cut(_QUERY.sub(r"\1?…", _USER_INFO.sub("…@", text)))


def _without_secrets(text: str) -> str:
    try:
        return json.dumps(_veiled(json.loads(text), MAX_DEPTH), ensure_ascii=False)
    except ValueError:
        return text  # a text that only looks like JSON
    except RecursionError:
        return NOT_SHOWN


def _veiled(value: Any, depth: int) -> Any:
    if depth == 0:
        return "…"
    if isinstance(value, dict):
        return {
            name: NOT_SHOWN if is_secret(name) and inner else _veiled(inner, depth - 1)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_veiled(inner, depth - 1) for inner in value]
    return value
