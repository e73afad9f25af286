"""Queries on the `quality_reasons` table: why values of channels were doubted."""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.reasons import ReasonMark
from webmacs_edge.model.text import packed, unpacked
from webmacs_edge.store.tables import QualityReason

MOST_KEPT = 20_000
MAX_WORDS = 2000


async def add_reasons(session: AsyncSession, marks: Sequence[ReasonMark]) -> None:
    """Keep them, and forget the oldest beyond the newest 20,000."""
    rows = [
        {"event_id": it.key, "at_ms": it.at_ms, "quality": int(it.quality), "words": _words(it)}
        for it in marks
    ]
    await session.execute(insert(QualityReason), rows)
    newest = await session.scalar(select(func.max(QualityReason.id))) or 0
    await session.execute(delete(QualityReason).where(QualityReason.id <= newest - MOST_KEPT))


async def list_reasons(
    session: AsyncSession, keys: Collection[int], *, from_ms: int, to_ms: int, limit: int
) -> list[ReasonMark]:
    """The newest of these channels in [from, to), in order of time."""
    query = (
        select(QualityReason)
        .where(QualityReason.event_id.in_(keys))
        .where(QualityReason.at_ms >= from_ms, QualityReason.at_ms < to_ms)
        .order_by(QualityReason.at_ms.desc(), QualityReason.id.desc())
        .limit(limit)
    )
    rows = (await session.scalars(query)).all()
    return [
        ReasonMark(it.event_id, it.at_ms, Quality(it.quality), unpacked(json.loads(it.words)))
        for it in reversed(rows)
    ]


def _words(mark: ReasonMark) -> str:
    """With how to say it in another language, unless that is beyond all measure."""
    whole = json.dumps(packed(mark.words), ensure_ascii=False, separators=(",", ":"))
    return whole if len(whole) <= MAX_WORDS else json.dumps(str.__str__(mark.words)[:500])
