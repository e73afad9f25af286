"""Reads samples by channel and time: sealed chunks first, then what is only in RAM."""

import asyncio
import logging
from bisect import bisect_left
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from webmacs_edge.history import ordering
from webmacs_edge.history.chunks import ChunkError, Samples, decode_chunk, pick
from webmacs_edge.history.head import Head
from webmacs_edge.history.ordering import Ordering
from webmacs_edge.history.runs import Last
from webmacs_edge.history.unsealed import Unsealed
from webmacs_edge.model.quality import Quality
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import read_chunks, read_chunks_before
from webmacs_edge.store.history_rows import Chunk, Rollup

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

log = logging.getLogger(__name__)

T = TypeVar("T")

READS = 2  # at the same time; the writer and the pages need their turn
PAGE_CHUNKS = 64
RAW_PAGE_CHUNKS = 4  # an export holds as many of every channel
BATCH_SAMPLES = 262_144  # decoded at a time

EMPTY = Samples(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint8))


class Page(NamedTuple):
    """A part of a range: rows of the store, and samples that are only in RAM.

    Nothing in later pages lies before `before_ms`; None: there are no later pages.
    """

    chunks: Sequence[Chunk] = ()
    rollups: Sequence[Rollup] = ()
    heads: Sequence[Samples] = ()
    before_ms: int | None = None


class Reader:
    """The stored and the unsealed samples of every channel as one."""

    def __init__(self, database: Database, heads: Mapping[int, Head]) -> None:
        self.damaged: set[tuple[int, int]] = set()  # channel and t0 of chunks that were left out
        self._database = database
        self._heads = heads
        self._slots = asyncio.Semaphore(READS)

    async def ask(self, question: "Callable[[AsyncSession], Awaitable[T]]") -> T:
        """Ask the store when it is this reader's turn."""
        async with self._slots, self._database.read() as session:
            return await question(session)

    async def pages(
        self, key: int, *, from_ms: int, to_ms: int, size: int = PAGE_CHUNKS
    ) -> AsyncGenerator[Page]:
        """All that may hold samples of [from_ms, to_ms), oldest first; decode it in a thread."""
        # RAM first: a run that is sealed meanwhile is then met twice, and left out here
        unsealed = self.unsealed(key, from_ms=from_ms, to_ms=to_ms)
        after_t0: int | None = None
        before_ms: int | None = 0
        while before_ms is not None:
            question = partial(
                read_chunks, channel=key, from_ms=from_ms, to_ms=to_ms, after_t0=after_t0,
                limit=size,
            )  # fmt: skip
            rows = await self.ask(question)
            known = unsealed.keys()
            after_t0 = rows[-1].t0 if len(rows) == size else None
            before_ms = None if after_t0 is None else after_t0 + 1
            yield Page(
                chunks=[chunk for chunk in rows if chunk.t0 not in known],
                heads=unsealed.take(before_ms),
                before_ms=before_ms,
            )

    def unsealed(self, key: int, *, from_ms: int, to_ms: int) -> Unsealed:
        """What of [from_ms, to_ms) is only in RAM; ask before the store is read."""
        return Unsealed(self._heads.get(key), from_ms=from_ms, to_ms=to_ms)

    async def raw(
        self, key: int, *, from_ms: int, to_ms: int, size: int = RAW_PAGE_CHUNKS
    ) -> AsyncGenerator[Samples]:
        """The samples of [from_ms, to_ms), a few chunks at a time, in order of time."""
        in_order = Ordering(EMPTY)

        def decode(page: Page) -> list[Samples]:
            return [
                unique(in_order.take(parts, before_ms=before_ms))
                for parts, before_ms in self.batches(page, from_ms=from_ms, to_ms=to_ms)
            ]

        async with aclosing(self.pages(key, from_ms=from_ms, to_ms=to_ms, size=size)) as pages:
            async for page in pages:
                for samples in await asyncio.to_thread(decode, page):
                    if len(samples.at_ms):
                        yield samples

    def batches(
        self, page: Page, *, from_ms: int, to_ms: int
    ) -> Iterator[tuple[list[Samples], int | None]]:
        """The samples of the page within [from_ms, to_ms), not too many at once.

        With each part comes a time before which no later part lies, as in a page.
        """
        parts, count = list(page.heads), 0
        for chunk, following in zip_longest(page.chunks, page.chunks[1:]):
            parts.append(clip(self.decode_chunk(chunk), from_ms=from_ms, to_ms=to_ms))
            count += chunk.n
            if following is not None and count >= BATCH_SAMPLES:
                yield parts, following.t0
                parts, count = [], 0
        yield parts, page.before_ms

    def decode(self, page: Page, *, from_ms: int, to_ms: int) -> list[Samples]:
        """The samples of the page within [from_ms, to_ms); damaged chunks are left out."""
        chunks = [self.decode_chunk(chunk) for chunk in page.chunks]
        return [clip(part, from_ms=from_ms, to_ms=to_ms) for part in (*chunks, *page.heads)]

    async def last_before(self, key: int, at_ms: int) -> Last | None:
        """The newest sample before `at_ms`; of the newest there is nothing need be read."""
        head = self._heads.get(key)
        if head is not None and head.last is not None and head.max_ms <= head.last[0] < at_ms:
            return head.last
        runs = head.runs if head is not None else []
        for run in reversed(runs):
            position = bisect_left(run.at_ms, at_ms)
            if position:
                return _sample(run.samples(position - 1, position))
        chunks = await self.ask(lambda session: read_chunks_before(session, key, at_ms))
        page = Page(chunks=chunks[::-1])
        found = join(await asyncio.to_thread(self.decode, page, from_ms=0, to_ms=at_ms))
        return _sample(found) if len(found.at_ms) else None

    def decode_chunk(self, chunk: Chunk) -> Samples:
        """The samples of the chunk; none when it is damaged, which is noted."""
        try:
            samples, _ = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
        except ChunkError as error:
            if (chunk.channel, chunk.t0) not in self.damaged:
                log.error("%s It is left out.", error)  # noqa: TRY400 the sentence says it all
            self.damaged.add((chunk.channel, chunk.t0))
            return EMPTY
        return samples


def join(parts: Sequence[Samples]) -> Samples:
    """The parts as one, in order of time; of two with the same stamp the first."""
    return unique(ordering.join(parts, EMPTY))


def unique(samples: Samples) -> Samples:
    """Sorted samples, of several with the same stamp the first: the others will be rejected."""
    repeated = samples.at_ms[1:] == samples.at_ms[:-1]
    return pick(samples, np.append(True, ~repeated)) if repeated.any() else samples


def clip(samples: Samples, *, from_ms: int, to_ms: int) -> Samples:
    """What lies within [from_ms, to_ms)."""
    start, stop = np.searchsorted(samples.at_ms, (from_ms, to_ms)).tolist()
    return pick(samples, slice(start, stop))


def _sample(samples: Samples) -> Last:
    at_ms, values, qualities = samples
    return int(at_ms[-1]), float(values[-1]), Quality(int(qualities[-1]))
