"""Pages of dashboards: who sees and changes them, bad input, conflicts, files."""

import json
import re
from collections.abc import Awaitable
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from tests.conftest import Client, app_of, channels_of, make_token, sign_in_as
from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import DashboardWidget
from webmacs_edge.web.boards import BOARDS
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.widget_form import form_of
from webmacs_edge.web.widgets import KINDS

LIST = "/dashboards"


async def post(client: Client, path: str, **form: Any) -> tuple[int, str, str]:
    answer = await client.post(path, data=form, allow_redirects=False)
    return answer.status, answer.headers.get("Location", ""), await answer.text()


async def made(client: Client, **form: Any) -> str:
    status, location, _ = await post(client, LIST, name="Plant", **form)
    assert status == 303
    return location.partition("?")[0]


async def text(client: Client, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200, path
    return await answer.text()


async def stored(client: Client, path: str) -> dict[str, Any]:
    board: dict[str, Any] = await (await client.get(f"/api/v1{path}")).json()
    return board


def seen(html: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', html)
    assert found is not None
    return found[1]


async def add(
    client: Client, path: str, channel: str = "", *, kind: str, **form: Any
) -> tuple[int, str, str]:
    given = {"channel": channel, "width": "3", "height": "2"} | form
    return await post(client, f"{path}/widgets?kind={kind}", **given)


async def test_a_dashboard_of_all_channels_shows_each_of_them(operator: Client):
    channels = await channels_of(operator)

    path = await made(operator, filling="all")

    page = await text(operator, path)
    assert all(f">{event.name}<" in page for event in channels)
    assert f'hx-sse:connect="/streams{path}"' in page
    css = await text(operator, f"{path}/grid.css")
    assert css.count("grid-area") == page.count('class="widget"')
    assert re.match(r":root\{--rows:\d\d\}", css), "a wall knows how many rows have to fit"


async def test_every_kind_has_a_template_a_form_and_something_to_show(operator: Client):
    path = await made(operator)
    for kind in WidgetType:
        body = {"widget_type": kind, "title": f"A {kind} & more", "config_json": '{"span": 1}'}
        assert (await operator.post(f"/api/v1{path}/widgets", json=body)).status == 201

    page = await text(operator, path)

    assert set(KINDS) == set(WidgetType)
    for widget in (await stored(operator, path))["widgets"]:
        assert f"A {widget['widget_type']} &amp; more" in page
        assert "<form" in await text(operator, f"{path}/widgets/{widget['public_id']}")
        assert form_of(WidgetType(widget["widget_type"])).model_fields["width"].is_required()


@pytest.mark.parametrize("is_global", [True, False])
async def test_who_sees_a_dashboard_and_who_changes_it(client: Client, *, is_global: bool):
    tokens = {role: await make_token(client, role) for role in UserRole}

    async def status(role: UserRole, path: str) -> int:
        headers = {"Authorization": f"Bearer {tokens[role]}"}
        return (await client.get(path, headers=headers)).status

    headers = {"Authorization": f"Bearer {tokens[UserRole.operator]}"}
    body = {"name": "Plant", "is_global": is_global}
    answer = await client.post("/api/v1/dashboards", json=body, headers=headers)
    path = f"/dashboards/{(await answer.json())['public_id']}"

    shown = {role: await status(role, path) for role in UserRole}
    edited = {role: await status(role, f"{path}/properties") for role in UserRole}

    assert shown[UserRole.viewer] == (200 if is_global else 403)
    assert (shown[UserRole.operator], shown[UserRole.admin]) == (200, 200)
    assert edited == {UserRole.viewer: 403, UserRole.operator: 200, UserRole.admin: 200}


async def test_a_viewer_sees_no_hand_on_a_dashboard_for_all(client: Client):
    await sign_in_as(client, UserRole.operator)
    path = await made(client, filling="all", is_global="true")

    await sign_in_as(client, UserRole.viewer)
    page, listed = await text(client, f"{path}?edit"), await text(client, LIST)

    assert "data-editing" not in page
    assert "button-set" not in page
    assert "Plant" in listed
    assert 'action="/dashboards"' not in listed


async def test_a_form_that_does_not_fit_keeps_what_was_typed(operator: Client):
    path = await made(operator)
    channel = (await channels_of(operator))[0].public_id

    status, _, page = await add(
        operator, path, str(channel), kind="gauge", title="Flow & co", min_value="9", max_value="3"
    )
    _, _, nameless = await post(operator, LIST, name=" ", description="for the wall")
    _, _, empty = await add(operator, path, kind="line_chart")

    assert status == 422
    assert "The minimum must be below the maximum." in page
    assert 'value="Flow &amp; co"' in page
    assert f'value="{channel}" selected' in page
    assert 'value="for the wall"' in nameless
    assert "Please choose a channel." in empty
    assert (await stored(operator, path))["widgets"] == []


async def test_settings_of_other_programs_outlive_the_form(operator: Client):
    path = await made(operator)
    channel = str((await channels_of(operator))[0].public_id)
    config = json.dumps({"color": "#07a", "decimals": 9})
    body = {"widget_type": "gauge", "title": "G", "event_public_id": channel, "config_json": config}
    answer = await operator.post(f"/api/v1{path}/widgets", json=body)
    widget = f"{path}/widgets/{(await answer.json())['public_id']}"
    state = seen(await text(operator, widget))

    status, _, _ = await post(
        operator, widget, channel=channel, width="4", height="3", decimals="1",
        high_limit="12,5", seen=state,
    )  # fmt: skip

    kept = json.loads((await stored(operator, path))["widgets"][0]["config_json"])
    assert status == 303
    assert (kept["color"], kept["decimals"], kept["high_limit"]) == ("#07a", 1, 12.5)


async def test_a_change_on_an_old_state_is_told_and_not_made(operator: Client):
    path = await made(operator, filling="all")
    state = seen(await text(operator, f"{path}?edit"))
    widgets = (await stored(operator, path))["widgets"]
    here = {"widget": widgets[0]["public_id"], "row": "3", "width": "4", "height": "3"}
    json_wanted = {"Accept": "application/json"}

    first = await operator.post(
        f"{path}/place", data={**here, "column": "5", "seen": state}, headers=json_wanted
    )
    late = await operator.post(
        f"{path}/place", data={**here, "column": "1", "seen": state}, headers=json_wanted
    )
    plain = await post(operator, f"{path}/place", **here, column="1", seen=state)
    renamed = await post(operator, f"{path}/properties", name="New", seen=state)

    assert (first.status, late.status, plain[0], renamed[0]) == (200, 409, 409, 409)
    assert "Somebody else has changed this dashboard" in (await late.json())["detail"]
    assert 'value="New"' in renamed[2]
    assert (await stored(operator, path))["widgets"][0]["x"] == 4


async def test_moves_and_removals_are_undone_one_by_one(operator: Client):
    path = await made(operator, filling="all")
    before = (await stored(operator, path))["widgets"]
    one = before[0]["public_id"]

    state = seen(await text(operator, f"{path}?edit"))
    await post(
        operator,
        f"{path}/place",
        widget=one,
        column="1",
        row="9",
        width="3",
        height="1",
        seen=state,
    )
    await post(
        operator, f"{path}/widgets/{one}/remove", seen=seen(await text(operator, f"{path}?edit"))
    )
    assert len((await stored(operator, path))["widgets"]) == len(before) - 1
    for _ in range(2):
        await post(operator, f"{path}/undo", seen=seen(await text(operator, f"{path}?edit")))

    after = (await stored(operator, path))["widgets"]
    assert sorted(after, key=lambda it: it["public_id"]) == sorted(
        before, key=lambda it: it["public_id"]
    )
    page = await text(operator, f"{path}?edit")
    status, _, _ = await post(operator, f"{path}/undo", seen=seen(page))
    assert status == 409


async def test_a_program_that_changes_it_meanwhile_ends_what_can_be_undone(operator: Client):
    path = await made(operator, filling="all")
    await post(operator, f"{path}/close-up", seen=seen(await text(operator, f"{path}?edit")))

    await operator.put(f"/api/v1{path}", json={"name": "Other"})

    page = await text(operator, f"{path}?edit")
    assert 'id="board-undo" disabled' in page
    assert ">Other</h1>" in page


async def send_file(client: Client, content: bytes) -> tuple[int, str, str]:
    form = FormData()
    form.add_field("file", content, filename="d.json", content_type="application/json")
    answer = await client.post(f"{LIST}/import", data=form, allow_redirects=False)
    return answer.status, answer.headers.get("Location", ""), await answer.text()


async def test_an_exported_dashboard_comes_back_with_its_channels_by_name(operator: Client):
    path = await made(operator, filling="all", description="all of it")
    content = await (await operator.get(f"{path}/export.json")).text()
    known = (await channels_of(operator))[0]
    moved = content.replace(str(known.public_id), "id-of-another-box")

    status, location, _ = await send_file(operator, moved.encode())

    copy = await stored(operator, location.partition("?")[0])
    original = await stored(operator, path)
    assert status == 303
    assert "missing" not in location
    assert copy["public_id"] != original["public_id"]

    def without_id(board: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {**it, "public_id": "", "config_json": json.loads(it["config_json"] or "null")}
            for it in board["widgets"]
        ]

    assert without_id(copy) == without_id(original)


async def test_a_file_that_cannot_be_used_names_the_place_and_leaves_nothing(operator: Client):
    status, _, page = await send_file(operator, b'{"name": "x"}')
    large, _, told = await send_file(operator, b'"' + b"x" * 600_000 + b'"')

    assert (status, large) == (422, 422)
    assert "webmacs_dashboard: Please fill this in." in page
    assert "The file is too large; 512 KiB is the limit." in told
    assert (await (await operator.get("/api/v1/dashboards")).json())["total"] == 0


async def test_a_copy_is_ones_own_and_private(client: Client):
    await sign_in_as(client, UserRole.admin)
    path = await made(client, filling="all", is_global="true")
    await sign_in_as(client, UserRole.operator)

    status, location, _ = await post(client, f"{path}/duplicate")

    copy = await stored(client, location.removesuffix("/properties"))
    assert (status, copy["name"], copy["is_global"]) == (303, "Copy of Plant", False)
    assert len(copy["widgets"]) == len((await stored(client, path))["widgets"])
    assert (await post(client, f"{path}/delete"))[0] == 403
    assert (await post(client, f"/dashboards/{copy['public_id']}/delete"))[0] == 303


async def test_a_widget_is_made_anew_only_when_it_looks_different(operator: Client):
    path = await made(operator)
    await add(operator, path, kind="text", title="Note", text="**stay**")
    app, public_id = app_of(operator), path.rpartition("/")[2]
    board = await app[BOARDS].load(app, public_id)

    first = await app[BOARDS].parts(app, board, UserRole.viewer, at_ms=0)
    later = await app[BOARDS].parts(app, board, UserRole.viewer, at_ms=60_000)

    (one,), (other,) = first.values(), later.values()
    assert "<b>stay</b>" in one
    assert one is other


async def test_a_widget_that_is_added_leaves_what_somebody_else_has_moved_meanwhile(
    operator: Client,
):
    path = await made(operator)
    await add(operator, path, kind="alarm_list")
    [widget] = (await stored(operator, path))["widgets"]
    app, public_id = app_of(operator), path.rpartition("/")[2]

    def elsewhere(session: AsyncSession) -> Awaitable[object]:
        places = update(DashboardWidget).where(DashboardWidget.public_id == widget["public_id"])
        return session.execute(places.values(x=6, y=5))

    await app[BOARDS].load(app, public_id)
    await app[DATABASE].write(elsewhere)  # as it is between reading and writing
    status, _, _ = await add(operator, path, kind="text", text="Careful")

    places = {
        it["widget_type"]: (it["x"], it["y"]) for it in (await stored(operator, path))["widgets"]
    }
    assert status == 303
    assert places == {"alarm_list": (6, 5), "text": (0, 0)}
