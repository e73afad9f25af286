"""Rows of the history's tables as values."""

from typing import NamedTuple

from webmacs_edge.model.times import HOUR_MS, MINUTE_MS

# A chunk spans at most an hour; its t0 may lie a few ms before its first sample.
LONGEST_CHUNK_MS = HOUR_MS + MINUTE_MS


class Chunk(NamedTuple):
    """A row of `datapoints`."""

    channel: int
    t0: int
    t1: int
    n: int
    data: bytes


class Rollup(NamedTuple):
    """A row of `datapoints_rollup`."""

    channel: int
    t0: int
    t1: int
    n: int
    vmin: float
    vmax: float
    vsum: float
    vlast: float
    worst: int
    env: bytes | None = None  # by minutes; None in old rows and where one minute holds all


class JournalRow(NamedTuple):
    """A row of `datapoints_journal`."""

    id: int
    t1: int
    data: bytes
