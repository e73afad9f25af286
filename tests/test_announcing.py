"""What no request causes is told to webhooks: health, lost devices, releases, commands."""

import json
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select

from tests.conftest import Client, Start, app_of, channels_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge import announcing
from webmacs_edge.announcing import Announcer
from webmacs_edge.firmware.github import Answer, Release
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import WebhookDelivery
from webmacs_edge.store.webhooks import create_webhook
from webmacs_edge.web import keys
from webmacs_edge.web.telling_checks import rules_check, webhooks_check


@pytest.fixture(autouse=True)
def _one_announcer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one of the test; the appliance's own would tell the same once more."""
    monkeypatch.setattr(announcing, "LOOK_S", 3600.0)


async def _listen(app: web.Application, *events: str) -> None:
    """A webhook that takes nothing: what is queued for it stays."""
    url = "http://127.0.0.1:9/"
    await app[keys.DATABASE].write(
        lambda session: create_webhook(
            session, at_ms=0, public_id="hook", url=url, events=list(events)
        )
    )


async def _told(app: web.Application, event_type: str) -> list[dict[str, Any]]:
    query = select(WebhookDelivery).where(WebhookDelivery.event_type == event_type)
    async with app[keys.DATABASE].read() as session:
        rows = (await session.scalars(query.order_by(WebhookDelivery.id))).all()
    assert all(row.text for row in rows)
    return [json.loads(row.payload) for row in rows]


async def test_a_change_of_health_is_told_once_and_over_a_restart_too(
    start: Start, own_plant: VirtualRevPi
):
    async with start(own_plant) as client:
        app = app_of(client)
        await channels_of(client)
        await _listen(app, "system.health_changed", "device.lost")
        announcer = Announcer(app)
        await announcer.look()
        own_plant.image_path.rename(own_plant.image_path.with_suffix(".gone"))
        await eventually(lambda: app[keys.STATION].problem, what="a problem")
        for _ in range(3):
            await announcer.look()
        changes = await _told(app, "system.health_changed")
        assert [it["status"] for it in changes] == ["degraded"]
        assert list(changes[0]) == ["type", "time", "status", "what"]
        assert "not being read" in changes[0]["what"]
    own_plant.image_path.with_suffix(".gone").rename(own_plant.image_path)

    async with start(own_plant) as client:
        app = app_of(client)
        await channels_of(client)
        announcer = Announcer(app)
        for _ in range(2):
            await announcer.look()
        changes = await _told(app, "system.health_changed")
        assert [it["status"] for it in changes] == ["degraded", "ok"]
        assert changes[1]["what"] is None


async def test_a_lost_device_is_told_when_it_goes(start: Start, own_plant: VirtualRevPi):
    async with start(own_plant) as client:
        app = app_of(client)
        await channels_of(client)
        await _listen(app, "device.lost")
        announcer = Announcer(app)
        own_plant.image_path.rename(own_plant.image_path.with_suffix(".gone"))
        await eventually(app[keys.DEVICES].troubles, what="a lost device")
        for _ in range(3):
            await announcer.look()

        lost = await _told(app, "device.lost")

        assert len({it["device"] for it in lost}) == len(lost)
        assert list(lost[0]) == ["type", "time", "device", "name", "why"]
        assert lost[0]["why"]
        own_plant.image_path.with_suffix(".gone").rename(own_plant.image_path)


async def test_a_release_is_told_once_and_an_old_one_never(client: Client):
    app = app_of(client)
    await _listen(app, "update.available")
    releases = app[keys.RELEASES]
    for version in ("0.0.1", "99.1.0", "99.1.0", "99.2.0"):
        releases._answer = Answer(Release(version, "https://example.org/r", None))  # noqa: SLF001
        await Announcer(app).look()

    told = await _told(app, "update.available")

    assert [it["version"] for it in told] == ["99.1.0", "99.2.0"]
    assert told[0]["url"] == "https://example.org/r"


async def test_the_checks_say_how_rules_and_webhooks_do(client: Client):
    app = app_of(client)
    before = await webhooks_check(app)
    await _listen(app, "update.available")
    page = await (await sign_in_as(client, UserRole.viewer)).get("/system")
    app[keys.DISPATCHER].dead = 2
    given_up, rules = await webhooks_check(app), rules_check(app)
    app[keys.RULES].failure = "KeyError: 7"
    stopped = rules_check(app)
    app[keys.RULES].failure = ""

    html = await page.text()
    assert 'id="check-webhooks"' in html
    assert 'id="check-rules"' in html
    assert (before.state, before.word) == ("good", "None set up")
    assert (given_up.state, rules.state, stopped.state) == ("warning", "good", "error")
    assert "send them again" in given_up.way_out


async def test_a_command_to_an_output_is_told_with_who_gave_it_and_a_refused_one_is_not(
    start: Start, own_plant: VirtualRevPi
):
    async with start(own_plant, scan_hz=50) as client:
        app = app_of(client)
        await channels_of(client)
        await sign_in_as(client, UserRole.operator)
        await _listen(app, "output.commanded")
        await eventually(lambda: app[keys.CONTROL].board.outputs, what="outputs")
        places = {it.name: it.public_id for it in app[keys.CONTROL].bindings}
        path = f"/api/v1/outputs/{places['Feed valve']}/command"

        accepted = await client.post(path, json={"value": 1, "why": "try it"})
        held = await client.post("/api/v1/outputs/all-safe", json={})
        refused = await client.post(path, json={"value": 1})

        async def is_told() -> bool:
            return bool(await _told(app, "output.commanded"))

        assert (accepted.status, held.status, refused.status) == (200, 200, 409)
        await eventually(is_told, what="the command")
        told = await _told(app, "output.commanded")
        assert [it["name"] for it in told] == ["Feed valve"]
        assert (told[0]["value"], told[0]["by"]) == (1, "operator person")
        assert told[0]["why"] == "try it"
