"""A channel from outside with an alarm on it, for tests of what people see and do."""

import json
from typing import Any

from tests.conftest import Client, app_of
from tests.waiting import eventually
from webmacs_edge.rules.alarms import AlarmView, alarm_views
from webmacs_edge.store.rule_states import read_memories
from webmacs_edge.store.rules import create_rule
from webmacs_edge.web import keys


class Alarmed:
    """One alarm above 100 on a channel of its own."""

    def __init__(self, client: Client, event: str, rule: str) -> None:
        self.client, self.event, self.rule = client, event, rule

    async def set(self, value: float, *, active: bool) -> None:
        """Post a value and wait until the alarm has seen it."""
        body = {"datapoints": [{"value": value, "event_public_id": self.event}]}
        answer = await self.client.post("/api/v1/datapoints/batch", json=body)
        assert answer.status == 201, await answer.text()
        await eventually(lambda: self._is(active=active))

    def _is(self, *, active: bool) -> bool:
        """Whether the engine knows it already, and so."""
        views = alarm_views(app_of(self.client)[keys.RULES].engine)
        return any(it.rule_id == self.rule and it.alarm.active is active for it in views)

    async def do(self, deed: str, **body: Any) -> Any:
        """Ask the API to do this to the alarm."""
        return await self.client.post(f"/api/v1/alarms/{self.rule}/{deed}", json=body)

    @property
    def view(self) -> AlarmView:
        """As it stands in the engine."""
        views = alarm_views(app_of(self.client)[keys.RULES].engine)
        return next(it for it in views if it.rule_id == self.rule)

    async def stored(self) -> dict[str, Any]:
        """What the database remembers of it."""
        async with app_of(self.client)[keys.DATABASE].read() as session:
            memories = await read_memories(session)
        alarm: dict[str, Any] = json.loads(memories[self.rule])["alarm"]
        return alarm

    async def journal(self) -> list[dict[str, Any]]:
        """All that happened to it, oldest first."""
        path = f"/api/v1/alarms/journal?rule={self.rule}&page_size=100"
        rows: list[dict[str, Any]] = (await (await self.client.get(path)).json())["data"]
        return rows[::-1]


async def make_alarm(client: Client, name: str = "Hot", **alarm: Any) -> Alarmed:
    """A channel in °C and a rule above 100 on it, with an alarm of high priority."""
    app = app_of(client)
    body = {"name": f"{name} in", "min_value": -1000, "max_value": 1000, "unit": "°C",
            "type": "sensor"}  # fmt: skip
    assert (await client.post("/api/v1/events", json=body)).status == 201
    event = next(it for it in app[keys.STATION].events if it.name == body["name"])
    more = {"repeats": False, "alarm": {"priority": "high", **alarm}}
    rule = await app[keys.DATABASE].write(
        lambda session: create_rule(
            session, at_ms=0, name=name, event_public_id=event.public_id, operator="gt",
            threshold=100.0, threshold_high=None, action_type="log", webhook_event_type=None,
            enabled=True, cooldown_seconds=0, more_json=json.dumps(more),
        )
    )  # fmt: skip
    await app[keys.RULES].reload()
    return Alarmed(client, event.public_id, rule.public_id)
