"""The export page: what it offers, what it sends, how it is followed and stopped."""

import csv
import io
import json
from typing import Any

import numpy as np
import pytest

from tests.conftest import Client, app_of, channels_of, make_token
from webmacs_edge.history.export.parquet import has_parquet
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import HOUR_MS, now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.events import remove_event, update_event
from webmacs_edge.store.experiments import start_experiment, stop_experiment
from webmacs_edge.web import keys

JOB = "0123456789abcdef" * 2
START_MS = (
    1_700_000_000_000 // HOUR_MS * HOUR_MS
)  # 2023-11-14T22:00Z: long before the appliance runs
START, END = "2023-11-14T22:00:00", "2023-11-14T23:00:00"


async def record(client: Client, key: int, values: list[float], *, step_ms: int = 1000) -> None:
    """Samples of one channel, from `START_MS` on."""
    recorder = app_of(client)[keys.HISTORY].recorder
    for index, value in enumerate(values):
        at_ms = START_MS + index * step_ms
        recorder.take(Scan(at_ms, at_ms * 10**6, (key,), (value,), (Quality.GOOD,), (0,)))


async def a_channel(client: Client) -> Any:
    """A channel whose live values do not reach into the range of these tests."""
    return (await channels_of(client))[0]


def form(*public_ids: str, **given: str) -> list[tuple[str, str]]:
    """What the form sends."""
    fields = {"span": "between", "start": START, "end": END, **given}
    return [*fields.items(), *(("channels", public_id) for public_id in public_ids)]


async def ask(client: Client, *public_ids: str, **given: str) -> Any:
    return await client.post("/export/file", data=form(*public_ids, **given))


async def test_the_page_offers_every_channel_and_the_time_a_link_names(viewer: Client):
    event = await a_channel(viewer)
    link = f"/export?channels={event.public_id}&from={START_MS}&to={START_MS + HOUR_MS}"

    html = await (await viewer.get(link)).text()

    for channel in app_of(viewer)[keys.STATION].events:
        assert f'value="{channel.public_id}"' in html
    assert html.count(" checked>") == 1
    assert f'value="{START}"' in html
    assert f'value="{END}"' in html
    assert '<option value="between" selected>' in html


async def test_without_a_link_all_channels_of_the_last_day_are_chosen(viewer: Client):
    events = app_of(viewer)[keys.STATION].events

    html = await (await viewer.get("/export")).text()

    assert html.count('name="channels"') == len(events)
    assert html.count(" checked>") == len(events)
    assert '<option value="24h" selected>' in html


@pytest.mark.parametrize("query", ["from=x&to=1", "from=1", "to=9&from=99999999999999999999"])
@pytest.mark.standing
async def test_a_garbled_link_shows_the_ordinary_form(viewer: Client, query: str):
    answer = await viewer.get(f"/export?{query}")

    assert answer.status == 200


async def test_a_plain_form_downloads_the_values(viewer: Client):
    event = await a_channel(viewer)
    await record(viewer, event.id, [1.5, 2.5, 3.5])

    answer = await ask(viewer, event.public_id)

    rows = list(csv.DictReader(io.StringIO(await answer.text(), newline="")))
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "2023-11-14T22-00.csv" in answer.headers["Content-Disposition"]
    assert [float(row["value"]) for row in rows] == pytest.approx([1.5, 2.5, 3.5], abs=0.6)
    assert {row["event_public_id"] for row in rows} == {event.public_id}


async def test_each_kind_of_file_is_what_it_says(viewer: Client):
    event = await a_channel(viewer)
    await record(viewer, event.id, [1.0, 2.0, 3.0])

    wide = await ask(viewer, event.public_id, format="wide", delimiter="tab", step="2000")
    lines = await ask(viewer, event.public_id, format="jsonl", with_quality="true")
    numbers = await ask(viewer, event.public_id, format="npz")

    assert ".tsv" in wide.headers["Content-Disposition"]
    assert len((await wide.text()).splitlines()) == 3
    assert [json.loads(line)["quality"] for line in (await lines.text()).splitlines()] == [
        "good"
    ] * 3
    archive = np.load(io.BytesIO(await numbers.read()))
    assert archive[str(archive["channels"]["array"][0])]["value"].tolist() == [1.0, 2.0, 3.0]


async def test_times_are_those_of_the_site(start, plant):
    async with start(plant, time_zone="Europe/Berlin") as client:
        token = await make_token(client, UserRole.viewer)
        client.session.headers["Authorization"] = f"Bearer {token}"
        event = await a_channel(client)
        await record(client, event.id, [1.0])
        local = {"start": "2023-11-14T23:00:00", "end": "2023-11-14T23:00:01"}

        answer = await ask(client, event.public_id, local_times="true", **local)

        assert "\r\n2023-11-14 23:00:00.000," in await answer.text()


