"""Queries on the `audit_entries` table: who changed what, when, from where."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.audit import Change, seal_of
from webmacs_edge.model.audit_words import cut
from webmacs_edge.store.audit_chain import lock_trail, read_head, sealed_parts
from webmacs_edge.store.tables import AuditEntry

MOST_LISTED = 500
RECENT = 5000
_LONGEST = {
    name: column.type.length
    for name, column in AuditEntry.__table__.columns.items()
    if isinstance(column.type, String) and column.type.length
}


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; what is empty narrows nothing."""

    person: str = ""  # the public id of a user, or the name of an actor
    action: str = ""
    noun: str = ""
    text: str = ""
    from_ms: int | None = None
    to_ms: int | None = None  # exclusive
    only_refused: bool = False


async def append_entries(
    session: AsyncSession, changes: Sequence[Change], *, actor: Actor, key: bytes, at_ms: int
) -> None:
    """Write one entry per change, each sealed onto the one before."""
    if not changes:
        return
    await lock_trail(session)
    head = await read_head(session)
    rows: list[dict[str, Any]] = []
    entry_id, previous = head.id, head.hash
    for change in changes:
        entry_id += 1
        row = {"id": entry_id, "at_ms": at_ms, **_who(actor), **_what(change)}
        row["hash"] = previous = seal_of(key, previous, sealed_parts(row))
        rows.append(row)
    await session.execute(insert(AuditEntry), rows)


async def list_audit_entries(
    session: AsyncSession, wanted: AuditFilter, *, limit: int, before_id: int | None = None
) -> Sequence[AuditEntry]:
    """The newest that fit, newest first; those before an entry when one is named."""
    query = _narrowed(wanted).order_by(AuditEntry.id.desc()).limit(min(limit, MOST_LISTED))
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    return (await session.scalars(query)).all()


async def list_audit_entries_after(
    session: AsyncSession, wanted: AuditFilter, *, limit: int, after_id: int
) -> Sequence[AuditEntry]:
    """The oldest that fit after this entry, newest first: the page before in a list."""
    query = _narrowed(wanted).where(AuditEntry.id > after_id).order_by(AuditEntry.id)
    return (await session.scalars(query.limit(min(limit, MOST_LISTED)))).all()[::-1]


async def audited_people(session: AsyncSession) -> Sequence[tuple[str, str]]:
    """Who stands in the newest 5000 entries: public id, or name where there is none, and name."""
    recent = (
        select(AuditEntry.user_public_id, AuditEntry.actor)
        .order_by(AuditEntry.id.desc())
        .limit(RECENT)
        .subquery()
    )
    rows = await session.execute(select(recent).distinct().limit(MOST_LISTED))
    people = {(user or actor): actor for user, actor in rows}
    return sorted(people.items(), key=lambda person: person[1].lower())


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "user_public_id": actor.user_public_id,
        "actor": _fit("actor", actor.name),
        "via": _fit("via", actor.via),
        "address": _fit("address", actor.address),
        "request_id": _fit("request_id", actor.request_id),
    }


def _what(change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "noun": _fit("noun", change.noun),
        "object_public_id": _fit("object_public_id", change.object_public_id),
        "object_name": _fit("object_name", change.object_name),
        "old_json": _json(change.old),
        "new_json": _json(change.new),
        "refused": change.refused,
    }


def _fit(column: str, text: str) -> str:
    return cut(text, _LONGEST[column])


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)


def _narrowed(wanted: AuditFilter) -> Select[AuditEntry]:
    query: Select[AuditEntry] = select(AuditEntry)
    if wanted.person:
        query = query.where(
            or_(AuditEntry.user_public_id == wanted.person, AuditEntry.actor == wanted.person)
        )
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.noun:
        query = query.where(AuditEntry.noun == wanted.noun)
    if wanted.only_refused:
        query = query.where(AuditEntry.refused)
    if wanted.from_ms is not None:
        query = query.where(AuditEntry.at_ms >= wanted.from_ms)
    if wanted.to_ms is not None:
        query = query.where(AuditEntry.at_ms < wanted.to_ms)
    return query.where(_contains(wanted.text)) if wanted.text else query


def _contains(text: str) -> Any:
    columns = (
        AuditEntry.actor, AuditEntry.object_name, AuditEntry.object_public_id, AuditEntry.via,
        AuditEntry.address, AuditEntry.old_json, AuditEntry.new_json,
    )  # fmt: skip
    return or_(*(column.icontains(text, autoescape=True) for column in columns))
