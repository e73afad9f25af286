"""Fits a chunk between others of the same time: each millisecond of a channel has one sample."""

from collections.abc import Sequence

import numpy as np

from webmacs_edge.history.chunks import Anchor, ChunkError, Samples, decode_chunk, pick
from webmacs_edge.history.clearing import free_stamps
from webmacs_edge.history.clock import Clock
from webmacs_edge.history.ordering import join
from webmacs_edge.store.history_rows import Chunk

_NONE = Samples(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint8))


def fit_between(chunk: Chunk, others: Sequence[Chunk]) -> tuple[Samples, Anchor]:
    """What is left of a chunk beside these, some of which may be damaged.

    What they hold already goes. Of the rest, values that somebody sent lose against a sample with
    the same stamp; our own readings, from a clock that was set back, move on to the next stamp
    that is free. ChunkError when it is damaged.
    """
    samples, anchor = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
    stored = join([_samples(other) for other in others], _NONE)
    if not len(stored.at_ms):
        return samples, anchor
    place = np.searchsorted(stored.at_ms, samples.at_ms).clip(max=len(stored.at_ms) - 1)
    collides = stored.at_ms[place] == samples.at_ms
    is_same = collides & (stored.values[place] == samples.values)
    is_same &= stored.qualities[place] == samples.qualities
    lost = collides if anchor.clock == Clock.GIVEN else is_same
    samples = pick(samples, ~lost)
    if (collides & ~lost).any():
        stamps = free_stamps(samples.at_ms.tolist(), set(stored.at_ms.tolist()))
        samples = samples._replace(at_ms=np.array(stamps, np.int64))
    return samples, anchor


def _samples(chunk: Chunk) -> Samples:
    try:
        samples, _ = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
    except ChunkError:
        return _NONE
    return samples
