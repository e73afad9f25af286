"""Which tables the audit trail follows, and what it says of one row that changed."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect

from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.audit_words import cut, differences, is_secret, shown

Row = Mapping[str, Any]

# Their rows come and go by themselves, or stand for something the trail tells in words.
NOT_AUDITED = frozenset(
    {
        "alarm_journal", "alembic_version", "audit_entries", "blacklist_tokens",
        "channel_memories", "emails", "interlock_trips", "picture_contents", "rule_states",
        "thinned", "webhook_deliveries", "written_days",
    }
)  # fmt: skip
_BESIDE = frozenset(  # columns that say nothing about what somebody decided
    {
        "id", "user_id", "changed_on_ms", "last_triggered_at_ms", "last_used_at_ms", "seen_on_ms",
        "updated_on_ms",
        # the same words as in the column beside it, for other languages
        "content_json", "error_json", "latched_json", "text_json", "words_json",
    }
)  # fmt: skip
_LOGINS = "logins"
_SETTINGS = "site_settings"
_REMOVED = "removed_on_ms"
_NAMES = (
    "username", "instance_name", "channel_name", "name", "title", "url", "package_name",
    "version", "content", "user_agent", "key",
)  # fmt: skip
_MAX_NAME = 255
_MAX_ID = 100


def is_audited(table: str, *, is_deletion: bool = False) -> bool:
    """Whether what people change in this table is told; logins that have expired just go."""
    return table not in NOT_AUDITED and not (is_deletion and table == _LOGINS)


def change_of(table: str, old: Row | None, new: Row | None) -> Change | None:
    """What the trail says of a row: made (no `old`), removed (no `new`), or changed.

    None where nothing was changed that anybody decided.
    """
    if old is not None and new is not None:
        before, after = differences(_told(table, old), _told(table, new))
        if not after:
            return None
    else:
        before, after = _content(table, old), _content(table, new)
    row = new or old or {}
    return Change(
        _action(table, old, new),
        noun=table,
        object_public_id=cut(_identity(row), _MAX_ID),
        object_name=_name(row),
        old=before,
        new=after,
    )


def rows_of(mapped: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of a changed ORM row: as they were, and as they are."""
    state = inspect(mapped)
    new = {name: state.dict[name] for name in state.mapper.columns.keys() if name in state.dict}  # noqa: SIM118 not a dict
    old = dict(new)
    for name in new:
        history = state.attrs[name].history
        if history.added and history.deleted:
            old[name] = history.deleted[0]
    return old, new


def _action(table: str, old: Row | None, new: Row | None) -> AuditAction:
    if table == _LOGINS:
        return AuditAction.sign_in if old is None else AuditAction.sign_out
    if old is None:
        return AuditAction.create
    if new is None or (new.get(_REMOVED) is not None and old.get(_REMOVED) is None):
        return AuditAction.delete
    return AuditAction.update


def _content(table: str, row: Row | None) -> dict[str, Any]:
    """All that a row holds."""
    said = _told(table, row or {})
    return {name: shown(name, value) for name, value in said.items() if value not in (None, "")}


def _told(table: str, row: Row) -> dict[str, Any]:
    if table == _SETTINGS and row:
        return _setting(str(row["key"]), row["value_json"])
    return {name: value for name, value in row.items() if name not in _BESIDE}


def _setting(key: str, value_json: str) -> dict[str, Any]:
    """By its key; secrets in it under names of their own, which says what they are."""
    value = json.loads(value_json)
    if isinstance(value, dict):
        secrets = {f"{key}.{name}": it for name, it in value.items() if is_secret(name)}
        rest = {name: it for name, it in value.items() if not is_secret(name)}
        return {key: json.dumps(rest) if secrets else value_json, **secrets}
    return {key: value_json if isinstance(value, list) else value}


def _identity(row: Row) -> str:
    named = (row.get(name) for name in ("public_id", "key", "event_public_id"))
    return str(next(filter(None, named), ""))


def _name(row: Row) -> str:
    named = (str(row[name]) for name in _NAMES if row.get(name))
    return cut(str(shown("", next(named, ""))), _MAX_NAME)
