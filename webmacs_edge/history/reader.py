"""Reads samples by channel and time: sealed chunks first, then what is only in RAM."""

import asyncio
import logging
from bisect import bisect_left
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import NamedTuple

import numpy as np

from webmacs_edge.history.chunks import ChunkError, Samples, decode_chunk, pick
from webmacs_edge.history.head import Head, Last, Run
from webmacs_edge.model.quality import Quality
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import (
    Chunk,
    Rollup,
    read_chunks,
    read_chunks_before,
    read_chunks_of,
    read_rollups,
)

log = logging.getLogger(__name__)

READS = 2  # at the same time; the writer and the pages need their turn
PAGE_CHUNKS = 64
RAW_PAGE_CHUNKS = 4  # an export holds as many of every channel
WINDOW_CHUNKS = 500
PAGE_ROLLUPS = 5000

EMPTY = Samples(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint8))


class Page(NamedTuple):
    """A part of a range: rows of the store, or samples that are only in RAM."""

    chunks: Sequence[Chunk] = ()
    rollups: Sequence[Rollup] = ()
    heads: Sequence[Samples] = ()


class _Part(NamedTuple):
    """The samples `start` to `stop` of a run; a reference, to be copied when its turn comes."""

    run: Run
    start: int
    stop: int


class Reader:
    """The stored and the unsealed samples of every channel as one."""

    def __init__(self, database: Database, heads: Mapping[int, Head]) -> None:
        self.damaged: set[tuple[int, int]] = set()  # channel and t0 of chunks that were left out
        self._database = database
        self._heads = heads
        self._slots = asyncio.Semaphore(READS)

    async def pages(
        self, key: int, *, from_ms: int, to_ms: int, size: int = PAGE_CHUNKS
    ) -> AsyncGenerator[Page]:
        """All that may hold samples of [from_ms, to_ms), oldest first; decode it in a thread."""
        # RAM first: a run that is sealed meanwhile is then met twice, and left out here
        parts = self._unsealed(key, from_ms=from_ms, to_ms=to_ms)
        after_t0: int | None = None
        while True:
            async with self._slots, self._database.read() as session:
                rows = await read_chunks(
                    session, key, from_ms=from_ms, to_ms=to_ms, after_t0=after_t0, limit=size
                )
            known = {part.run.t0 for part in parts}
            yield Page(chunks=[chunk for chunk in rows if chunk.t0 not in known])
            if len(rows) < size:
                break
            after_t0 = rows[-1].t0
        yield Page(heads=[part.run.samples(part.start, part.stop) for part in parts])

    async def rollups(self, key: int, *, from_ms: int, to_ms: int) -> AsyncGenerator[Page]:
        """The same range as rollups of the sealed chunks and samples from RAM."""
        parts = self._unsealed(key, from_ms=from_ms, to_ms=to_ms)
        after_t0: int | None = None
        while True:
            async with self._slots, self._database.read() as session:
                rows = await read_rollups(
                    session, key, from_ms=from_ms, to_ms=to_ms, after_t0=after_t0,
                    limit=PAGE_ROLLUPS,
                )  # fmt: skip
            known = {part.run.t0 for part in parts}
            yield Page(rollups=[rollup for rollup in rows if rollup.t0 not in known])
            if len(rows) < PAGE_ROLLUPS:
                break
            after_t0 = rows[-1].t0
        yield Page(heads=[part.run.samples(part.start, part.stop) for part in parts])

    async def raw(self, key: int, *, from_ms: int, to_ms: int) -> AsyncGenerator[Samples]:
        """The samples of [from_ms, to_ms), chunk by chunk, oldest first."""
        async with aclosing(
            self.pages(key, from_ms=from_ms, to_ms=to_ms, size=RAW_PAGE_CHUNKS)
        ) as pages:
            async for page in pages:
                parts: list[Chunk | Samples] = [*page.chunks, *page.heads]
                for part in parts:
                    samples = await asyncio.to_thread(
                        self._decode_part, part, from_ms=from_ms, to_ms=to_ms
                    )
                    if len(samples.at_ms):
                        yield samples

    async def window(
        self, keys: Sequence[int], *, from_ms: int, to_ms: int, most: int
    ) -> list[Samples] | None:
        """The samples of [from_ms, to_ms) of a few channels; None when they are more than `most`.

        Never more than `WINDOW_CHUNKS` chunks are read, so that a long window needs little memory.
        """
        heads = {key: self._unsealed(key, from_ms=from_ms, to_ms=to_ms) for key in keys}
        async with self._slots, self._database.read() as session:
            chunks = await read_chunks_of(
                session, keys, from_ms=from_ms, to_ms=to_ms, limit=WINDOW_CHUNKS
            )
        if len(chunks) == WINDOW_CHUNKS:
            return None
        return await asyncio.to_thread(
            self._decode_window, heads, chunks, from_ms=from_ms, to_ms=to_ms, most=most
        )

    def _decode_window(
        self,
        heads: Mapping[int, Sequence[_Part]],
        chunks: Iterable[Chunk],
        *,
        from_ms: int,
        to_ms: int,
        most: int,
    ) -> list[Samples] | None:
        found: dict[int, list[Samples]] = {key: [] for key in heads}
        known = {(key, part.run.t0) for key, parts in heads.items() for part in parts}
        for chunk in chunks:
            if (chunk.channel, chunk.t0) not in known:
                samples = self._decode_part(chunk, from_ms=from_ms, to_ms=to_ms)
                found[chunk.channel].append(samples)
                most -= len(samples.at_ms)
            if most < 0:
                return None
        for key, parts in heads.items():
            for part in parts:
                most -= part.stop - part.start
                if most < 0:
                    return None
                found[key].append(part.run.samples(part.start, part.stop))
        return [join(parts) for parts in found.values()]

    def decode(self, page: Page, *, from_ms: int, to_ms: int) -> list[Samples]:
        """The samples of the page within [from_ms, to_ms); damaged chunks are left out."""
        parts: list[Chunk | Samples] = [*page.chunks, *page.heads]
        return [self._decode_part(part, from_ms=from_ms, to_ms=to_ms) for part in parts]

    async def last_before(self, key: int, at_ms: int) -> Last | None:
        """The newest sample before `at_ms`."""
        runs = self._heads[key].runs if key in self._heads else []
        for run in reversed(runs):
            position = bisect_left(run.at_ms, at_ms)
            if position:
                return _sample(run.samples(position - 1, position))
        async with self._slots, self._database.read() as session:
            chunks = await read_chunks_before(session, key, at_ms)
        page = Page(chunks=chunks[::-1])
        found = join(await asyncio.to_thread(self.decode, page, from_ms=0, to_ms=at_ms))
        return _sample(found) if len(found.at_ms) else None

    def _unsealed(self, key: int, *, from_ms: int, to_ms: int) -> list[_Part]:
        """Which samples of the head lie within [from_ms, to_ms)."""
        runs = self._heads[key].runs if key in self._heads else []
        return [
            _Part(run, bisect_left(run.at_ms, from_ms), bisect_left(run.at_ms, to_ms))
            for run in runs
        ]

    def _decode_part(self, part: Chunk | Samples, *, from_ms: int, to_ms: int) -> Samples:
        samples = self._decode_chunk(part) if isinstance(part, Chunk) else part
        return clip(samples, from_ms=from_ms, to_ms=to_ms)

    def _decode_chunk(self, chunk: Chunk) -> Samples:
        try:
            samples, _ = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
        except ChunkError as error:
            if (chunk.channel, chunk.t0) not in self.damaged:
                log.error("%s It is left out.", error)  # noqa: TRY400 the sentence says it all
            self.damaged.add((chunk.channel, chunk.t0))
            return EMPTY
        return samples


def join(parts: Iterable[Samples]) -> Samples:
    """The parts as one, in order of time."""
    parts = list(parts)
    if not parts:
        return EMPTY
    if len(parts) == 1:
        return parts[0]
    at_ms, values, qualities = (np.concatenate(column) for column in zip(*parts, strict=True))
    joined = Samples(at_ms, values, qualities)
    if (at_ms[1:] >= at_ms[:-1]).all():
        return joined
    return pick(joined, np.argsort(at_ms, kind="stable"))  # the clock went back


def clip(samples: Samples, *, from_ms: int, to_ms: int) -> Samples:
    """What lies within [from_ms, to_ms)."""
    start, stop = np.searchsorted(samples.at_ms, (from_ms, to_ms)).tolist()
    return pick(samples, slice(start, stop))


def _sample(samples: Samples) -> Last:
    at_ms, values, qualities = samples
    return int(at_ms[-1]), float(values[-1]), Quality(int(qualities[-1]))
