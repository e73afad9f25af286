"""An appliance with one of everything, so that every page of the route table can be opened."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.conftest import EMAILS, Client, app_of, make_token, open_login
from tests.waiting import eventually
from tests.web.alarms import make_alarm
from tests.web.devices import CHANNEL, PLUGINS, channels_at, make_device
from tests.web.test_pictures import uploaded
from tests.web.updates import note
from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import Webhook, WebhookDelivery
from webmacs_edge.store.users import find_user_by_email
from webmacs_edge.web import keys
from webmacs_edge.web.page_routes import page_routes
from webmacs_edge.web.tokens import SESSION_COOKIE

# What is asked for by pages as a part, a file or a stream, or belongs to no visit of a person.
NO_PAGES = re.compile(
    r"^/(streams|static|docs|redoc|setup|export/progress)\b|\.(csv|js|css|json)$|^/trends/|/preview$"
    r"|^/alarms/head$|/file$|/(rows|cards|standing|letters|values|checks|trace)$|/figures$(?<!alarms/figures)"
)
RUN = "Sand 0.5 mm, run 7"


@dataclass
class Filled:
    """What it holds: for the first part of an address (and more, where it has two) an id."""

    client: Client
    tokens: dict[UserRole, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def address(self, path: str) -> str:
        """The address of a route with ids of things that are there."""
        first = path.split("/")[1]
        made = path.replace("{public_id}", self.ids.get(first, "none"))
        return re.sub(r"\{(\w+)(:[^}]*)?\}", lambda it: self.ids.get(it[1], "none"), made)

    def pages(self) -> list[str]:
        """Every page that a person opens by its address, from the route table."""
        paths = {it.path for it in page_routes() if it.method == "GET"}
        shown = sorted(path for path in paths if not NO_PAGES.search(path))
        return [self.address(path) for path in shown]


async def fill(client: Client) -> Filled:
    """One of everything, made as people and programs make it; leaves the admin signed in."""
    made = Filled(client)
    for role in (UserRole.viewer, UserRole.operator, UserRole.admin):
        made.tokens[role] = await token_of(client, role)
    cookies = {SESSION_COOKIE: made.tokens[UserRole.admin]}
    client.session.cookie_jar.update_cookies(cookies, client.make_url("/"))
    events = app_of(client)[keys.STATION].events
    flow = next(str(it.public_id) for it in events if it.name == "Air flow")
    made.ids |= {"events": flow, "commissioning": flow}
    outputs = app_of(client)[keys.CONTROL]
    await eventually(lambda: outputs.bindings, what="outputs")
    made.ids["outputs"] = next(it.public_id for it in outputs.bindings if it.name == "Blower speed")
    made.ids["interlocks"] = next(
        it.public_id for it in outputs.board.interlocks.values() if it.public_id
    )
    for make in (_alarm, _derived, _device, _webhook, _experiments, _dashboard):
        await make(made)
    await _picture_on_a_wall(made)
    made.ids["updates"] = (await note(client))["public_id"]
    users = (await (await client.get("/api/v1/users")).json())["data"]
    made.ids["users"] = users[0]["public_id"]
    return made


async def token_of(client: Client, role: UserRole) -> str:
    """A login of somebody of this role; the rig has an operator already."""
    async with app_of(client)[keys.DATABASE].read() as session:
        there = await find_user_by_email(session, EMAILS[role])
    return await (open_login(app_of(client), there) if there else make_token(client, role))


async def _alarm(made: Filled) -> None:
    texts = {"cause": "Too much heat for the flow.", "response": "Lower the heater to 40 %."}
    alarm = await make_alarm(made.client, "Bed temperature high", group="Bed", **texts)
    made.ids |= {"rules": alarm.rule, "alarms": alarm.rule}
    await alarm.set(412.6, active=True)


async def _derived(made: Filled) -> None:
    body = {"name": "Twice the flow", "formula": "[Air flow] * 2", "unit": "m³/h"}
    answer = await made.client.post("/api/v1/derived", json=body)
    assert answer.status == 201, await answer.text()
    listed = await (await made.client.get("/api/v1/derived")).json()
    made.ids["derived"] = listed["data"][0]["public_id"]


async def _device(made: Filled) -> None:
    device = await make_device(made.client)
    path = f"{PLUGINS}/{device['public_id']}/channels"
    assert (await made.client.post(path, json=CHANNEL)).status == 201
    mapping = (await channels_at(made.client, device))[-1]
    made.ids |= {"devices": device["public_id"], "mapping_id": mapping["public_id"]}


async def _webhook(made: Filled) -> None:
    typed = {"url": "http://pc7.plant.lan:8123/in", "events": ["alarm.raised"], "enabled": "true"}
    answer = await made.client.post("/webhooks", data={**typed, "template": "slack"})
    assert answer.status == 200, await answer.text()
    made.ids["webhooks"] = answer.url.path.split("/")[2]

    async def deliver(session: Any) -> None:
        hook = Webhook.__table__.c
        key = await session.scalar(
            Webhook.__table__.select().where(hook.public_id == made.ids["webhooks"])
        )
        for status in ("delivered", "dead_letter"):
            session.add(
                WebhookDelivery(
                    public_id=f"delivery-{status}", webhook_id=key, event_type="alarm.raised",
                    payload="{}", status=status, created_on_ms=now_ms(),
                )
            )  # fmt: skip

    await app_of(made.client)[keys.DATABASE].write(deliver)
    made.ids["delivery"] = "delivery-dead_letter"


async def _dashboard(made: Filled) -> None:
    """With one widget of each kind."""
    client, events = made.client, app_of(made.client)[keys.STATION].events
    board = await (await client.post("/api/v1/dashboards", json={"name": "Wall"})).json()
    path = f"/api/v1/dashboards/{board['public_id']}/widgets"
    output = made.ids["outputs"]
    digital = next(it.public_id for it in events if it.is_digital)
    drawn = json.dumps({"channels": [made.ids["events"], digital], "text": "# Call **4711**"})
    for kind in WidgetType:
        channel = {"set_point": output, "actuator_toggle": output}.get(kind, made.ids["events"])
        body = {"widget_type": kind, "title": f"A {kind}", "event_public_id": channel}
        answer = await client.post(path, json={**body, "config_json": drawn})
        assert answer.status == 201, await answer.text()
    made.ids |= {"dashboards": board["public_id"], "widget_id": (await answer.json())["public_id"]}


async def _experiments(made: Filled) -> None:
    client = made.client
    for name in ("Sand 0.5 mm, run 6", RUN):
        form = {"name": name, "tags": "sand", "operators": "Ada", "description": "At 2 bar."}
        await client.post("/experiments", data=form)
        await client.post("/experiments/phase", data={"phase": "Heating"})
        await client.post("/experiments/note", data={"text": "The bed begins to bubble"})
        rows = (await (await client.get("/api/v1/experiments")).json())["data"]
        public_id = next(row["public_id"] for row in rows if row["name"] == name)
        if name != RUN:
            await client.post(f"/experiments/{public_id}/stop")
            made.ids["stopped"] = public_id
    made.ids["experiments"] = public_id


async def _picture_on_a_wall(made: Filled) -> None:
    """A drawing, and a screen that shows the dashboard."""
    made.ids["pictures"] = (await uploaded(made.client))["public_id"]
    given = {"name": "Control room", "board": made.ids["dashboards"], "seconds": "30"}
    html = await (await made.client.post("/wall-screens", data=given)).text()
    made.ids["wall-screens"] = html.partition('href="/wall-screens/')[2].partition('"')[0]
