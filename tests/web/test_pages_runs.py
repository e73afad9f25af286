"""What is said about an experiment, its notes and phases, figures, report, and others beside it."""

from tests.conftest import Client, app_of
from tests.waiting import eventually
from tests.web.test_pages_experiments import start, stop
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.experiments import get_experiment
from webmacs_edge.web import keys


async def test_what_is_said_at_the_start_stands_on_its_page_and_finds_it(operator: Client):
    form = {
        "name": "Sand 7", "description": "At 2 bar.\n3 kg", "tags": "sand, air", "operators": "Ada",
    }  # fmt: skip
    await operator.post("/experiments", data=form)

    found = await (await operator.get("/experiments?tag=sand&search=2+bar")).text()
    other = await (await operator.get("/experiments?tag=san")).text()
    assert "Sand 7" in found
    assert "None is like that" in other


async def test_a_duplicate_begins_with_the_words_of_its_model_and_the_next_name(operator: Client):
    await operator.post("/experiments", data={"name": "Sand, run 7", "tags": "sand"})
    public_id = (await (await operator.get("/api/v1/experiments")).json())["data"][0]["public_id"]
    await stop(operator, public_id)

    html = await (await operator.get(f"/experiments?like={public_id}")).text()

    assert 'value="Sand, run 8"' in html
    assert 'value="sand"' in html


async def test_notes_and_phases_of_the_running_one_come_from_any_page(operator: Client):
    public_id = await start(operator)
    head = await (await operator.get("/log")).text()

    await operator.post("/experiments/note", data={"text": "It bubbles"})
    await operator.post("/experiments/phase", data={"phase": "Holding"})

    html = await (await operator.get(f"/experiments/{public_id}")).text()
    phases = await (await operator.get(f"/api/v1/experiments/{public_id}/phases")).json()
    assert 'href="/experiments/note"' in head
    assert "It bubbles" in html
    assert "Holding" in html
    assert [(it["name"], it["author"]) for it in phases] == [("Holding", "operator person")]


async def test_without_a_running_experiment_there_is_nothing_to_note_it_in(operator: Client):
    page = await (await operator.get("/experiments/note")).text()
    refused = await operator.post("/experiments/note", data={"text": "Lost?"})

    assert "No experiment is running" in page
    assert refused.status == 409


async def test_an_empty_note_comes_back_with_what_is_wrong(operator: Client):
    await start(operator)

    answer = await operator.post("/experiments/note", data={"text": "  "})

    assert answer.status == 422
    assert 'id="text-error"' in await answer.text()


async def test_a_stopped_experiment_gets_no_more_phases_but_keeps_those_it_has(operator: Client):
    public_id = await start(operator)
    path = f"/api/v1/experiments/{public_id}/phases"
    made = await (await operator.post(path, json={"name": "Heating"})).json()
    await stop(operator, public_id)

    late = await operator.post(path, json={"name": "Too late"})
    removed = await operator.delete(f"{path}/{made['public_id']}")

    assert late.status == 409
    assert removed.status == 200
    assert await (await operator.get(path)).json() == []


async def test_the_outcome_is_given_at_the_stop_and_can_be_judged_again(operator: Client):
    public_id = await start(operator)
    said = {"outcome": "aborted", "conclusion": "Power cut."}

    await operator.post(f"/experiments/{public_id}/stop", data=said)
    first = await (await operator.get(f"/experiments/{public_id}")).text()
    await operator.post(f"/experiments/{public_id}/outcome", data={"outcome": "success"})
    again = await (await operator.get(f"/api/v1/experiments/{public_id}")).json()

    assert "Power cut." in first
    assert "Aborted" in first
    assert (again["outcome"], again["conclusion"]) == ("success", "")


async def test_an_unknown_outcome_is_refused_and_the_experiment_runs_on(operator: Client):
    public_id = await start(operator)

    answer = await operator.post(f"/experiments/{public_id}/stop", data={"outcome": "splendid"})

    async with app_of(operator)[keys.DATABASE].read() as session:
        running = await get_experiment(session, public_id)
    assert answer.status == 422
    assert running.stopped_on_ms is None


async def test_key_figures_are_of_the_time_of_the_run(operator: Client):
    public_id = await start(operator)

    async def figures() -> str:
        return await (await operator.get(f"/experiments/{public_id}/figures")).text()

    async def filled() -> bool:
        return "Bed temperature" in await figures()

    await eventually(filled, what="figures")
    html = await figures()
    assert 'class="run-line" d="M' in html
    assert 'hx-trigger="every 5s"' in html
    await stop(operator, public_id)
    assert "hx-trigger" not in await figures()


async def test_the_report_has_everything_and_no_form(operator: Client):
    public_id = await start(operator, "Sand <7>")
    await operator.post("/experiments/note", data={"text": "A & B"})
    await stop(operator, public_id)

    html = await (await operator.get(f"/experiments/{public_id}/report")).text()

    main = html[html.index("<main") :]
    assert "Sand &lt;7&gt;" in main
    assert "A &amp; B" in main
    assert "<form" not in main


async def test_experiments_are_laid_side_by_side_up_to_four(operator: Client):
    made = []
    for number in range(5):
        made.append(await start(operator, f"Run {number}"))
        await stop(operator, made[-1])
    others = "&".join(f"with={public_id}" for public_id in made[1:])

    html = await (await operator.get(f"/experiments/{made[0]}/compare?{others}")).text()

    legend = html[html.index("run-legend") : html.index("</ul>", html.index("run-legend"))]
    assert [f"Run {number}" in legend for number in range(5)] == [True] * 4 + [False]
    assert "More than four" in html


async def test_a_viewer_reads_the_run_but_notes_nothing(viewer: Client):
    assert viewer is not None
    refused = await viewer.post("/experiments/note", data={"text": "Me too"})
    page = await (await viewer.get("/experiments")).text()

    assert refused.status == 403
    assert UserRole.viewer in page
    assert 'href="/experiments/note"' not in page
