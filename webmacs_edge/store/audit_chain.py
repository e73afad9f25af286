"""The chain of the audit trail: its head, whether it is whole, and what may leave it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.audit import seal_of
from webmacs_edge.model.times import DAY_MS
from webmacs_edge.store.site_settings import read_site_value, write_site_value
from webmacs_edge.store.tables import AuditEntry

PRUNED = "audit.pruned"  # the migrations' trigger reads it: entries up to its id may be deleted
LEAST_KEPT = 200_000
LEAST_KEPT_MS = 730 * DAY_MS
BITE = 1000
PRUNED_AT_ONCE = 5000
_SEALED = (
    "id", "at_ms", "user_public_id", "actor", "via", "address", "action", "noun",
    "object_public_id", "object_name", "old_json", "new_json", "refused", "request_id",
)  # fmt: skip


class Head(NamedTuple):
    """The newest entry: its id and hash."""

    id: int = 0
    hash: str = ""


@dataclass(slots=True)
class Verdict:
    """What a walk along the chain found."""

    entries: int = 0
    first: int = 0
    last: Head = field(default_factory=Head)
    bad: int = 0
    first_bad: int | None = None
    why: str = ""

    def blame(self, entry_id: int, why: str) -> None:
        """Count an entry that is not as it was written; the first one is named."""
        self.bad += 1
        if self.first_bad is None:
            self.first_bad, self.why = entry_id, why


def sealed_parts(row: Mapping[str, Any]) -> list[object]:
    """Everything that the seal of an entry covers."""
    return [row[name] for name in _SEALED]


async def lock_trail(session: AsyncSession) -> None:
    """One at a time goes on with the chain; SQLite has one writer anyhow."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("LOCK TABLE audit_entries IN EXCLUSIVE MODE"))


async def read_head(session: AsyncSession) -> Head:
    """The newest entry, or the newest that was pruned when none is left."""
    query = select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    row = (await session.execute(query)).one_or_none()
    return Head(*row) if row is not None else await _pruned(session)


async def is_in_chain(session: AsyncSession, seen: Head) -> bool:
    """Whether the trail still holds this entry as it was, or held it until it was pruned."""
    found = await session.scalar(select(AuditEntry.hash).where(AuditEntry.id == seen.id))
    if found is not None:
        return found == seen.hash
    return seen.id <= (await _pruned(session)).id


async def check_chain(session: AsyncSession, key: bytes) -> Verdict:
    """Walk along all entries; each must bear its seal on the one before."""
    verdict, before = Verdict(), await _pruned(session)
    if before.id and not await _is_pruning_sealed(session, key):
        verdict.blame(before.id, "it was removed, but not by the appliance")
    columns = [AuditEntry.__table__.columns[name] for name in (*_SEALED, "hash")]
    while True:
        query = select(*columns).where(AuditEntry.id > before.id).order_by(AuditEntry.id)
        rows = (await session.execute(query.limit(BITE))).mappings().all()
        for row in rows:
            _look(verdict, row, before, key=key)
            before = Head(row["id"], row["hash"])
        if len(rows) < BITE:
            verdict.last = before
            return verdict


def _look(verdict: Verdict, row: Mapping[Any, Any], before: Head, *, key: bytes) -> None:
    entry_id = int(row["id"])
    verdict.entries += 1
    verdict.first = verdict.first or entry_id
    if entry_id != before.id + 1:
        verdict.blame(before.id + 1, "it is missing")
    elif seal_of(key, before.hash, sealed_parts(row)) != row["hash"]:
        verdict.blame(entry_id, "it does not bear its seal")


async def prunable(session: AsyncSession, *, at_ms: int) -> Head | None:
    """Up to where the oldest may go now: over two years old, not of the newest 200,000.

    Never more than a bite at a time.
    """
    ends = await session.execute(select(func.min(AuditEntry.id), func.max(AuditEntry.id)))
    oldest, newest = (int(end or 0) for end in ends.one())
    limit = min(newest - LEAST_KEPT, oldest + PRUNED_AT_ONCE - 1)
    query = (
        select(AuditEntry.id, AuditEntry.hash)
        .where(AuditEntry.id <= limit, AuditEntry.at_ms < at_ms - LEAST_KEPT_MS)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Head(*row)


async def prune(session: AsyncSession, upto: Head, *, key: bytes, at_ms: int) -> int:
    """Remove up to this entry, in the one way that the database allows; returns how many went.

    What the next entry is sealed onto is kept, so that the rest can still be verified.
    """
    value = {"id": upto.id, "hash": upto.hash, "seal": _pruning_seal(key, upto)}
    await write_site_value(session, PRUNED, value, at_ms=at_ms)
    count = select(func.count()).where(AuditEntry.id <= upto.id)
    gone = await session.scalar(count) or 0
    await session.execute(delete(AuditEntry).where(AuditEntry.id <= upto.id))
    return gone


async def _pruned(session: AsyncSession) -> Head:
    value = await read_site_value(session, PRUNED)
    return Head(int(value["id"]), str(value["hash"])) if value else Head()


async def _is_pruning_sealed(session: AsyncSession, key: bytes) -> bool:
    value = await read_site_value(session, PRUNED)
    return bool(value["seal"] == _pruning_seal(key, await _pruned(session)))


def _pruning_seal(key: bytes, head: Head) -> str:
    return seal_of(key, "pruned", [head.id, head.hash, json.dumps(PRUNED)])
