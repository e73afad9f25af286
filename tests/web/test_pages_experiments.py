"""Pages about experiments: start, stop, rename, delete, download."""

from urllib.parse import unquote

from tests.conftest import Client, app_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.experiments import list_experiments
from webmacs_edge.web import keys


async def start(client: Client, name: str = "Run 7") -> str:
    """Start one; its public id."""
    answer = await client.post("/experiments", data={"name": name}, allow_redirects=False)
    assert answer.status == 303
    async with app_of(client)[keys.DATABASE].read() as session:
        return (await list_experiments(session, page=1, page_size=1)).rows[0].public_id


async def stop(client: Client, public_id: str) -> None:
    answer = await client.post(f"/experiments/{public_id}/stop", allow_redirects=False)
    assert answer.status == 303


async def test_without_experiments_the_page_says_what_they_are_for(operator: Client):
    html = await (await operator.get("/experiments")).text()

    assert "No experiments yet" in html
    assert "Start an experiment" in html


async def test_a_started_experiment_runs_on_every_page_and_in_the_log(operator: Client):
    await start(operator, "Sand 0.5 mm, run 7")

    page = await (await operator.get("/experiments")).text()
    live = await (await operator.get("/")).text()
    log = await (await operator.get("/log")).text()
    trends = await (await operator.get("/trends?span=run")).text()
    assert "Running now" in page
    assert "Running experiment" in live
    assert "Experiment “Sand 0.5 mm, run 7” was started by operator person." in log
    assert 'data-span="run" aria-current="true"' in trends


async def test_a_second_one_cannot_start_while_one_runs(operator: Client):
    await start(operator, "First")

    answer = await operator.post("/experiments", data={"name": "Second"})

    assert answer.status == 409
    assert "“First” is running. Stop it before you start another." in await answer.text()


async def test_a_name_that_is_taken_comes_back_at_its_field_as_typed(operator: Client):
    await stop(operator, await start(operator, "Twice"))

    answer = await operator.post("/experiments", data={"name": "Twice"})

    html = await answer.text()
    assert answer.status == 409
    assert 'id="name-error"' in html
    assert 'value="Twice"' in html


async def test_an_experiment_needs_a_name(operator: Client):
    answer = await operator.post("/experiments", data={"name": "  "})

    assert answer.status == 422
    assert "Please fill this in." in await answer.text()


async def test_stopping_asks_first_and_happens_once(operator: Client):
    public_id = await start(operator)

    question = await (await operator.get(f"/experiments/{public_id}/stop")).text()
    await stop(operator, public_id)
    await stop(operator, public_id)

    log = (await (await operator.get("/api/v1/logging")).json())["data"]
    assert "Stop Run 7?" in question
    assert [it["content"] for it in log if "Run 7” was stopped" in it["content"]] == [
        "Experiment “Run 7” was stopped by operator person."
    ]


async def test_the_detail_page_leads_to_the_trend_of_the_span(operator: Client):
    public_id = await start(operator)
    await stop(operator, public_id)

    html = await (await operator.get(f"/experiments/{public_id}")).text()

    assert "operator person" in html
    assert "/trends?from=" in html
    assert f"/experiments/{public_id}/export.csv" in html


async def test_renaming_keeps_the_experiment_and_refuses_a_taken_name(operator: Client):
    first = await start(operator, "First")
    await stop(operator, first)
    second = await start(operator, "Second")

    renamed = await operator.post(f"/experiments/{first}", data={"name": "Better"})
    refused = await operator.post(f"/experiments/{second}", data={"name": "Better"})

    assert "Better" in await renamed.text()
    assert refused.status == 409
    assert 'id="name-error"' in await refused.text()


async def test_deleting_says_that_the_values_stay(operator: Client):
    public_id = await start(operator)
    await stop(operator, public_id)

    question = await (await operator.get(f"/experiments/{public_id}/delete")).text()
    await operator.post(f"/experiments/{public_id}/delete")

    assert "The measured values stay" in question
    assert (await operator.get(f"/experiments/{public_id}")).status == 404


async def test_the_file_has_the_rows_of_the_run_and_a_name_for_every_browser(operator: Client):
    public_id = await start(operator, "Lauf “Größe” 1/2")

    async def rows() -> list[str]:
        answer = await operator.get(f"/experiments/{public_id}/export.csv")
        disposition = answer.headers["Content-Disposition"]
        assert "Größe" in unquote(disposition)
        assert disposition.isascii()
        assert "/" not in disposition.partition("filename*")[0].partition("filename=")[2]
        return (await answer.text()).split("\r\n")

    async def filled() -> bool:
        return len(await rows()) > 10

    await eventually(filled, what="rows in the file")
    lines = await rows()
    assert lines[0] == "timestamp,event_name,event_public_id,value,unit,datapoint_public_id"
    assert lines[1].count(",") >= 5


async def test_a_viewer_sees_but_changes_nothing(viewer: Client):
    html = await (await viewer.get("/experiments")).text()
    refused = await viewer.post("/experiments", data={"name": "Mine"})

    assert "Start an experiment" not in html
    assert refused.status == 403


async def test_an_experiment_is_protected_and_released_with_a_note_each(operator: Client):
    public_id = await start(operator, "Keep me")
    path = f"/experiments/{public_id}"

    plain = await (await operator.get(path)).text()
    for _ in range(2):
        await operator.post(f"{path}/protect", data={"protected": "true"})
    listed = await (await operator.get("/experiments")).text()
    protected = await (await operator.get(path)).text()
    await operator.post(f"{path}/protect")
    released = await (await operator.get("/experiments")).text()

    log = await (await operator.get("/log")).text()
    assert "Protect its data from thinning" in plain
    assert "End protection" in protected
    assert "Protected</span>" in listed
    assert "Protected</span>" not in released
    assert log.count("Experiment “Keep me” is protected from thinning by operator person.") == 1
    assert log.count("Experiment “Keep me” is no longer protected by operator person.") == 1


async def test_a_viewer_sees_the_protection_but_cannot_change_it(client: Client):
    await sign_in_as(client, UserRole.operator)
    path = f"/experiments/{await start(client)}"
    await client.post(f"{path}/protect", data={"protected": "true"})
    await sign_in_as(client, UserRole.viewer)

    html = await (await client.get(path)).text()
    answer = await client.post(f"{path}/protect")

    assert "Retention leaves every value of this time whole" in html
    assert "End protection" not in html
    assert answer.status == 403


async def test_an_experiment_that_is_gone_cannot_be_protected(operator: Client):
    answer = await operator.post("/experiments/none/protect", data={"protected": "true"})

    assert answer.status == 404
