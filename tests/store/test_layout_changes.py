"""Configurations that are taken up one after the other."""

from dataclasses import replace

import pytest

from tests.model.test_layouts import BOTH, FLOW, LEVEL, VALVE, at
from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.layouts import ChangeKind
from webmacs_edge.model.outputs import Claim
from webmacs_edge.store.events import create_event, get_event
from webmacs_edge.store.layout_changes import list_changes, mark_seen, take_up_layout
from webmacs_edge.store.outputs import all_claims, put_claim


async def have(database, *point_ids, **given):
    """A channel for each of these points; their public ids."""

    async def work(session):
        return [
            (await create_event(
                session, at_ms=1, name=f"of {point_id}", unit="", min_value=0.0, max_value=1.0,
                type="sensor", point_id=point_id, **given,
            )).public_id
            for point_id in point_ids
        ]  # fmt: skip

    return await database.write(work)


async def take_up(database, points, at_ms=5):
    return await database.write(lambda session: take_up_layout(session, points, at_ms=at_ms))


async def point_of(database, public_id):
    async with database.read() as session:
        return (await get_event(session, public_id)).point_id


async def test_the_first_configuration_and_the_same_again_are_no_change(database):
    await have(database, "32/air_flow")

    assert await take_up(database, BOTH) is None
    assert await take_up(database, BOTH) is None
    async with database.read() as session:
        assert await list_changes(session) == []


async def test_a_channel_that_was_left_without_a_place_follows_when_its_point_turns_up(database):
    [flow] = await have(database, "32/air_flow")
    await take_up(database, BOTH)

    gone = await take_up(database, (LEVEL, VALVE))
    nothing_more = await take_up(database, (LEVEL,))
    back = await take_up(database, (at(FLOW, 36), LEVEL))

    assert [(row.kind, row.event_public_id) for row in gone.rows] == [(ChangeKind.removed, flow)]
    assert nothing_more is None
    assert [(row.kind, row.event_public_id) for row in back.rows] == [(ChangeKind.moved, flow)]
    assert await point_of(database, flow) == "36/air_flow"


async def test_channels_of_modules_that_changed_places_change_with_them(database):
    flow, level = await have(database, "32/air_flow", "33/level")
    await take_up(database, (FLOW, at(LEVEL, 33)))

    await take_up(database, (at(FLOW, 33), at(LEVEL, 32)))

    assert await point_of(database, flow) == "33/air_flow"
    assert await point_of(database, level) == "32/level"


async def test_the_claim_on_an_output_holds_where_its_module_only_lies_elsewhere(database):
    [valve] = await have(database, "31/valve", is_digital=True)
    await take_up(database, BOTH)
    claim = Claim(0.0, 0.0, 1.0, place=VALVE.fingerprint)
    await database.write(lambda session: put_claim(session, valve, claim, at_ms=1))
    shifted = [replace(point, address=point.address + 70) for point in BOTH]

    assert await take_up(database, shifted) is None

    async with database.read() as session:
        assert (await all_claims(session))[valve].place == shifted[2].fingerprint


async def test_a_typed_place_is_doubted_once_its_device_has_changed(database):
    gate = replace(at(FLOW, 64), product_type=93, place=12)
    [typed] = await have(database, "64@12:float32<")
    await take_up(database, (FLOW, gate))
    assert await take_up(database, (replace(FLOW, unit="mV"), gate)) is not None

    change = await take_up(database, (replace(FLOW, unit="mV"), replace(gate, name="other")))

    assert next((row.kind, row.event_public_id) for row in change.rows) == (
        ChangeKind.changed,
        typed,
    )
    assert await point_of(database, typed) == "64@12:float32<"


async def test_a_change_is_seen_once(database):
    await have(database, "32/air_flow")
    await take_up(database, BOTH)
    await take_up(database, (LEVEL, VALVE))

    def seen(session):
        return mark_seen(session, by="Ada", user_public_id=None, at_ms=9)

    assert await database.write(seen) == 1
    with pytest.raises(NotFoundError):
        await database.write(seen)
    async with database.read() as session:
        [change] = await list_changes(session)
    assert (change.seen_by, change.seen_on_ms) == ("Ada", 9)
