"""Dashboards and widgets for programs, as the contract has them."""

import json
from typing import Any

import pytest

from tests.conftest import Client, make_token
from webmacs_edge.model.words import UserRole

BOARDS = "/api/v1/dashboards"
GAUGE = {"widget_type": "gauge", "title": "Oven"}


class People:
    """An appliance with one user of each role; each asks with a token."""

    def __init__(self, client: Client, tokens: dict[UserRole, str]) -> None:
        self._client, self._tokens = client, tokens

    async def ask(
        self, role: UserRole, method: str, path: str, body: Any = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._tokens[role]}"}
        answer = await self._client.request(method, path, json=body, headers=headers)
        return answer.status, await answer.json()


@pytest.fixture
async def people(client: Client) -> People:
    return People(client, {role: await make_token(client, role) for role in UserRole})


async def _board(client: Client, **given: Any) -> dict[str, Any]:
    answer = await client.post(BOARDS, json={"name": "Plant", **given})
    assert answer.status == 201
    board: dict[str, Any] = await answer.json()
    return board


async def _channel(client: Client) -> str:
    given = {"name": "Oven", "min_value": 0, "max_value": 9, "unit": "K", "type": "sensor"}
    assert (await client.post("/api/v1/events", json=given)).status == 201
    rows = (await (await client.get("/api/v1/events?page_size=100")).json())["data"]
    public_id: str = next(row["public_id"] for row in rows if row["name"] == "Oven")
    return public_id


async def test_a_new_dashboard_is_answered_whole(operator: Client):
    board = await _board(operator, is_global="yes", surprise=1)

    assert list(board) == [
        "public_id", "name", "is_global", "created_on", "user_public_id", "widgets",
    ]  # fmt: skip
    assert (board["is_global"], board["widgets"]) == (True, [])
    assert await (await operator.get(f"{BOARDS}/{board['public_id']}")).json() == board


async def test_a_new_widget_is_answered_whole_and_keeps_its_turn(operator: Client):
    board = await _board(operator)
    url = f"{BOARDS}/{board['public_id']}"
    config = json.dumps({"color": "#07a", "thresholds": [1, 2.5]}, indent=1)

    first = await operator.post(f"{url}/widgets", json={**GAUGE, "config_json": config})
    second = await operator.post(
        f"{url}/widgets", json={**GAUGE, "title": "2", "x": "3", "w": 9.0, "h": 1}
    )

    widget = await first.json()
    assert (first.status, second.status) == (201, 201)
    assert list(widget) == [
        "public_id", "widget_type", "title", "event_public_id", "x", "y", "w", "h", "config_json",
    ]  # fmt: skip
    assert [widget[name] for name in "xywh"] == [0, 0, 4, 3]
    assert widget["config_json"] == config
    whole = await (await operator.get(url)).json()
    listed = (await (await operator.get(BOARDS)).json())["data"][0]
    assert whole["widgets"] == listed["widgets"] == [widget, await second.json()]


@pytest.mark.parametrize("role", list(UserRole))
async def test_one_sees_ones_own_and_those_for_all(people: People, role: UserRole):
    for name, is_global in (("private", False), ("for all", True)):
        await people.ask(UserRole.operator, "POST", BOARDS, {"name": name, "is_global": is_global})
    await people.ask(UserRole.admin, "POST", BOARDS, {"name": "of the admin"})

    _, body = await people.ask(role, "GET", BOARDS)

    expected = {
        UserRole.viewer: ["for all"],
        UserRole.operator: ["for all", "private"],
        UserRole.admin: ["of the admin", "for all"],
    }
    assert [row["name"] for row in body["data"]] == expected[role]
    assert body["total"] == len(expected[role])


async def test_an_administrator_may_list_everybodys(people: People):
    await people.ask(UserRole.operator, "POST", BOARDS, {"name": "private"})

    status, body = await people.ask(UserRole.admin, "GET", f"{BOARDS}?all=1")
    refused, _ = await people.ask(UserRole.operator, "GET", f"{BOARDS}?all=1")

    assert (status, refused, body["total"]) == (200, 403, 1)


async def test_a_private_dashboard_opens_for_its_owner_and_administrators(people: People):
    _, board = await people.ask(UserRole.operator, "POST", BOARDS, {"name": "private"})
    url = f"{BOARDS}/{board['public_id']}"

    statuses = {role: (await people.ask(role, "GET", url))[0] for role in UserRole}

    assert statuses == {UserRole.viewer: 403, UserRole.operator: 200, UserRole.admin: 200}


