"""The audit trail: what an entry tells, and the seal that ties it to the entry before."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

KEY_PURPOSE = "audit trail"  # of the box key


class AuditAction(StrEnum):
    """What was done, or tried."""

    create = "create"
    update = "update"
    delete = "delete"
    command = "command"
    sign_in = "sign-in"
    sign_out = "sign-out"
    refused = "refused"
    prune = "prune"
    gap = "gap"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that somebody did: to what, and how it was before and is now."""

    action: AuditAction
    noun: str = ""  # the table; "" for none
    object_public_id: str = ""
    object_name: str = ""
    old: Mapping[str, Any] = field(default_factory=dict)  # of what changed only
    new: Mapping[str, Any] = field(default_factory=dict)
    refused: bool = False


# Inserted along with what caused them: worth an entry only where nothing else was done.
_COMPANIONS = frozenset({"log_entries", "webhook_deliveries"})


def told(changes: Iterable[Change]) -> list[Change]:
    """What is worth an entry: steps on one thing as one, companions only when alone."""
    merged = _merged(changes)
    chief = [change for change in merged if not _is_companion(change)]
    return chief or merged


def seal_of(key: bytes, previous: str, said: Iterable[object]) -> str:
    """The hash of an entry over everything it says and the hash before it.

    Keyed, so that whoever can only edit the database cannot make a new chain.
    """
    text = json.dumps([previous, *said], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _is_companion(change: Change) -> bool:
    return change.action is AuditAction.create and change.noun in _COMPANIONS


def _merged(changes: Iterable[Change]) -> list[Change]:
    merged: list[Change] = []
    for change in changes:
        before = merged[-1] if merged else None
        if before is not None and _continues(before, change):
            merged[-1] = _joined(before, change)
        else:
            merged.append(change)
    return [change for change in merged if not _is_void(change)]


def _continues(before: Change, change: Change) -> bool:
    return (
        change.action is AuditAction.update
        and before.action in (AuditAction.create, AuditAction.update)
        and before.object_public_id != ""
        and (before.noun, before.object_public_id) == (change.noun, change.object_public_id)
    )


def _joined(before: Change, change: Change) -> Change:
    old = {**change.old, **before.old} if before.action is AuditAction.update else {}
    return replace(change, action=before.action, old=old, new={**before.new, **change.new})


def _is_void(change: Change) -> bool:
    return change.action is AuditAction.update and change.old == change.new
