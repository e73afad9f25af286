"""Commissioning on the demo rig: an input, an output, what is refused, certificate and CSV."""

from typing import Any

from tests.conftest import Client, app_of, sign_in_as
from tests.web.test_api_outputs import rig  # noqa: F401 a fixture
from tests.web.test_pages_outputs import post
from webmacs_edge.model.commissioning import Step
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.events import update_event
from webmacs_edge.store.forced_values import force_value
from webmacs_edge.web import keys
from webmacs_edge.web.check_runs import CHECK_RUNS


def channel(client: Client, name: str) -> Any:
    return next(e for e in app_of(client)[keys.STATION].events if e.name == name)


def path_of(client: Client, name: str) -> str:
    return f"/commissioning/{channel(client, name).public_id}"


def steps(client: Client, name: str) -> list[Step]:
    running = app_of(client)[CHECK_RUNS].get(channel(client, name).public_id)
    assert running is not None
    return running.run.steps


async def text_of(client: Client, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200
    return await answer.text()


async def feed(client: Client, name: str) -> None:
    """Let the check see what it waits for, as if somebody fed it at the terminal."""
    running = app_of(client)[CHECK_RUNS].get(channel(client, name).public_id)
    assert running is not None
    for step in list(running.run.steps):
        running.run.take(step.expected, at_ms=1)


async def test_an_analogue_input_is_fed_at_three_points_and_stored_with_who(rig: Client):  # noqa: F811
    path = path_of(rig, "Air flow")
    assert "Unchecked" in await text_of(rig, "/commissioning")

    assert (await post(rig, f"{path}/start", tolerance="1"))[0] == 303
    assert "Feed 4 mA." in await text_of(rig, path)
    assert [step.tolerance for step in steps(rig, "Air flow")] == [1.0, 1.0, 1.0]
    refused = await post(rig, f"{path}/store", result="passed")
    assert refused[0] == 422
    await feed(rig, "Air flow")
    assert (await post(rig, f"{path}/store", result="passed", note="Fluke 789"))[0] == 303

    page = await text_of(rig, path)
    assert "Checked" in page
    assert "operator person" in page
    assert "Fluke 789" in page
    certificate = await text_of(rig, "/commissioning/certificate")
    assert "1 of " in certificate
    assert "± 1" in certificate
    lines = (await text_of(rig, "/commissioning/checks.csv")).splitlines()
    assert sum("Fluke 789" in line for line in lines) == 3


async def test_a_check_is_stale_once_the_scaling_changes_and_its_history_stays(rig: Client):  # noqa: F811
    app, path = app_of(rig), path_of(rig, "Air flow")
    await post(rig, f"{path}/start", tolerance="1")
    await feed(rig, "Air flow")
    await post(rig, f"{path}/store", result="passed")
    event = channel(rig, "Air flow")

    await app[keys.DATABASE].write(
        lambda session: update_event(session, event.public_id, values={"offset": 1.5})
    )
    await app[keys.STATION].reload()

    page = await text_of(rig, path)
    assert "Changed since its check" in page
    assert "the channel was changed since" in page
    assert "Changed since its check" in await text_of(rig, "/commissioning")
    assert "Changed since its check" in await text_of(rig, "/events")


async def test_an_output_is_commanded_and_somebody_says_what_moved(rig: Client):  # noqa: F811
    path = path_of(rig, "Feed valve")
    await post(rig, f"{path}/start")

    assert "nobody is in the way" in await text_of(rig, path)
    early = await post(rig, f"{path}/moved", moved="the valve", is_right="yes")
    assert early[0] == 409
    assert (await post(rig, f"{path}/command", value="1", pulse_s="3"))[0] == 303
    assert steps(rig, "Feed valve")[0].value == 1.0
    assert (await post(rig, f"{path}/moved", moved="the drain", is_right="no"))[0] == 303
    assert (await post(rig, f"{path}/store", result="passed"))[0] == 422
    assert (await post(rig, f"{path}/store", result="failed"))[0] == 422
    assert (await post(rig, f"{path}/store", result="failed", note="crossed wires"))[0] == 303

    page = await text_of(rig, "/commissioning")
    assert "Failed its check" in page
    assert "crossed wires" in page


async def test_a_forced_value_proves_no_wiring(rig: Client):  # noqa: F811
    path, event = path_of(rig, "Air flow"), channel(rig, "Air flow")
    at_ms = now_ms()
    await app_of(rig)[keys.DATABASE].write(
        lambda session: force_value(
            session,
            event.public_id,
            50.0,
            reason="try",
            by="Anna",
            length_ms=60_000,
            at_ms=at_ms,
        )
    )

    status, page = await post(rig, f"{path}/start", tolerance="1")

    assert status == 422
    assert "is forced: its value is not measured" in page


async def test_what_is_typed_wrong_is_said_at_its_field(rig: Client):  # noqa: F811
    path = path_of(rig, "Air flow")

    status, page = await post(rig, f"{path}/start", tolerance="0")
    assert status == 422
    assert 'id="tolerance-error"' in page
    assert (await rig.get("/commissioning/nothing")).status == 404
    assert (await post(rig, f"{path}/take"))[0] == 409


async def test_viewers_read_checks_and_make_none(rig: Client):  # noqa: F811
    path = path_of(rig, "Air flow")
    await sign_in_as(rig, UserRole.viewer)

    assert "Operators check channels." in await text_of(rig, path)
    assert (await post(rig, f"{path}/start", tolerance="1"))[0] == 403
