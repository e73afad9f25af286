"""What fails beside the outputs, on the demo rig: a rule, the event loop, the disk."""

import time
from typing import Any, cast

import pytest

from tests.conftest import Client, Start, app_of, channels_of, sign_in_as
from tests.hardware.samples import point_of
from tests.waiting import eventually
from tests.web.test_api_outputs import blow, command, is_confirmed, outputs_of, rig  # noqa: F401
from webmacs_edge.hardware.simulator.codec import take
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys
from webmacs_edge.web.checks import State
from webmacs_edge.web.output_checks import outputs_check


async def open_valve(client: Client) -> None:
    assert (await command(client, "Feed valve", value=1))[0] == 200
    await eventually(lambda: is_confirmed(client, "Feed valve", 1))


async def told(client: Client, words: str) -> bool:
    answer = await client.get("/api/v1/logging?page_size=50")
    return any(words in entry["content"] for entry in (await answer.json())["data"])


async def test_an_exception_in_the_rules_makes_what_was_commanded_safe(rig: Client):  # noqa: F811
    await open_valve(rig)

    app_of(rig)[keys.RULES].take_arrivals(cast(Any, None))  # no rule can look at that

    await eventually(lambda: is_forced(rig, "Feed valve"))
    status, said = await command(rig, "Feed valve", value=1)
    assert status == 409
    assert "The rules failed: AttributeError" in said["detail"]


async def is_forced(client: Client, name: str) -> bool:
    one = (await outputs_of(client))[name]
    return bool(one["state"] == "forced" and one["image"] == one["safe_value"])


async def test_a_blocked_event_loop_leaves_outputs_safe_while_it_is_blocked(
    start: Start, own_plant: VirtualRevPi
):
    async with start(own_plant, scan_hz=50, output_loop_limit_s=1.0) as client:
        await channels_of(client)
        await sign_in_as(client, UserRole.operator)
        await open_valve(client)
        layout = app_of(client)[keys.STATION].layout
        assert layout is not None
        valve = point_of(layout, "feed_valve")

        def is_shut() -> bool:
            return take(own_plant.image_path.read_bytes(), valve) == 0

        assert not is_shut()
        until = time.monotonic() + 10
        while not is_shut() and time.monotonic() < until:
            time.sleep(0.1)  # noqa: ASYNC251 that is the fault
        assert is_shut()


async def test_a_full_disk_delays_no_interlock_and_no_command(
    rig: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    async def refuse(_work: object) -> int:
        raise StoreError("The database cannot grow: database or disk is full.")

    await blow(rig)
    control = app_of(rig)[keys.CONTROL]
    monkeypatch.setattr(app_of(rig)[keys.DATABASE], "write", refuse)  # stands for a full disk
    await open_valve(rig)
    assert (await command(rig, "Heater power", value=10))[0] == 200
    assert (await command(rig, "Blower enable", value=0))[0] == 200
    await eventually(lambda: is_forced(rig, "Heater power"))
    answer = await rig.post("/api/v1/outputs/all-safe", json={"why": "full"})
    await eventually(lambda: is_forced(rig, "Feed valve"))
    monkeypatch.undo()

    assert answer.status == 507
    assert "could not be stored" in (await answer.json())["detail"]
    await eventually(lambda: told(rig, "All outputs were made safe"), what="the log, afterwards")
    assert control.tidings.dropped == 0


async def test_other_programs_that_write_outputs_are_named_on_the_health_page(
    rig: Client,  # noqa: F811
):
    app = app_of(rig)
    names = ["RevPiPyLoad", "Node-RED", "RevPi Modbus", "logi.CAD"]
    app[keys.CONTROL].writers.names = names

    check = outputs_check(app)

    assert (check.state, check.word) == (State.warning, "Other programs")
    assert ", ".join(names) in check.way_out
