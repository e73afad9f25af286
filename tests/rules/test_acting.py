"""What rules bring about is stored once, also when the appliance is told to stop in the middle."""

import asyncio

import pytest

from tests.rules.rigging import Bench, rule
from tests.waiting import eventually
from webmacs_edge.model.errors import StoreError
from webmacs_edge.rules.acting import Scribe
from webmacs_edge.rules.engine import Happening
from webmacs_edge.service import finish, running


def fired() -> list[Happening]:
    bench = Bench(rule())
    bench.feed(150.0)
    assert len(bench.happenings) == 1
    return bench.happenings


async def test_what_was_being_stored_when_we_are_told_to_stop_is_stored_once():
    begun, goes_on = asyncio.Event(), asyncio.Event()
    written = list[Happening]()

    async def commit(happenings) -> None:
        begun.set()
        await goes_on.wait()
        written.extend(happenings)

    scribe = Scribe(lambda happenings: finish(commit(happenings)))  # as the database does it
    async with running(scribe, pytest.fail):
        scribe.take(fired())
        await begun.wait()
        asyncio.get_running_loop().call_soon(goes_on.set)  # after we were told to stop

    assert len(written) == 1
    assert scribe.waiting == 0


async def test_what_the_disk_refused_meanwhile_is_stored_on_the_way_out():
    begun, goes_on = asyncio.Event(), asyncio.Event()
    written = list[Happening]()

    async def commit(happenings) -> None:
        begun.set()
        if not goes_on.is_set():
            await goes_on.wait()
            raise StoreError("The disk is full.")
        written.extend(happenings)

    scribe = Scribe(lambda happenings: finish(commit(happenings)))
    async with running(scribe, pytest.fail):
        scribe.take(fired())
        await begun.wait()
        asyncio.get_running_loop().call_soon(goes_on.set)

    await eventually(lambda: len(written) == 1)
