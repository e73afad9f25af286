"""The life of background services."""

import asyncio
from itertools import pairwise

import pytest

from tests.waiting import eventually
from webmacs_edge.service import Health, every, finish, running


class Worker:
    name = "worker"

    def __init__(self, *, fails: bool = False):
        self.fails = fails
        self.ended = False

    async def run(self):
        try:
            if self.fails:
                raise RuntimeError("a bug")
            await asyncio.Event().wait()
        finally:
            self.ended = True


async def test_a_service_runs_inside_the_block_and_is_ended_after_it():
    worker = Worker()
    deaths: list[str] = []

    async with running(worker, deaths.append):
        await asyncio.sleep(0)
        assert not worker.ended

    assert worker.ended
    assert deaths == []


async def test_a_service_that_dies_is_reported(caplog):
    deaths: list[str] = []

    async with running(Worker(fails=True), deaths.append):
        await eventually(lambda: deaths)

    assert deaths == ["worker"]
    assert "worker died" in caplog.text


async def test_work_goes_to_its_end_although_the_caller_is_cancelled():
    done, gate = [], asyncio.Event()

    async def work():
        await gate.wait()
        done.append("committed")

    caller = asyncio.create_task(finish(work()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.sleep(0)
    gate.set()

    with pytest.raises(asyncio.CancelledError):
        await caller
    assert done == ["committed"]


async def test_finished_work_gives_its_result_and_its_error():
    async def good():
        return 7

    async def bad():
        raise ValueError("no")

    assert await finish(good()) == 7
    with pytest.raises(ValueError, match="no"):
        await finish(bad())


async def test_a_beat_does_not_pile_up_behind_slow_work():
    beats = []
    loop = asyncio.get_running_loop()

    async def work():
        beats.append(loop.time())
        if len(beats) == 1:
            await asyncio.sleep(0.05)

    ticking = asyncio.create_task(every(0.01, work))
    await eventually(lambda: len(beats) >= 4)
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)

    assert all(later - earlier > 0.001 for earlier, later in pairwise(beats))


def test_health_logs_a_change_once(caplog):
    caplog.set_level("INFO")
    health = Health("recorder")

    for _ in range(3):
        health.bad("disk full")
    health.good()
    health.good()

    assert health.failures == 3
    assert [record.message for record in caplog.records] == [
        "recorder fails: disk full",
        "recorder works again.",
    ]
