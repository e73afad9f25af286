"""Pages of interlocks: written, tried on the present values, latched, reset, with their history."""

from typing import Any

import pytest

from tests.conftest import Client, app_of, sign_in_as
from tests.waiting import eventually
from tests.web.test_api_outputs import blow, command, rig  # noqa: F401 a fixture
from tests.web.test_pages_outputs import id_of, post
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys


@pytest.fixture
async def engineer(rig: Client) -> Client:  # noqa: F811
    """The rig with an admin signed in, and its air flowing."""
    await blow(rig)
    return await sign_in_as(rig, UserRole.admin)


def channel(client: Client, name: str) -> str:
    return next(str(e.public_id) for e in app_of(client)[keys.STATION].events if e.name == name)


def form(client: Client, **given: Any) -> dict[str, Any]:
    fields = {"name": "No feed in a storm", "action": "force_safe", "enabled": "true"}
    fields |= {"outputs": id_of(client, "Feed valve"), "delay_s": "0"}
    fields |= {"event_public_id": channel(client, "Air flow"), "operator": "gt"}
    fields |= {"threshold": "10", "threshold_high": "", "hysteresis": "1", "max_age_s": "5"}
    return fields | {"unknown": "trips", "allows_forced": "false"} | given


def views(client: Client) -> dict[str, Any]:
    found = app_of(client)[keys.CONTROL].board.interlocks.values()
    return {it.interlock.name: it for it in found}


async def test_an_interlock_is_made_trips_latches_and_is_reset_with_its_history(engineer):
    status, _ = await post(engineer, "/interlocks", **form(engineer, is_latching="true"))
    assert status == 303
    await eventually(lambda: views(engineer).get("No feed in a storm"))
    public_id = views(engineer)["No feed in a storm"].public_id
    await eventually(lambda: views(engineer)["No feed in a storm"].cause)

    page = await (await engineer.get(f"/interlocks/{public_id}")).text()
    assert "Tripped" in page
    status, page = await post(engineer, f"/interlocks/{public_id}/reset")
    assert status == 409
    assert "It cannot be reset yet: Air flow is" in page

    assert (await command(engineer, "Blower enable", value=0))[0] == 200
    await eventually(lambda: not views(engineer)["No feed in a storm"].is_standing)
    assert "waits for a reset" in await (await engineer.get("/interlocks")).text()
    assert (await post(engineer, f"/interlocks/{public_id}/reset"))[0] == 303

    async def told() -> bool:
        page = await (await engineer.get(f"/interlocks/{public_id}")).text()
        return "Reset</b> by admin person" in page and "(trips above 10)" in page

    await eventually(told)


async def test_the_form_says_whether_it_would_be_tripped_now(engineer):
    answer = await engineer.post("/interlocks/preview", data=form(engineer))
    assert "It would be tripped now" in await answer.text()

    answer = await engineer.post("/interlocks/preview", data=form(engineer, threshold="9000"))
    assert "It would not be tripped now" in await answer.text()


async def test_a_row_more_and_faults_keep_what_was_typed(engineer):
    status, page = await post(engineer, "/interlocks", **form(engineer, more="true"))
    assert status == 200
    assert 'id="threshold-1"' in page
    assert 'value="No feed in a storm"' in page

    status, page = await post(engineer, "/interlocks", **form(engineer, threshold="much"))
    assert status == 422
    assert 'id="threshold-0-error"' in page
    assert 'value="much"' in page

    given = form(engineer)
    del given["outputs"]
    status, page = await post(engineer, "/interlocks", **given)
    assert status == 422
    assert 'id="outputs-error"' in page


async def test_one_is_edited_and_removed_and_its_name_is_its_own(engineer):
    await post(engineer, "/interlocks", **form(engineer))
    await eventually(lambda: views(engineer).get("No feed in a storm"))
    path = f"/interlocks/{views(engineer)['No feed in a storm'].public_id}"

    page = await (await engineer.get(f"{path}/edit")).text()
    assert 'value="10"' in page
    taken = form(engineer, name="No heater without air flow")
    assert (await post(engineer, path, **taken))[0] == 409
    assert (await post(engineer, path, **form(engineer, threshold="9000")))[0] == 303
    assert "Remove No feed in a storm?" in await (await engineer.get(f"{path}/remove")).text()
    assert (await post(engineer, f"{path}/remove"))[0] == 303
    assert path not in await (await engineer.get("/interlocks")).text()  # its history stays


async def test_viewers_see_interlocks_and_change_nothing(rig):  # noqa: F811
    await sign_in_as(rig, UserRole.viewer)

    page = await (await rig.get("/interlocks")).text()

    assert "No heater without air flow" in page
    assert "/interlocks/new" not in page
    assert (await post(rig, "/interlocks", name="Mine"))[0] == 403
