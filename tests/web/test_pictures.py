"""Pictures for dashboards: uploaded on a page and over the API, shown without acting, removed."""

from io import BytesIO
from typing import Any

from aiohttp import FormData

from tests.conftest import Client, app_of, make_token
from tests.model.test_pictures import png
from webmacs_edge.model.pictures import MAX_BYTES
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.web import keys

API = "/api/v1/pictures"
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50"><script>alert(1)</script>'
    b'<rect id="tank" fill="url(#g)" onclick="alert(1)"/><linearGradient id="g"/>'
    b'<text id="level">0</text></svg>'
)


def form(content: bytes, filename: str = "plant.svg") -> FormData:
    """What a page or a program sends."""
    data = FormData()
    data.add_field("file", BytesIO(content), filename=filename)
    return data


async def uploaded(client: Client, content: bytes = DRAWING) -> dict[str, Any]:
    answer = await client.post(API, data=form(content))
    assert answer.status == 201, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def test_a_drawing_is_kept_without_what_acts_and_sent_for_its_place(operator: Client):
    picture = await uploaded(operator)

    answer = await operator.get(f"/pictures/{picture['public_id']}/file", params={"in": "w-7"})
    drawing = await answer.text()

    assert picture["parts"] == ["tank", "g", "level"]
    assert "script (1)" in picture["dropped"]
    assert "alert" not in drawing
    assert '<rect id="in-w-7-tank" data-part="tank" fill="url(#in-w-7-g)">' in drawing
    assert answer.content_type == "image/svg+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_garbled_place_is_not_put_into_the_drawing(operator: Client):
    picture = await uploaded(operator)

    answer = await operator.get(
        f"/pictures/{picture['public_id']}/file", params={"in": '"><script>alert(1)</script>'}
    )

    assert '<rect id="tank"' in await answer.text()


async def test_an_address_with_its_digest_may_be_kept_for_ever_and_is_asked_once(operator: Client):
    picture = await uploaded(operator)
    page = await (await operator.get("/pictures")).text()
    address = page.partition('<img src="')[2].partition('"')[0]

    first = await operator.get(address)
    again = await operator.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert picture["public_id"] in address
    assert "immutable" in first.headers["Cache-Control"]
    assert again.status == 304


async def test_the_pages_take_name_replace_and_remove_a_picture(operator: Client):
    answer = await operator.post("/pictures", data=form(png(8, 4), "Hall.png"))
    page = await answer.text()
    place = answer.url.path

    renamed = await operator.post(f"{place}/rename", data={"name": "Hall 2"})
    replaced = await operator.post(f"{place}/replace", data=form(DRAWING))

    assert "<h1>Hall</h1>" in page
    assert "A photograph has no parts." in page
    assert "<h1>Hall 2</h1>" in await renamed.text()
    assert "<code>tank</code>" in await replaced.text()
    removed = await operator.post(f"{place}/delete")
    assert removed.url.path == "/pictures"
    assert (await operator.get(place)).status == 404


async def test_what_is_no_picture_comes_back_with_the_reason(operator: Client):
    for content, why in (
        (b"MZ", "This is no picture that a dashboard can show."),
        (png(1, 1) + bytes(MAX_BYTES), "The file is larger than 2 MiB."),
        (b"<svg", "This is no SVG that can be read."),
    ):
        page = await operator.post("/pictures", data=form(content))
        api = await operator.post(API, data=form(content))

        assert page.status == 422
        assert why in await page.text()
        assert api.status == 422
    empty = await operator.post("/pictures", data={"name": "x"})
    assert "Choose the file of a picture." in await empty.text()
    assert await (await operator.get(API)).json() == []


async def test_a_picture_that_a_dashboard_shows_is_not_removed(operator: Client):
    picture = await uploaded(operator)
    board = await (await operator.post("/api/v1/dashboards", json={"name": "Hall"})).json()
    widget = {
        "widget_type": "stat_card",
        "title": "x",
        "config_json": f'{{"picture": "{picture["public_id"]}"}}',
    }
    await operator.post(f"/api/v1/dashboards/{board['public_id']}/widgets", json=widget)

    api = await operator.delete(f"{API}/{picture['public_id']}")
    page = await operator.post(f"/pictures/{picture['public_id']}/delete")

    assert api.status == 409
    assert "The picture is shown on “Hall”." in await page.text()


async def test_viewers_look_and_change_nothing_and_the_trail_tells_of_operators(operator: Client):
    picture = await uploaded(operator)
    viewer = {"Authorization": f"Bearer {await make_token(operator, UserRole.viewer)}"}
    operator.session.cookie_jar.clear()

    page = await operator.get("/pictures", headers=viewer)
    refused = await operator.post(API, data=form(DRAWING), headers=viewer)
    content = await operator.get(f"{API}/{picture['public_id']}/content", headers=viewer)

    assert "Add a picture" not in await page.text()
    assert refused.status == 403
    assert content.status == 200
    async with app_of(operator)[keys.DATABASE].read() as session:
        found = await list_audit_entries(session, AuditFilter(noun="pictures"), limit=10)
    assert [entry.object_name for entry in found] == ["plant"]
