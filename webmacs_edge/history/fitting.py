"""Fits a chunk between others of the same time: each millisecond of a channel has one sample."""

from collections.abc import Sequence

import numpy as np

from webmacs_edge.history.chunks import Anchor, ChunkError, Samples, decode_chunk, pick
from webmacs_edge.history.clearing import free_stamps
from webmacs_edge.history.clock import Clock
from webmacs_edge.history.packing import Ints
from webmacs_edge.store.datapoints import Chunk


def fit_between(chunk: Chunk, others: Sequence[Chunk]) -> tuple[Samples, Anchor]:
    """What is left of a chunk beside these, some of which may be damaged.

    Values that somebody sent lose against a sample with the same stamp; our own readings, from a
    clock that was set back, move on to the next stamp that is free. ChunkError when it is damaged.
    """
    samples, anchor = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
    taken = np.concatenate([np.empty(0, np.int64), *(_stamps(other) for other in others)])
    collides = np.isin(samples.at_ms, taken)
    if not collides.any():
        return samples, anchor
    if anchor.clock == Clock.GIVEN:
        return pick(samples, ~collides), anchor
    stamps = free_stamps(samples.at_ms.tolist(), set(taken.tolist()))
    return samples._replace(at_ms=np.array(stamps, np.int64)), anchor


def _stamps(chunk: Chunk) -> Ints:
    try:
        samples, _ = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
    except ChunkError:
        return np.empty(0, np.int64)
    return samples.at_ms
