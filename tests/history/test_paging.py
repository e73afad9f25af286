import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, scan, take
from webmacs_edge.history import paging
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import HOUR_MS


async def all_pages(history, keys, page_size):
    first = await history.page(keys, page=1, page_size=page_size)
    rows = list(first.rows)
    for number in range(2, first.total // page_size + 2):
        page = await history.page(keys, page=number, page_size=page_size)
        assert page.total == first.total
        rows += page.rows
    return first.total, rows


scans = st.lists(
    st.tuples(
        st.integers(1, 2_000_000),
        st.lists(st.none() | st.integers(-9, 9).map(float), min_size=3, max_size=3),
        st.sampled_from(list(Quality)),
    ),
    max_size=30,
)


@settings(deadline=None, max_examples=40)
@given(scans, st.integers(1, 12), st.booleans(), st.sampled_from([(1, 2, 3), (1, 3), (2,)]))
def test_pages_give_every_sample_once_newest_first(tmp_path_factory, steps, size, seals, keys):
    expected: list[tuple[int, int, float, int]] = []
    at_ms = NOON_MS

    async def read():
        nonlocal at_ms
        async with history_in(tmp_path_factory.mktemp("pages")) as history:
            for step_ms, values, quality in steps:
                at_ms += step_ms
                history.recorder.take(scan(at_ms, values, quality=quality))
                expected.extend(
                    (key, at_ms, value, quality)
                    for key, value in enumerate(values, 1)
                    if value is not None and key in keys
                )
                if seals:
                    await history.recorder.flush()
            return await all_pages(history, keys, size), await history.count(keys)

    (total, rows), count = asyncio.run(read())

    assert total == count == len(expected)
    assert rows == sorted(expected, key=lambda row: (-row[1], row[0]))


async def test_a_page_after_the_last_is_empty(history):
    take(history, [(NOON_MS, 1.0)])

    page = await history.page([1], page=7, page_size=10)

    assert (page.rows, page.total, page.page) == ([], 1, 7)
    assert (await history.page([], page=1, page_size=10)).total == 0


async def test_pages_stay_right_while_hours_are_sealed(history):
    for hour in range(5):
        take(history, [(NOON_MS + hour * HOUR_MS + i * 1000, float(i)) for i in range(50)])
        flush = asyncio.ensure_future(history.recorder.flush())
        while not flush.done():
            assert (await history.page([1], page=2, page_size=20)).total == 50 * (hour + 1)
        await flush


async def test_a_large_store_is_counted_from_what_was_counted_before(history, monkeypatch):
    monkeypatch.setattr(paging, "SMALL_STORE", 10)
    take(history, [(NOON_MS + hour * HOUR_MS, float(hour)) for hour in range(200)])
    await history.recorder.flush()
    assert await history.count([1]) == 200

    take(history, [(NOON_MS + hour * HOUR_MS, float(hour)) for hour in range(200, 230)])
    await history.recorder.flush()

    total, rows = await all_pages(history, [1], 17)
    assert total == 230
    assert [row.value for row in rows] == [float(hour) for hour in reversed(range(230))]


async def test_an_hour_that_was_read_while_part_of_it_was_in_ram_is_read_anew_once_sealed(history):
    take(history, [(NOON_MS, 1.0), (NOON_MS - 1, 0.0)])
    before = await history.page([1], page=1, page_size=10)

    take(history, [(NOON_MS + HOUR_MS, 2.0)])
    await history.recorder.flush()

    after = await history.page([1], page=1, page_size=10)
    assert before.total == 2
    assert after.rows[1:] == before.rows
