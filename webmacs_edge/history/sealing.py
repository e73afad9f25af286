"""From a complete run to the chunk and the rollup row that are stored."""

from collections.abc import Sequence

import numpy as np

from webmacs_edge.history.chunks import Samples, encode_chunk
from webmacs_edge.history.head import Run
from webmacs_edge.model.quality import Quality
from webmacs_edge.store.datapoints import Chunk, Rollup


def seal_runs(runs: Sequence[Run]) -> list[tuple[Chunk, Rollup]]:
    """Encode runs whose key is chosen; slow, so in a thread."""
    return [_seal_run(run, t0) for run in runs if (t0 := run.t0) is not None]


def _seal_run(run: Run, t0: int) -> tuple[Chunk, Rollup]:
    samples = run.samples()
    data = encode_chunk(samples, channel=run.key, t0=t0, decimals=run.decimals, anchor=run.anchor)
    t1 = int(samples.at_ms[-1])
    return Chunk(run.key, t0, t1, len(run), data), rollup_of(samples, channel=run.key, t0=t0)


def rollup_of(samples: Samples, *, channel: int, t0: int) -> Rollup:
    """Count, minimum, maximum, sum and last of the usable samples; the worst quality of all."""
    values = samples.values[samples.qualities < Quality.BAD]
    t1, worst = int(samples.at_ms[-1]), int(samples.qualities.max())
    if not len(values):
        return Rollup(channel, t0, t1, 0, 0.0, 0.0, 0.0, 0.0, worst)
    with np.errstate(over="ignore"):
        total = float(values.sum())
    low, high, last = float(values.min()), float(values.max()), float(values[-1])
    return Rollup(channel, t0, t1, len(values), low, high, total, last, worst)
