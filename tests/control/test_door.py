"""Commands refused before they reach the acquisition thread are told to the audit trail too."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.control.rig import CLAIMS, POINTS, VALVE, make_event
from tests.control.test_thread import make_control
from tests.plant import make_layout
from webmacs_edge.control.binding import bind
from webmacs_edge.control.control import Control
from webmacs_edge.control.orders import Order, Request
from webmacs_edge.control.outputs import MAX_WAITING
from webmacs_edge.model.actors import Actor
from webmacs_edge.model.errors import BusyError, CommandRefusedError, NotFoundError, WebmacsError
from webmacs_edge.model.outputs import ValveCycle
from webmacs_edge.model.words import UserRole

ADA = Actor(name="ada", role=UserRole.operator, via="session", user_public_id="u-1")
OUTPUT = str(VALVE)


def a_door(*, problem: str = "", **claim: Any) -> Control:
    """Outputs whose thread does not run, with one valve that is claimed like this."""
    control, event = make_control(), make_event(VALVE)
    bound = bind(event, replace(CLAIMS[VALVE], **claim), make_layout(*POINTS.values()))
    control._bindings = {OUTPUT: replace(bound, problem=problem)}  # noqa: SLF001
    return control


async def refused(control: Control, **given: Any) -> WebmacsError:
    with pytest.raises(WebmacsError) as caught:
        await control.command(OUTPUT, 1.0, actor=ADA, why="start-up", **given)
    return caught.value


@pytest.mark.parametrize(
    ("control", "why"),
    [
        (a_door(needs_confirmation=True), "after confirmation"),
        (a_door(role=UserRole.admin), "admins only"),
        (a_door(problem="Its place was taken."), "place was taken"),
    ],
)
async def test_a_command_that_is_refused_at_the_door_is_told_with_its_reason(control, why):
    error = await refused(control)

    [told] = control.tidings.take_all()
    assert why in str(error)
    assert (told.actor, told.is_refused, told.public_id) == (ADA, True, OUTPUT)
    assert told.object_name == control.bindings[0].name
    assert told.said == {"value": 1.0, "why": "start-up", "refused": str(error)}


async def test_a_command_while_the_appliance_stops_is_told():
    control = a_door()
    control.stop()

    await refused(control)

    [told] = control.tidings.take_all()
    assert "being stopped" in told.said["refused"]


async def test_a_valve_cycle_that_is_refused_is_told_as_one():
    control = a_door(needs_confirmation=True)

    with pytest.raises(CommandRefusedError):
        await control.run_valve_cycle(OUTPUT, ValveCycle(1.0, 2.0, 3), actor=ADA)

    [told] = control.tidings.take_all()
    assert "cycle" in told.said
    assert told.is_refused


async def test_a_channel_that_nobody_claimed_is_told_and_one_that_is_not_there_is_not():
    control, event = make_control(), make_event(VALVE)
    control.use_channels([event], None)

    with pytest.raises(CommandRefusedError):
        await control.command(event.public_id, 1.0, actor=ADA)
    with pytest.raises(NotFoundError):
        await control.command("elsewhere", 1.0, actor=ADA)

    [told] = control.tidings.take_all()
    assert (told.object_name, told.is_refused) == (event.name, True)


async def test_a_command_that_still_waits_when_the_thread_leaves_is_told():
    control = a_door()
    asking = asyncio.create_task(control.command(OUTPUT, 1.0, actor=ADA))
    await asyncio.sleep(0)

    control.outputs.leave()

    with pytest.raises(CommandRefusedError):
        await asking
    [told] = control.tidings.take_all()
    assert "being stopped" in told.said["refused"]


async def test_a_command_that_finds_no_room_is_told():
    control, nobody = a_door(), asyncio.get_running_loop().create_future()
    for _ in range(MAX_WAITING):
        control.outputs.ask(Request(Order(OUTPUT, 1.0, ADA, 0, 0), nobody))

    assert isinstance(await refused(control), BusyError)

    [told] = control.tidings.take_all()
    assert "Too many commands" in told.said["refused"]
