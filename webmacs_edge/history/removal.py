"""Takes one sample out of the history: its chunk is written anew without it."""

import asyncio

import numpy as np

from webmacs_edge.history.chunks import decode_chunk, pick
from webmacs_edge.history.recorder import Recorder
from webmacs_edge.history.sealing import seal_samples
from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import read_chunks, replace_chunk
from webmacs_edge.store.history_rows import Chunk, Rollup


async def remove_sample(database: Database, recorder: Recorder, *, key: int, at_ms: int) -> None:
    """Remove the sample of this channel and time for good; NotFoundError when there is none."""
    await recorder.seal_channel(key)
    async with database.read() as session:
        chunks = await read_chunks(session, key, from_ms=at_ms, to_ms=at_ms + 1)
    for chunk in chunks:
        found, rest = await asyncio.to_thread(_without, chunk, at_ms)
        if found and await database.write(
            lambda session, chunk=chunk, rest=rest: replace_chunk(session, chunk, rest)  # type: ignore[misc] # bound in the loop
        ):
            return
    raise NotFoundError("This datapoint is gone already.")


def _without(chunk: Chunk, at_ms: int) -> tuple[bool, tuple[Chunk, Rollup] | None]:
    """Whether the chunk holds the sample, and the rows without it; None when that is all of it."""
    samples, anchor = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
    stays = np.not_equal(samples.at_ms, at_ms)
    if stays.all():
        return False, None
    if not stays.any():
        return True, None
    rest = pick(samples, stays)
    decimals = chunk.data[0]  # the tag
    return True, seal_samples(
        rest, channel=chunk.channel, t0=chunk.t0, decimals=decimals, anchor=anchor
    )