async def test_an_experiment_is_a_range(operator: Client):
    event = await a_channel(operator)
    await record(operator, event.id, [1.0, 2.0, 3.0, 4.0])

    async def run(session: Any) -> str:
        experiment = await start_experiment(
            session, name="Sand, run 7", at_ms=START_MS + 1000, user_public_id=None
        )
        await stop_experiment(session, experiment.public_id, at_ms=START_MS + 2000)
        return experiment.public_id

    public_id = await app_of(operator)[keys.DATABASE].write(run)
    answer = await ask(operator, event.public_id, span="experiment", experiment=public_id)

    page = await (await operator.get(f"/export?experiment={public_id}")).text()
    assert f'<option value="{public_id}" selected>Sand, run 7</option>' in page
    assert len((await answer.text()).splitlines()) == 3
    assert f"experiment_Sand,_run_7_{public_id[:8]}.csv" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"end": START}, "end", "The end must be after the start."),
        ({"start": "soon"}, "start", "“soon” is not a time."),
        ({"start": ""}, "start", "is not a time."),
        ({"span": "experiment"}, "experiment", "Choose the experiment."),
        ({"decimal_comma": "true"}, "delimiter", "A decimal comma needs another delimiter."),
        ({"step": "-1"}, "step", "Please use 0 or more."),
        ({"format": "xlsx"}, "format", "Please choose one of"),
    ],
)
@pytest.mark.standing
async def test_what_does_not_fit_comes_back_at_its_field(
    viewer: Client, given: dict[str, str], field: str, sentence: str
):
    event = await a_channel(viewer)

    answer = await ask(viewer, event.public_id, **given)

    html = await answer.text()
    assert answer.status == 422
    assert f'id="{field}-error"' in html
    assert sentence in html


@pytest.mark.skipif(has_parquet(), reason="pyarrow is installed")
async def test_parquet_is_refused_with_the_way_out_where_its_package_is_missing(viewer: Client):
    event = await a_channel(viewer)

    answer = await ask(viewer, event.public_id, format="parquet")

    assert answer.status == 422
    assert "need the package pyarrow" in await answer.text()


async def test_no_channel_and_an_unknown_channel_are_named(viewer: Client):
    none = await ask(viewer)
    unknown = await ask(viewer, "no-such")

    assert (none.status, unknown.status) == (422, 422)
    assert "Choose one channel or more." in await none.text()
    assert "There is no channel no-such." in await unknown.text()


async def test_a_renamed_and_a_removed_channel_keep_their_values(operator: Client):
    renamed, removed, *_ = await channels_of(operator)
    await record(operator, renamed.id, [1.0])
    await record(operator, removed.id, [2.0])
    database = app_of(operator)[keys.DATABASE]
    await database.write(
        lambda session: update_event(session, renamed.public_id, values={"name": "=Another"})
    )
    await database.write(lambda session: remove_event(session, removed.public_id, at_ms=now_ms()))

    page = await (await operator.get("/export")).text()
    text = await (await ask(operator, renamed.public_id, removed.public_id)).text()

    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert "Removed channels" in page
    assert [row["event_name"] for row in rows] == ["'=Another", removed.name]


async def test_the_form_takes_two_thousand_channels(viewer: Client):
    event = await a_channel(viewer)

    answer = await ask(viewer, event.public_id, *(f"none-{index}" for index in range(1999)))

    assert answer.status == 422
    assert "There is no channel none-0." in await answer.text()


async def test_an_estimate_says_about_how_much_it_is(viewer: Client):
    event = await a_channel(viewer)
    await record(viewer, event.id, [float(index) for index in range(3000)])
    await app_of(viewer)[keys.HISTORY].recorder.flush()

    part = await viewer.post(
        "/export", data=form(event.public_id), headers={"HX-Request-Type": "partial"}
    )
    page = await viewer.post("/export", data=form(event.public_id))
    nothing = await viewer.post(
        "/export",
        data=form(event.public_id, start="2001-01-01", end="2001-01-02"),
        headers={"HX-Request-Type": "partial"},
    )

    assert "About <b>3,000</b> values, <b>390 kB</b>" in await part.text()
    assert "<html" not in await part.text()
    assert "About <b>3,000</b> values" in await page.text()
    assert "Nothing was recorded in this time." in await nothing.text()


async def test_an_estimate_of_what_does_not_fit_says_why(viewer: Client):
    event = await a_channel(viewer)

    answer = await viewer.post(
        "/export",
        data=form(event.public_id, end=START),
        headers={"HX-Request-Type": "partial"},
    )

    assert answer.status == 200
    assert "The end must be after the start." in await answer.text()
