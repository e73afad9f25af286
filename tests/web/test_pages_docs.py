"""The page that lists the API, as people and their programs find it."""

import json

from tests.conftest import Client
from webmacs_edge.web.described import entries_by_tag


async def test_the_page_lists_every_operation_to_everybody(client: Client):
    document = await (await client.get("/openapi.json")).text()

    answer = await client.get("/docs")

    page = await answer.text()
    assert answer.status == 200
    entries = [one for group in entries_by_tag(document).values() for one in group]
    told = json.loads(document)["paths"]
    assert len(entries) == sum(len(methods) for methods in told.values())
    for entry in entries:
        assert f"<code>{entry.path}</code>" in page
    assert "<script" not in page.replace('<script src="/static/', "")


async def test_the_page_names_fields_with_their_bounds(client: Client):
    page = await (await client.get("/docs")).text()

    assert "<code>cooldown_seconds</code>" in page
    assert "integer, ≥ 0, ≤ 31622400, default 60" in page


async def test_the_second_address_of_2x_leads_there(client: Client):
    answer = await client.get("/redoc", allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (303, "/docs")


async def test_the_description_is_made_once(client: Client):
    first = await (await client.get("/openapi.json")).text()
    second = await (await client.get("/openapi.json")).text()

    assert first == second
