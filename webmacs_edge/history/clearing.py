"""Keeps stamps unique per channel where samples go where older ones may be.

Each millisecond of a channel holds one sample: the first that was stored. A late sample whose stamp
is taken is rejected; a sample that was read while the clock was set back moves on to the next
stamp that is free.
"""

import asyncio
from collections.abc import Iterable, Sequence

import numpy as np

from webmacs_edge.history.chunks import ChunkError, decode_chunk
from webmacs_edge.history.head import Head
from webmacs_edge.history.packing import Ints
from webmacs_edge.history.runs import Run
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import read_chunks
from webmacs_edge.store.history_rows import Chunk

MARGIN_MS = 60_000  # of what is taken while the store is being read
PAGE_CHUNKS = 64


async def clear_stamps(database: Database, heads: Iterable[Head]) -> int:
    """Let all samples be journaled whose stamps were in doubt; returns how many were rejected."""
    rejected = 0
    for head in heads:
        for run in head.late.freeze():
            taken = await _taken(database, head, run)
            is_free = ~np.isin(run.stamps(), taken)
            rejected += head.late.clear(run, is_free=is_free.tolist())
        for run in head.main:
            if run.cleared is not None and run.cleared < len(run):
                await _nudge(database, head, run)
    return rejected


async def _nudge(database: Database, head: Head, run: Run) -> None:
    taken = await _taken(database, head, run)
    wanted = list(run.at_ms[run.cleared :])  # more may have come meanwhile
    if np.isin(wanted, taken).any():
        wanted = free_stamps(wanted, set(taken.tolist()))
    head.nudge(run, wanted)


async def _taken(database: Database, head: Head, run: Run) -> Ints:
    """The stamps of other samples of the channel around those that are in doubt."""
    from_ms, to_ms = run.at_ms[run.cleared or 0], run.at_ms[-1] + MARGIN_MS
    others = [other for other in head.runs if other is not run]
    return await taken_stamps(database, head.key, others, from_ms=from_ms, to_ms=to_ms)


async def taken_stamps(
    database: Database, key: int, runs: Iterable[Run], *, from_ms: int, to_ms: int
) -> Ints:
    """The stamps of [from_ms, to_ms) that the runs and the store have."""
    stamps = [run.stamps() for run in runs]
    after_t0: int | None = None
    while True:
        async with database.read() as session:
            chunks = await read_chunks(
                session, key, from_ms=from_ms, to_ms=to_ms, after_t0=after_t0,
                limit=PAGE_CHUNKS,
            )  # fmt: skip
        stamps += await asyncio.to_thread(_all_stamps, chunks)
        if len(chunks) < PAGE_CHUNKS:
            break
        after_t0 = chunks[-1].t0
    taken = np.concatenate([np.empty(0, np.int64), *stamps])
    return taken[(taken >= from_ms) & (taken < to_ms)]


def _all_stamps(chunks: Sequence[Chunk]) -> list[Ints]:
    return [_stamps(chunk) for chunk in chunks]


def _stamps(chunk: Chunk) -> Ints:
    try:
        samples, _ = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
    except ChunkError:
        return np.empty(0, np.int64)
    return samples.at_ms


def free_stamps(wanted: Iterable[int], taken: set[int]) -> list[int]:
    """Increasing stamps, each as wanted or the next one that is free."""
    found: list[int] = []
    for at_ms in wanted:
        free_ms = max(at_ms, found[-1] + 1) if found else at_ms
        while free_ms in taken:
            free_ms += 1
        found.append(free_ms)
    return found
