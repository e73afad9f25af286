"""The page of the outputs, and the button in every header."""

import pytest

from tests.conftest import app_of, channels_of, sign_in_as
from tests.waiting import eventually
from tests.web.test_api_outputs import is_confirmed, rig  # noqa: F401 a fixture
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys


def id_of(client, name):
    return next(it.public_id for it in app_of(client)[keys.CONTROL].bindings if it.name == name)


async def post(client, path, **fields):
    answer = await client.post(path, data=fields, allow_redirects=False)
    return answer.status, await answer.text()


async def test_an_operator_switches_an_output_and_sees_it_confirmed(rig):  # noqa: F811
    status, _ = await post(rig, f"/outputs/{id_of(rig, 'Feed valve')}", value="1", why="try")

    assert status == 303

    async def confirmed():
        page = await (await rig.get("/outputs")).text()
        return "Confirmed" in page and "operator person" in page

    await eventually(confirmed)


async def test_a_refused_command_says_so_at_its_output(rig):  # noqa: F811
    await post(rig, "/outputs/all-safe")
    status, page = await post(rig, f"/outputs/{id_of(rig, 'Heater power')}", value="20")

    assert status == 409
    assert 'id="form-error"' in page
    assert "All outputs were made safe by operator person." in page


async def test_what_is_no_number_or_out_of_range_is_said_in_words(rig):  # noqa: F811
    path = f"/outputs/{id_of(rig, 'Blower speed')}"

    assert "Please write a number" in (await post(rig, path, value="warm"))[1]
    status, page = await post(rig, path, value="101")

    assert status == 422
    assert "0 to 100 %" in page


async def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(rig):  # noqa: F811
    path = f"/outputs/{id_of(rig, 'Blower speed')}"

    status, page = await post(rig, path, value="40", way="ramp", why="slowly")

    assert status == 422
    assert 'id="over_s-error"' in page
    assert 'value="slowly"' in page
    assert 'value="ramp" checked' in page


async def test_a_valve_cycle_is_started_shown_and_stopped(rig):  # noqa: F811
    path = f"/outputs/{id_of(rig, 'Feed valve')}"

    given = {"open_s": "30", "close_s": "1", "repeats": "5"}
    assert (await post(rig, path, way="cycle", **given))[0] == 303

    async def shows(words):
        return words in await (await rig.get("/outputs")).text()

    await eventually(lambda: shows("Valve cycle 1 of 5"))
    assert (await post(rig, f"{path}/stop"))[0] == 303
    await eventually(lambda: is_confirmed(rig, "Feed valve", 0))
    assert not await shows("Valve cycle")


async def test_the_way_back_from_all_safe_is_asked_for(rig):  # noqa: F811
    await post(rig, "/outputs/all-safe", why="smoke")

    page = await (await rig.get("/outputs/release")).text()

    assert "Release the outputs?" in page
    assert "smoke" in page
    assert app_of(rig)[keys.CONTROL].locks.all_safe


async def test_an_output_that_asks_back_is_asked_for_first(rig):  # noqa: F811
    path = f"/outputs/{id_of(rig, 'Heater contactor')}"

    status, page = await post(rig, path, value="1")
    answered, _ = await post(rig, path, value="1", confirmed="true")

    assert status == 200
    assert "Set Heater contactor to On?" in page
    assert answered in (303, 409)  # carried out, or refused by the interlock


async def test_all_safe_stands_in_every_header_and_is_released_on_the_page(rig):  # noqa: F811
    assert 'action="/outputs/all-safe"' in await (await rig.get("/log")).text()

    assert (await post(rig, "/outputs/all-safe"))[0] == 303
    await eventually(lambda: app_of(rig)[keys.CONTROL].board.locks)
    page = await (await rig.get("/outputs")).text()
    assert "All outputs were made safe by operator person." in page

    assert (await post(rig, "/outputs/release"))[0] == 303
    assert app_of(rig)[keys.CONTROL].locks.all_safe == ""


async def test_a_viewer_sees_how_they_stand_and_no_buttons(start, own_plant):
    async with start(own_plant) as client:
        await channels_of(client)
        await sign_in_as(client, UserRole.viewer)
        page = await (await client.get("/outputs")).text()

        one = await (await client.get(f"/outputs/{id_of(client, 'Feed valve')}")).text()

    assert "Feed valve" in page
    assert "/outputs/all-safe" not in page
    assert "Set…" not in page
    assert 'name="value"' not in one


async def test_the_list_of_outputs_is_made_anew_for_who_reads_another_language(rig):  # noqa: F811
    english = await (await rig.get("/outputs")).text()
    german = await (await rig.get("/outputs", headers={"Accept-Language": "de"})).text()

    assert "Not commanded" in english
    assert "Nicht angesteuert" in german
    assert "Not commanded" not in german


async def test_a_command_from_a_dashboard_comes_back_to_it_and_tells_the_result(rig):  # noqa: F811
    made = await (await rig.post("/api/v1/dashboards", json={"name": "Wall"})).json()
    board, contactor = f"/dashboards/{made['public_id']}", id_of(rig, "Heater contactor")
    widget = {"widget_type": "actuator_toggle", "title": "Heat", "event_public_id": contactor}
    await rig.post(f"/api/v1{board}/widgets", json=widget)
    assert f'name="back" value="{board}"' in await (await rig.get(board)).text()

    _, asked = await post(rig, f"/outputs/{contactor}", value="0", back=board)
    assert f'name="back" value="{board}"' in asked
    answer = await rig.post(
        f"/outputs/{contactor}", data={"value": "0", "back": board, "confirmed": "true"}
    )

    assert answer.url.path == board
    assert "Heater contactor was commanded to Off: " in await answer.text()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/sign-out", ""])
async def test_a_command_comes_back_to_dashboards_only(rig, back):  # noqa: F811
    data = {"value": "0", "back": back}

    answer = await rig.post(f"/outputs/{id_of(rig, 'Feed valve')}", data=data)

    assert answer.url.path == "/outputs"
