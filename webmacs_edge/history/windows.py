"""Reads a short range of several channels at once, for exports."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.reader import Reader, clip, join
from webmacs_edge.history.unsealed import Unsealed
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.datapoint_counts import estimate_samples
from webmacs_edge.store.datapoints import read_chunks_of
from webmacs_edge.store.history_rows import Chunk

PAGE_CHUNKS = 32
MOST_PAGES = 16  # of a window that is longer than a chunk


async def read_window(
    reader: Reader, keys: Sequence[int], *, from_ms: int, to_ms: int, most: int
) -> list[Samples] | None:
    """The samples of [from_ms, to_ms) of a few channels; None when a shorter one is better.

    That is when there are more than `most` samples, or very many chunks to be read for a few.
    """
    # RAM first: a run that is sealed meanwhile is then met twice, and left out here
    heads = {key: reader.unsealed(key, from_ms=from_ms, to_ms=to_ms) for key in keys}
    found: dict[int, list[Samples]] = {key: [] for key in keys}
    pages = 0
    async with aclosing(_chunks_of(reader, keys, from_ms=from_ms, to_ms=to_ms)) as chunks_of:
        async for chunks in chunks_of:
            chunks = [it for it in chunks if it.t0 not in heads[it.channel].keys()]  # noqa: PLW2901, SIM118
            cut = partial(_cut, reader, chunks, from_ms=from_ms, to_ms=to_ms)
            for chunk, samples in zip(chunks, await asyncio.to_thread(cut), strict=True):
                found[chunk.channel].append(samples)
                most -= len(samples.at_ms)
            pages += 1
            if most < 0 or (pages == MOST_PAGES and to_ms - from_ms > HOUR_MS):
                return None
    if sum(len(head) for head in heads.values()) > most:
        return None
    return await asyncio.to_thread(_joined, found, heads)


async def estimate_window(reader: Reader, keys: Sequence[int], *, from_ms: int, to_ms: int) -> int:
    """About how many samples there are in [from_ms, to_ms), whatever its length."""
    heads = [reader.unsealed(key, from_ms=from_ms, to_ms=to_ms) for key in keys]
    question = partial(estimate_samples, channels=keys, from_ms=from_ms, to_ms=to_ms)
    return await reader.ask(question) + sum(len(head) for head in heads)


async def _chunks_of(
    reader: Reader, keys: Sequence[int], *, from_ms: int, to_ms: int
) -> AsyncGenerator[Sequence[Chunk]]:
    after = (0, 0)
    while True:
        question = partial(
            read_chunks_of, channels=keys, from_ms=from_ms, to_ms=to_ms, after=after,
            limit=PAGE_CHUNKS,
        )  # fmt: skip
        chunks = await reader.ask(question)
        yield chunks
        if len(chunks) < PAGE_CHUNKS:
            return
        after = (chunks[-1].channel, chunks[-1].t0)
        keys = [key for key in keys if key >= after[0]]


def _cut(reader: Reader, chunks: Sequence[Chunk], *, from_ms: int, to_ms: int) -> list[Samples]:
    """Copies of what lies within: a whole chunk may be much longer, and is not kept."""
    parts = []
    for chunk in chunks:
        at_ms, values, qualities = clip(reader.decode_chunk(chunk), from_ms=from_ms, to_ms=to_ms)
        parts.append(Samples(at_ms.copy(), values.copy(), qualities.copy()))
    return parts


def _joined(found: Mapping[int, list[Samples]], heads: Mapping[int, Unsealed]) -> list[Samples]:
    for key, head in heads.items():
        found[key].extend(head.take(None))
    return [join(parts) for parts in found.values()]