async def test_only_the_owner_and_administrators_change_a_dashboard(people: People):
    _, theirs = await people.ask(UserRole.admin, "POST", BOARDS, {"name": "A", "is_global": True})
    _, own = await people.ask(UserRole.operator, "POST", BOARDS, {"name": "O"})
    url = f"{BOARDS}/{theirs['public_id']}"
    _, widget = await people.ask(UserRole.admin, "POST", f"{url}/widgets", GAUGE)

    foreign = [
        await people.ask(UserRole.operator, *asked)
        for asked in (
            ("PUT", url, {"name": "B"}),
            ("POST", f"{url}/widgets", GAUGE),
            ("PUT", f"{url}/widgets/{widget['public_id']}", {"title": "B"}),
            ("DELETE", f"{url}/widgets/{widget['public_id']}", None),
            ("DELETE", url, None),
        )
    ]
    by_admin = await people.ask(
        UserRole.admin, "PUT", f"{BOARDS}/{own['public_id']}", {"name": "B"}
    )

    assert [status for status, _ in foreign] == [403] * 5
    assert by_admin[0] == 200
    assert (await people.ask(UserRole.admin, "GET", url))[1]["widgets"] == [widget]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"is_global": None}, "is_global"),
        ({"is_global": "perhaps"}, "is_global"),
    ],
)
@pytest.mark.standing
async def test_a_dashboard_that_does_not_fit_names_the_field(
    operator: Client, given: dict[str, Any], field: str
):
    board = await _board(operator)

    created = await operator.post(BOARDS, json={"name": "New", **given})
    changed = await operator.put(f"{BOARDS}/{board['public_id']}", json=given)

    for answer in (created, changed):
        assert answer.status == 422
        assert [fault["loc"] for fault in (await answer.json())["detail"]] == [["body", field]]
    assert await (await operator.get(f"{BOARDS}/{board['public_id']}")).json() == board


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"x": -1}, "x"),
        ({"x": 12}, "x"),
        ({"x": 9}, "x"),
        ({"x": 1, "w": 12}, "x"),
        ({"x": None}, "x"),
        ({"y": -1}, "y"),
        ({"y": 10**9}, "y"),
        ({"w": 0}, "w"),
        ({"w": 13}, "w"),
        ({"h": 13}, "h"),
        ({"h": 1.5}, "h"),
        ({"config_json": "{"}, "config_json"),
        ({"config_json": ""}, "config_json"),
        ({"config_json": "NaN"}, "config_json"),
        ({"config_json": {"a": 1}}, "config_json"),
        ({"config_json": '"' + "x" * 65_535 + '"'}, "config_json"),
        ({"config_json": '"' + "ä" * 32_768 + '"'}, "config_json"),
        ({"config_json": "[" * 5000}, "config_json"),
    ],
)
@pytest.mark.standing
async def test_a_widget_that_does_not_fit_names_the_field(
    operator: Client, given: dict[str, Any], field: str
):
    board = await _board(operator)
    widgets = f"{BOARDS}/{board['public_id']}/widgets"
    widget = await (await operator.post(widgets, json=GAUGE)).json()

    created = await operator.post(widgets, json={**GAUGE, **given})
    changed = await operator.put(f"{widgets}/{widget['public_id']}", json=given)

    for answer in (created, changed):
        assert answer.status == 422
        assert [fault["loc"] for fault in (await answer.json())["detail"]] == [["body", field]]
    whole = await (await operator.get(f"{BOARDS}/{board['public_id']}")).json()
    assert whole["widgets"] == [widget]


async def test_the_kind_of_a_widget_stays_and_its_channel_can_be_cleared(operator: Client):
    channel = await _channel(operator)
    board = await _board(operator)
    widgets = f"{BOARDS}/{board['public_id']}/widgets"
    widget = await (await operator.post(widgets, json={**GAUGE, "event_public_id": channel})).json()
    url = f"{widgets}/{widget['public_id']}"

    kind = await operator.put(url, json={"widget_type": "stat_card", "title": "T", "x": 8})
    clear = await operator.put(url, json={"event_public_id": None})

    assert (kind.status, clear.status) == (200, 200)
    whole = await (await operator.get(f"{BOARDS}/{board['public_id']}")).json()
    assert whole["widgets"] == [{**widget, "title": "T", "x": 8, "event_public_id": None}]


async def test_a_widget_outlives_its_channel(operator: Client):
    channel = await _channel(operator)
    board = await _board(operator)
    widgets = f"{BOARDS}/{board['public_id']}/widgets"
    widget = await (await operator.post(widgets, json={**GAUGE, "event_public_id": channel})).json()
    await operator.delete(f"/api/v1/events/{channel}")

    kept = await operator.put(f"{widgets}/{widget['public_id']}", json={**widget, "title": "Old"})
    late = await operator.post(widgets, json={**GAUGE, "event_public_id": channel})

    assert (kept.status, late.status) == (200, 404)
    whole = await (await operator.get(f"{BOARDS}/{board['public_id']}")).json()
    assert [one["event_public_id"] for one in whole["widgets"]] == [channel]


async def test_a_widget_belongs_to_one_dashboard(operator: Client):
    one, other = await _board(operator), await _board(operator)
    widget = await (await operator.post(f"{BOARDS}/{one['public_id']}/widgets", json=GAUGE)).json()
    astray = f"{BOARDS}/{other['public_id']}/widgets/{widget['public_id']}"

    changed = await operator.put(astray, json={"title": "T"})
    removed = await operator.delete(astray)

    assert (changed.status, removed.status) == (404, 404)


async def test_a_dashboard_holds_a_hundred_widgets(operator: Client):
    board = await _board(operator)
    widgets = f"{BOARDS}/{board['public_id']}/widgets"

    statuses = [(await operator.post(widgets, json=GAUGE)).status for _ in range(101)]

    assert statuses == [201] * 100 + [409]


async def test_a_removed_dashboard_takes_its_widgets_along(operator: Client):
    board = await _board(operator)
    url = f"{BOARDS}/{board['public_id']}"
    widget = await (await operator.post(f"{url}/widgets", json=GAUGE)).json()
    await operator.post(f"{url}/widgets", json=GAUGE)

    one = await operator.delete(f"{url}/widgets/{widget['public_id']}")
    statuses = [(await operator.delete(url)).status, (await operator.delete(url)).status]

    assert (one.status, statuses) == (200, [200, 404])
    assert (await operator.post(f"{url}/widgets", json=GAUGE)).status == 404
