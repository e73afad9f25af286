import asyncio
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, scan, seconds, take
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import HOUR_MS

LIMIT_MS = 25_000


def naive(rows, from_ms, to_ms, threshold):
    """The figures, sample by sample."""
    usable = [(at, value) for at, value, quality in rows if quality < 2 and from_ms <= at < to_ms]
    values = [value for _, value in usable]
    count = len(values)
    mean = math.fsum(values) / count if count else math.nan
    squares = math.fsum((value - mean) ** 2 for value in values)
    held = integral = above = below = 0.0
    following = [*(at for at, _, _ in rows if at < to_ms), to_ms][1:]
    for (at, value, quality), end in zip(
        (row for row in rows if row[0] < to_ms), following, strict=True
    ):
        lasts_s = (end - max(at, from_ms)) / 1000
        if quality >= 2 or end - at > LIMIT_MS or lasts_s <= 0:
            continue
        held += lasts_s
        integral += value * lasts_s
        above += lasts_s * (value > threshold)
        below += lasts_s * (value < threshold)
    return {
        "count": count,
        "mean": mean,
        "sigma": math.sqrt(squares / count) if count else math.nan,
        "low": min(values, default=math.nan),
        "high": max(values, default=math.nan),
        "held_s": held,
        "time_mean": integral / held if held else math.nan,
        "integral": integral,
        "above_s": above,
        "below_s": below,
        "first": usable[0] if usable else None,
        "last": usable[-1] if usable else None,
    }


rows_of_a_while = st.lists(
    st.tuples(
        st.integers(1, 40_000),
        st.integers(-1000, 1000).map(float),
        st.sampled_from([0, 0, 0, 0, 1, 2, 3]),
    ),
    min_size=1,
    max_size=60,
)


@settings(deadline=None, max_examples=60)
@given(rows_of_a_while, st.sampled_from([0, 3_300_000]), st.booleans(), st.integers(-900, 900))
def test_statistics_are_what_a_walk_along_the_samples_finds(
    tmp_path_factory, steps, start_ms, seals, threshold
):
    rows, at_ms = [], NOON_MS + start_ms - 100_000
    for step_ms, value, quality in steps:
        at_ms += step_ms
        rows.append((at_ms, value, quality))
    from_ms, to_ms = NOON_MS + start_ms, max(at_ms, NOON_MS + start_ms) + 5000

    async def read():
        async with history_in(tmp_path_factory.mktemp("statistics")) as history:
            for at, value, quality in rows:
                history.recorder.take(scan(at, [value], quality=Quality(quality)))
            if seals:
                await history.recorder.flush()
            return await history.statistics(1, from_ms, to_ms, threshold=threshold)

    found = asyncio.run(read())

    for name, figure in naive(rows, from_ms, to_ms, threshold).items():
        is_number = name not in {"first", "last"}
        nearly = pytest.approx(figure, rel=1e-9, abs=1e-6, nan_ok=True) if is_number else figure
        assert getattr(found, name) == nearly


async def test_statistics_of_many_chunks_are_those_of_all_samples(history):
    take(history, seconds(NOON_MS, 100 * 60, step_ms=60_000))
    await history.recorder.flush()

    found = await history.statistics(
        1, NOON_MS, NOON_MS + 100 * HOUR_MS, threshold=5000.0, silence_ms=60_000
    )

    assert (found.count, found.low, found.high) == (6000, 0.0, 5999.0)
    assert found.mean == pytest.approx(2999.5)
    assert found.sigma == pytest.approx(math.sqrt((6000**2 - 1) / 12))
    assert found.held_s == 360_000
    assert (found.above_s, found.below_s) == (999 * 60, 5000 * 60)
    assert found.integral == pytest.approx(2999.5 * 360_000)


async def test_a_large_offset_does_not_spoil_the_standard_deviation(history):
    take(history, [(NOON_MS + i * 1000, 1e9 + i % 2) for i in range(7200)])
    await history.recorder.flush()

    found = await history.statistics(1, NOON_MS, NOON_MS + 2 * HOUR_MS)

    assert found.sigma == pytest.approx(0.5, rel=1e-9)


async def test_statistics_of_nothing_say_so(history):
    found = await history.statistics(1, NOON_MS, NOON_MS + 1)

    assert (found.count, found.held_s, found.first) == (0, 0.0, None)
    assert math.isnan(found.mean)
    with pytest.raises(InvalidError):
        await history.statistics(1, NOON_MS, NOON_MS)
