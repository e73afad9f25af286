"""A controller of WebMACS 2.x, call by call, against this appliance."""

from typing import Any

import pytest

from tests.conftest import EMAILS, PASSWORD, Client, make_token
from tests.waiting import eventually
from webmacs_edge.model.words import UserRole

V1 = "/api/v1"


class Controller:
    """Does what the controller of 2.x does, in its order, with what it is answered."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._bearer: dict[str, str] = {}
        self.mapped: dict[str, str] = {}  # its channel -> event

    async def start(self) -> None:
        answer = await self.call(
            "POST", "/auth/login", json={"email": EMAILS[UserRole.admin], "password": PASSWORD}
        )
        self._bearer = {"Authorization": f"Bearer {answer['access_token']}"}
        plugins = await self.call("GET", "/plugins")
        events = await self.call("GET", "/events")
        if not plugins["data"] and not events["data"]:
            raise AssertionError("It would seed a device of its own.")

    async def add(self, plugin_id: str, name: str, *, demo_mode: bool = True) -> None:
        """What its SPA does: a new instance of a plugin class."""
        body = {
            "plugin_id": plugin_id, "instance_name": name, "demo_mode": demo_mode,
            "enabled": True, "auto_create_events": True, "config_json": None,
        }  # fmt: skip
        assert (await self.call("POST", "/plugins", json=body))["status"] == "success"

    async def sync(self) -> None:
        """Its loop of 10 s: instances, and the channels of those it has a class for."""
        self.mapped = {}
        for instance in (await self.call("GET", "/plugins"))["data"]:
            channels = await self.call("GET", f"/plugins/{instance['public_id']}/channels")
            if instance["plugin_id"] not in ("simulated", "system", "revpi"):
                continue
            for channel in channels:
                if channel["event_public_id"]:
                    self.mapped[channel["channel_id"]] = channel["event_public_id"]

    async def send(self, **values: float) -> str:
        """One tick of its sensors, over REST."""
        message: str = (
            await self.call("POST", "/datapoints/batch", json={"datapoints": self.batch(values)})
        )["message"]
        return message

    def batch(self, values: dict[str, float]) -> list[dict[str, Any]]:
        return [
            {"value": value, "event_public_id": self.mapped[channel]}
            for channel, value in values.items()
        ]

    async def latest(self) -> dict[str, float]:
        """What its outputs would follow."""
        rows = await self.call("GET", "/datapoints/latest")
        return {row["event_public_id"]: row["value"] for row in rows}

    async def note(self, content: str) -> None:
        await self.call("POST", "/logging", json={"content": content, "logging_type": "info"})

    async def telemetry(self, values: dict[str, float]) -> None:
        token = self._bearer["Authorization"].partition(" ")[2]
        path = f"/ws/controller/telemetry?token={token}"
        async with self._client.ws_connect(path) as socket:
            await socket.send_json({"datapoints": self.batch(values)})

            async def arrived() -> bool:
                latest = await self.latest()
                return all(latest.get(self.mapped[name]) == value for name, value in values.items())

            await eventually(arrived, what="the values")

    async def call(self, method: str, path: str, **given: Any) -> Any:
        answer = await self._client.request(method, V1 + path, headers=self._bearer, **given)
        assert answer.status in (200, 201), f"{method} {path}: {answer.status}"
        return await answer.json()  # every answer must be JSON


@pytest.fixture
async def controller(client: Client) -> Controller:
    await make_token(client, UserRole.admin)
    controller = Controller(client)
    await controller.start()
    return controller


async def test_it_feeds_a_device_of_its_own_by_rest_and_by_socket(controller: Controller):
    await controller.add("simulated", "Simulated Device")
    await controller.sync()
    await controller.note("Controller started")

    message = await controller.send(temp_reactor=260.0, humidity=55.5)
    await controller.telemetry({"temp_inlet": 101.5})

    latest = await controller.latest()
    assert len(controller.mapped) == 9
    assert message.startswith("2 ")
    assert latest[controller.mapped["temp_reactor"]] == 260.0
    assert latest[controller.mapped["temp_inlet"]] == 101.5


async def test_its_outputs_follow_what_a_person_commands(controller: Controller):
    await controller.add("simulated", "Rig")
    await controller.sync()
    heater = controller.mapped["heater_power"]

    await controller.send(heater_power=40.0)

    assert (await controller.latest())[heater] == 40.0


async def test_it_never_finds_the_channels_of_our_own_device(controller: Controller):
    await controller.sync()

    assert controller.mapped == {}


async def test_the_old_front_end_shows_no_banner_for_a_missing_device(controller: Controller):
    """It wants one enabled device; in a demo it says, truly, that values are simulated."""
    instances = (await controller.call("GET", "/plugins?page=1&page_size=50"))["data"]

    assert [it["enabled"] for it in instances] == [True]
    assert [it["demo_mode"] for it in instances] == [True]
