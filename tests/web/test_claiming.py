"""Nobody claims a fresh appliance without the code that its console shows."""

from tests.conftest import Client, Start, app_of
from tests.web.test_pages_session import SET_UP
from webmacs_edge.store.setup_code import keep_setup_code, read_setup_code
from webmacs_edge.web import keys


async def test_whoever_knows_the_code_becomes_the_administrator_and_it_is_used_up(
    start: Start, plant
):
    async with start(plant, host="::") as client:
        data_dir = app_of(client)[keys.SETTINGS].data_dir
        code = keep_setup_code(data_dir)
        form = await (await client.get("/setup")).text()
        without = await client.post("/setup", data=SET_UP)
        wrong = await client.post("/setup", data={**SET_UP, "code": "2222-2222-2222"})
        right = await client.post("/setup", data={**SET_UP, "code": code.lower()})

        assert 'name="code"' in form
        assert code not in form
        assert [without.status, wrong.status] == [409, 409]
        assert "This is not the code of this box." in await wrong.text()
        assert right.url.path == "/"
        assert read_setup_code(data_dir) == ""


async def test_guessing_is_slowed_down(start: Start, plant):
    async with start(plant, host="::") as client:
        statuses = [
            (await client.post("/setup", data={**SET_UP, "code": f"GUESS{n}"})).status
            for n in range(8)
        ]

        assert statuses[:5] == [409] * 5
        assert statuses[-1] == 429


async def test_a_virtual_plant_for_this_machine_alone_asks_for_none_but_behind_a_proxy_it_does(
    client: Client,
):
    here = await client.get("/setup")
    handed_on = await client.get("/setup", headers={"X-Forwarded-For": "192.0.2.7"})

    assert 'name="code"' not in await here.text()
    assert 'name="code"' in await handed_on.text()
