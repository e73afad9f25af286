"""From a complete run to the chunk and the rollup row that are stored."""

from collections.abc import Sequence

import numpy as np

from webmacs_edge.history.chunks import Anchor, Samples, encode_chunk
from webmacs_edge.history.envelope import encode_envelope
from webmacs_edge.history.runs import Run
from webmacs_edge.model.quality import Quality
from webmacs_edge.store.history_rows import Chunk, Rollup


def seal_runs(runs: Sequence[Run]) -> list[tuple[Chunk, Rollup]]:
    """Encode runs whose key is chosen; slow, so in a thread."""
    return [_seal_run(run, t0) for run in runs if (t0 := run.t0) is not None]


def _seal_run(run: Run, t0: int) -> tuple[Chunk, Rollup]:
    return seal_samples(
        run.samples(), channel=run.key, t0=t0, decimals=run.decimals, anchor=run.anchor
    )


def seal_samples(
    samples: Samples, *, channel: int, t0: int, decimals: int, anchor: Anchor
) -> tuple[Chunk, Rollup]:
    """The rows of these samples under this key."""
    data = encode_chunk(samples, channel=channel, t0=t0, decimals=decimals, anchor=anchor)
    rollup = rollup_of(samples, channel=channel, t0=t0)
    env = encode_envelope(samples, channel=channel, t0=t0, decimals=decimals)
    chunk = Chunk(channel, t0, int(samples.at_ms[-1]), len(samples.at_ms), data)
    return chunk, rollup._replace(env=env)


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
