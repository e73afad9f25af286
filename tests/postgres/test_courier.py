"""From the spool to PostgreSQL: outages, kills, two appliances, a box that is replaced."""

import asyncio
import random
import shutil
import signal
import sys

import pytest
from sqlalchemy import text

from tests.history.scans import NOON_MS, good, scan, stored, take
from tests.history.victim import CHANNELS, at_ms, value
from tests.postgres.conftest import remote_history
from tests.postgres.fixtures import make_site
from tests.waiting import eventually
from webmacs_edge.model.errors import StoreDamagedError, StoreError, StoreUnreachableError
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.service import running
from webmacs_edge.store.database import Database

KILLS = 4


async def count(url, table):
    database = Database(url)
    async with database.read() as session:
        found = await session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 ours
    await database.close()
    return found


async def another(url):
    """A second site on the same server."""
    await make_site(url + "_b")
    return url + "_b"


def hours(start, end):
    """A sample every ten minutes."""
    return [(NOON_MS + n * HOUR_MS // 6, float(n)) for n in range(start * 6, end * 6)]


async def test_what_is_sealed_leaves_the_spool_but_for_the_last_chunk(tmp_path, site_url):
    async with remote_history(tmp_path, site_url) as (history, courier):
        for hour in range(4):
            take(history, hours(hour, hour + 1))
            await history.recorder.flush()

        assert await courier.carry()

        async with courier._spool.read() as session:  # noqa: SLF001 looks under the cover
            assert await session.scalar(text("SELECT count(*) FROM datapoints")) == 1
        assert await count(site_url, "datapoints") == 3
        assert await count(site_url, "datapoints_journal") == history.recorder.journal_rows
        assert len(await stored(history)) == 24


async def test_an_outage_is_bridged_without_loss_or_doubling(tmp_path, site_url, postgres):
    async with remote_history(tmp_path, site_url, exclusive=True) as (history, courier):
        take(history, hours(0, 2))
        await history.recorder.flush()
        await courier.carry()
        postgres.stop()

        for hour in range(2, 30):
            take(history, hours(hour, hour + 1))
            assert await history.recorder.flush()

        assert not await courier.carry()
        assert history.recorder.health.is_good
        assert "cannot be reached" in courier.health.failure
        with pytest.raises(StoreUnreachableError, match="cannot be reached"):
            await stored(history)
        postgres.start()
        notes: list[str] = []

        async def note(text):
            notes.append(text)

        courier.on_back = note
        assert await courier.carry()
        assert [at for at, _, _ in await stored(history)] == [at for at, _ in hours(0, 30)]
        assert "reached again" in notes[0]
    async with remote_history(tmp_path, site_url) as (again, _):
        assert len(await stored(again)) == 180


async def test_a_start_during_an_outage_continues_where_the_last_one_stopped(
    tmp_path, site_url, postgres
):
    async with remote_history(tmp_path, site_url, exclusive=True) as (history, _):
        take(history, hours(0, 3))
        await history.recorder.flush()
    postgres.stop()
    async with remote_history(tmp_path, site_url, exclusive=True) as (history, _):
        assert history.latest_stored()[1][1] == 17.0
        take(history, hours(3, 5))
        await history.recorder.flush()
    postgres.start()

    async with remote_history(tmp_path, site_url, exclusive=True) as (history, _):
        rows = good(await stored(history))
        assert [at for at, _, _ in rows] == [at for at, _ in hours(0, 5)]


async def test_reading_waits_until_all_that_is_sealed_has_arrived(tmp_path, site_url):
    async with remote_history(tmp_path, site_url) as (history, courier):
        for hour in range(250):
            history.recorder.take(scan(NOON_MS + hour * HOUR_MS, [1.0, 2.0]))
        await history.recorder.flush()

        assert len(await stored(history, 2)) == 250
        assert courier.waiting == 0


async def test_the_service_carries_on_its_beat(tmp_path, site_url):
    async with remote_history(tmp_path, site_url, interval_s=0.05) as (history, courier):
        take(history, hours(0, 3))
        await history.recorder.flush()

        async def there():
            return await count(site_url, "datapoints") == 2

        async with running(courier, pytest.fail):
            await eventually(there)


async def test_after_kills_at_any_moment_of_carrying_nothing_is_missing_or_doubled(
    tmp_path, site_url
):
    start = 0
    for kill in range(KILLS):
        command = (sys.executable, "-m", "tests.postgres.victim", str(tmp_path), site_url)
        victim = await asyncio.create_subprocess_exec(
            *command, str(start), stdout=asyncio.subprocess.PIPE
        )
        assert victim.stdout is not None
        promised = start - 1
        for _ in range(25 + 7 * kill):
            promised = int(await victim.stdout.readline())
        await asyncio.sleep(random.random() * 0.03)  # noqa: S311 a moment of its own
        victim.send_signal(signal.SIGKILL)
        await victim.communicate()

        async with remote_history(tmp_path, site_url) as (history, _):
            rows = good(await stored(history, CHANNELS))
            assert rows == [(at_ms(index), value(index), 0) for index in range(len(rows))]
            assert len(rows) > promised
            start = len(rows)
    assert await count(site_url, "datapoints") >= CHANNELS


async def test_two_sites_on_one_server_keep_apart(tmp_path, site_url):
    other_url = await another(site_url)
    (tmp_path / "b").mkdir()
    async with (
        remote_history(tmp_path, site_url, exclusive=True) as (one, _),
        remote_history(tmp_path / "b", other_url, exclusive=True) as (two, _),
    ):
        take(one, hours(0, 3))
        take(two, hours(1, 2))
        for history in (one, two):
            await history.recorder.flush()

        assert len(await stored(one)) == 18
        assert len(await stored(two)) == 6


async def test_a_second_appliance_of_the_same_site_is_refused_and_keeps_what_it_records(
    tmp_path, site_url
):
    (tmp_path / "b").mkdir()
    async with (
        remote_history(tmp_path, site_url, exclusive=True),
        remote_history(tmp_path / "b", site_url, exclusive=True) as (two, courier),
    ):
        take(two, hours(0, 3))
        assert await two.recorder.flush()

        assert not await courier.carry()
        assert "another WEBMACS_SITE_ID" in courier.health.failure


async def test_a_box_with_samples_of_another_site_does_not_mix_them_in(tmp_path, site_url):
    other_url = await another(site_url)
    (tmp_path / "b").mkdir()
    async with remote_history(tmp_path / "b", other_url):
        pass
    async with remote_history(tmp_path, site_url):
        pass

    async with remote_history(tmp_path / "b", site_url) as (_, courier):
        assert not await courier.carry()
        assert "Samples of another appliance" in courier.health.failure


async def test_a_box_that_is_replaced_continues_its_history(tmp_path, site_url):
    async with remote_history(tmp_path, site_url, exclusive=True) as (history, courier):
        take(history, hours(0, 3))
        take(history, [(NOON_MS + 3 * HOUR_MS + 5, 99.0)])
        await history.recorder.flush()
        await courier.carry()
        expected = await stored(history)
    (tmp_path / "new").mkdir()

    async with remote_history(tmp_path / "new", site_url, exclusive=True) as (new, courier):
        assert await stored(new) == expected
        assert new.latest_stored()[1][1] == 99.0
        take(new, hours(4, 6))
        await new.recorder.flush()
        assert len(good(await stored(new))) == len(expected) + 12

    async with remote_history(tmp_path / "new", site_url) as (again, _):
        assert len(good(await stored(again))) == len(expected) + 12


async def test_a_spool_that_was_carried_already_doubles_nothing(tmp_path, site_url):
    async with remote_history(tmp_path, site_url) as (history, _):
        take(history, hours(0, 3))
        await history.recorder.flush()
    (tmp_path / "copy").mkdir()
    shutil.copy(tmp_path / "spool.db", tmp_path / "copy")
    async with remote_history(tmp_path, site_url) as (_, courier):
        assert await courier.carry()

    async with remote_history(tmp_path / "copy", site_url) as (again, courier):
        assert await courier.carry()
        assert len(await stored(again)) == 18


async def test_a_full_spool_is_reported_and_recording_goes_on_once_it_is_carried(
    tmp_path, site_url, postgres
):
    postgres.stop()
    async with remote_history(tmp_path, site_url, spool_bytes=300_000) as (history, courier):
        hour = 0
        while await history.recorder.flush() and hour < 3000:
            for second in range(60):
                take(history, [(NOON_MS + hour * HOUR_MS + second * 1000, random.random())])  # noqa: S311
            hour += 1
        assert "full" in history.recorder.health.failure

        postgres.start()
        assert await courier.carry()
        assert await history.recorder.flush()
        assert history.recorder.health.is_good
        assert len(await stored(history)) == 60 * hour


async def test_late_values_that_come_during_an_outage_lose_against_those_that_are_stored(
    tmp_path, site_url, postgres
):
    async with remote_history(tmp_path, site_url, exclusive=True) as (history, courier):
        take(history, hours(0, 3))
        await history.recorder.flush()
        await courier.carry()
        postgres.stop()
        history.recorder.insert(1, NOON_MS, 77.0)
        history.recorder.insert(1, NOON_MS + 1, 78.0)
        await history.recorder.flush()
        await history.recorder._sealer.seal_late()  # noqa: SLF001 no need for ten minutes
        postgres.start()
        assert await courier.carry()

        rows = await stored(history)
        assert rows[:3] == [
            (NOON_MS, 0.0, 0),
            (NOON_MS + 1, 78.0, 0),
            (NOON_MS + HOUR_MS // 6, 1.0, 0),
        ]
        assert len(rows) == 19


async def test_reading_says_so_when_catching_up_takes_long(tmp_path, site_url, postgres):
    async with remote_history(tmp_path, site_url, patience_s=-1.0) as (history, _):
        take(history, hours(0, 3))
        await history.recorder.flush()

        with pytest.raises(StoreError, match="catching up"):
            await stored(history)


async def test_a_spool_that_is_lost_while_running_doubles_nothing(tmp_path, site_url):
    async with remote_history(tmp_path, site_url) as (history, courier):
        take(history, hours(0, 3))
        await history.recorder.flush()
        await courier.carry()
        assert await history.recorder.replace_file(StoreDamagedError("It is damaged."))
        take(history, hours(3, 4))
        await history.recorder.flush()

    async with remote_history(tmp_path, site_url) as (again, courier):
        take(again, hours(4, 6))
        await again.recorder.flush()
        assert await courier.carry()
        rows = good(await stored(again))
        assert [at for at, _, _ in rows] == [at for at, _ in hours(0, 6)]
