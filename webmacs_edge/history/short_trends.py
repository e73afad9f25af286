"""Trends of up to a day: the samples of all channels in one question."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from webmacs_edge.history.reader import Page, Reader
from webmacs_edge.history.sketch import Sketch, Trend
from webmacs_edge.model.times import DAY_MS, HOUR_MS
from webmacs_edge.store.datapoints import read_chunks_of
from webmacs_edge.store.history_rows import Chunk, Rollup
from webmacs_edge.store.rollups import read_lone_rollups

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

LONGEST_MS = DAY_MS + 2 * HOUR_MS
MOST_CHUNKS = 256  # in one question: as many are in memory

_Stored = tuple[Sequence[Chunk], Sequence[Rollup]]


def suits(from_ms: int, to_ms: int, *, channels: int) -> bool:
    """Whether one question can bring all of it, if samples come as usual."""
    return channels > 1 and to_ms - from_ms <= LONGEST_MS


async def read_short_trends(
    reader: Reader, sketches: Mapping[int, Sketch], *, from_ms: int, to_ms: int
) -> dict[int, Trend]:
    """The trends of as many channels as one question brings; the sketches of others stay fresh."""
    longest_ms = max(sketch.limit_ms for sketch in sketches.values())
    count = max(1, MOST_CHUNKS // (2 + (to_ms - from_ms) // HOUR_MS))
    keys, found = list(sketches), dict[int, Trend]()
    for start in range(0, len(keys), count):
        part = {key: sketches[key] for key in keys[start : start + count]}
        found |= await _read_some(reader, part, from_ms=from_ms - longest_ms, to_ms=to_ms)
    return found


async def _read_some(
    reader: Reader, sketches: Mapping[int, Sketch], *, from_ms: int, to_ms: int
) -> dict[int, Trend]:
    # RAM first: a run that is sealed meanwhile is then met twice, and left out here
    heads = {key: reader.unsealed(key, from_ms=from_ms, to_ms=to_ms) for key in sketches}
    chunks, rollups = await reader.ask(
        lambda session: _ask(session, list(sketches), from_ms=from_ms, to_ms=to_ms)
    )
    if len(chunks) > MOST_CHUNKS:
        return {}

    def draw() -> dict[int, Trend]:
        trends = dict[int, Trend]()
        for key, sketch in sketches.items():
            known = heads[key].keys()
            page = Page(
                [it for it in chunks if it.channel == key and it.t0 not in known],
                [it for it in rollups if it.channel == key and it.t0 not in known],
                heads[key].take(None),
            )
            sketch.add(reader, page)
            trends[key] = sketch.finish()
        return trends

    return await asyncio.to_thread(draw)


async def _ask(
    session: "AsyncSession", keys: Sequence[int], *, from_ms: int, to_ms: int
) -> _Stored:
    chunks = await read_chunks_of(
        session, keys, from_ms=from_ms, to_ms=to_ms, limit=MOST_CHUNKS + 1
    )
    return chunks, await read_lone_rollups(session, keys, from_ms=from_ms, to_ms=to_ms)
