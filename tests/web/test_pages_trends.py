"""The trends page, its data and its stream."""

import asyncio
import json
from typing import Any

import pytest

from tests.conftest import Client, app_of, channels_of
from tests.waiting import eventually
from tests.web.alarms import make_alarm
from webmacs_edge.model.clock_marks import ClockEvent, ClockMark
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.text import text
from webmacs_edge.model.times import iso_z, now_ms
from webmacs_edge.store.clock_marks import add_clock_marks
from webmacs_edge.web import keys

MINUTE_MS = 60_000


async def analogue(client: Client) -> Any:
    return next(event for event in await channels_of(client) if not event.is_digital)


async def data_of(client: Client, ids: str, **query: Any) -> tuple[int, Any]:
    at_ms = now_ms()
    wanted = {"from": at_ms - MINUTE_MS, "to": at_ms + 1000, "width": 100} | query
    answer = await client.get("/trends/data", params={"channels": ids, **wanted})
    return answer.status, await answer.json()


async def test_the_page_starts_with_a_few_channels_that_measure_something(viewer: Client):
    answer = await viewer.get("/trends")

    html = await answer.text()
    assert answer.status == 200
    assert 1 <= html.count("<tr data-id=") <= 4
    assert 'data-digital="true"' not in html
    assert "This picture stands still" in html


async def test_without_scripts_the_server_draws_the_same_channels_and_time(viewer: Client):
    event = await analogue(viewer)
    at_ms = now_ms()
    span = {"from": at_ms - MINUTE_MS, "to": at_ms + 1000}
    await eventually(lambda: app_of(viewer)[keys.HUB].latest(event.id))

    drawn = await viewer.get("/trends/picture.svg", params={"channels": event.public_id, **span})
    many = ",".join(it.public_id for it in app_of(viewer)[keys.STATION].events[:9])
    refused = await viewer.get("/trends/picture.svg", params={"channels": many, **span})

    svg = await drawn.text()
    assert drawn.content_type == "image/svg+xml"
    assert event.name in svg
    assert len(svg) < 40_000
    assert refused.status == 422


async def test_an_address_reproduces_channels_and_span(viewer: Client):
    first, second, *_ = await channels_of(viewer)

    answer = await viewer.get(f"/trends?channels={second.public_id},{first.public_id}&span=6h")

    html = await answer.text()
    assert html.index(f'data-id="{second.public_id}"') < html.index(f'data-id="{first.public_id}"')
    assert html.count("<tr data-id=") == 2
    assert 'data-span="6h" aria-current="true"' in html


async def test_ticked_boxes_and_a_single_channel_make_the_same_address(viewer: Client):
    first, second, *_ = await channels_of(viewer)

    ticked = await viewer.get(f"/trends?channels={first.public_id}&channels={second.public_id}")
    single = await viewer.get(f"/trends?channel={first.public_id}")

    assert (await ticked.text()).count("<tr data-id=") == 2
    assert (await single.text()).count("<tr data-id=") == 1


async def test_too_many_channels_show_eight_and_say_so(viewer: Client):
    ids = ",".join(event.public_id for event in (await channels_of(viewer))[:9])

    answer = await viewer.get(f"/trends?channels={ids}")

    html = await answer.text()
    assert html.count("<tr data-id=") == 8
    assert "The chart holds 8 channels" in html


async def test_a_fixed_span_stands_in_the_page_and_a_garbled_one_is_forgotten(viewer: Client):
    fixed = await (await viewer.get("/trends?from=1000&to=61000")).text()
    garbled = await (await viewer.get("/trends?from=x&to=61000&span=nonsense")).text()

    assert 'data-from="1000" data-to="61000"' in fixed
    assert 'data-from="" data-to=""' in garbled
    assert 'data-span="15m" aria-current="true"' in garbled


async def test_the_data_hold_what_was_recorded(viewer: Client):
    event = await analogue(viewer)

    async def recorded() -> Any:
        status, data = await data_of(viewer, event.public_id)
        assert status == 200
        return data["channels"][0] if len(data["channels"][0]["at"]) > 3 else None

    channel = await eventually(recorded, what="recorded values")
    assert channel["id"] == event.public_id
    assert channel["at"] == sorted(channel["at"])
    for low, mean, high in zip(channel["low"], channel["mean"], channel["high"], strict=True):
        assert low <= mean + 0.01
        assert mean <= high + 0.01
    assert channel["gaps"] == []  # what lies before the first value ever is not a gap


async def test_a_span_after_the_last_value_is_one_gap(viewer: Client):
    event, at_ms = await analogue(viewer), now_ms() + MINUTE_MS

    async def gaps() -> Any:
        _, data = await data_of(viewer, event.public_id, **{"from": at_ms, "to": at_ms + 1000})
        return data["channels"][0]["gaps"]

    assert await eventually(gaps, what="a gap") == [[at_ms, at_ms + 1000, 0]]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"width": 2001}, "Use a width from 10 to 2000 points."),
        ({"width": "wide"}, "“width” must be a whole number."),
        ({"from": 5000, "to": 5000}, "“from” must lie before “to”."),
        ({"from": "-5"}, "“from” must be a whole number."),
        ({"from": "9" * 400}, "“from” must be a whole number."),
        ({"from": 0}, "longer than ten years"),
        ({"channels": ""}, "Name one channel or more"),
        ({"channels": "no-such"}, "There is no channel no-such."),
        ({"channels": ",".join("abcdefghi")}, "9 channels are too many"),
    ],
)
@pytest.mark.standing
async def test_data_that_cannot_be_had_are_refused_with_the_reason(
    viewer: Client, query: dict[str, Any], sentence: str
):
    event = await analogue(viewer)

    status, body = await data_of(viewer, event.public_id, **query)

    assert status == 422
    assert sentence in body["detail"]


async def test_the_stream_sends_the_newest_values_of_the_chosen_channels(viewer: Client):
    _, second, *_ = await channels_of(viewer)

    async with viewer.get(f"/streams/trend?channels={second.public_id}") as answer:
        assert answer.status == 200
        messages = [message async for message in _messages(answer, count=3)]

    assert [entry[0] for entry in messages[0]["values"]] == [0]
    _, at_ms, _value, quality = messages[0]["values"][0]
    assert abs(at_ms - now_ms()) < 10_000
    assert quality in range(4)
    assert messages[2]["at"] - messages[0]["at"] >= 350  # five a second at most


async def test_leaving_the_stream_frees_its_place(viewer: Client):
    event, hub = await analogue(viewer), app_of(viewer)[keys.HUB]
    async with viewer.get(f"/streams/trend?channels={event.public_id}") as answer:
        await anext(_messages(answer, count=1))
        assert hub.watchers == 1

    await eventually(lambda: hub.watchers == 0, what="nobody watching")


async def test_the_file_holds_the_samples_of_the_chosen_channels_only(viewer: Client):
    event, at_ms = await analogue(viewer), now_ms()

    async def rows() -> list[str]:
        query = f"channels={event.public_id}&from={at_ms - MINUTE_MS}&to={at_ms + MINUTE_MS}"
        answer = await viewer.get(f"/trends/export.csv?{query}")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        return (await answer.text()).split("\r\n")[1:-1]

    lines = await eventually(rows, what="exported rows")
    assert all(f",{event.public_id}," in line for line in lines)


async def test_statistics_are_of_every_sample_and_count_the_time_above_what_was_asked(
    viewer: Client,
):
    event, at_ms = await analogue(viewer), now_ms()
    span = {"from": at_ms - MINUTE_MS, "to": at_ms + MINUTE_MS}
    query = {"channels": event.public_id, **span, f"above.{event.public_id}": "-1e9"}

    async def counted() -> Any:
        answer = await viewer.get("/trends/statistics", params=query)
        found = (await answer.json())["channels"][0]
        return found if found["count"] > 3 else None

    found = await eventually(counted, what="counted samples")
    assert found["low"] - 1e-9 <= found["mean"] <= found["high"] + 1e-9  # of sums of floats
    assert found["above_s"] == pytest.approx(found["held_s"])
    wrong = await viewer.get(
        "/trends/statistics", params=query | {f"above.{event.public_id}": "much"}
    )
    assert wrong.status == 422
    assert "410.5" in (await wrong.json())["detail"]


async def test_marks_are_experiments_notes_of_these_channels_and_alarms(operator: Client):
    first, second, *_ = await channels_of(operator)
    alarm = await make_alarm(operator, "Hot")
    await alarm.set(150, active=True)
    await operator.post("/api/v1/experiments", json={"name": "Run 7"})
    for channel in (None, first.public_id, second.public_id):
        note = {"at": iso_z(now_ms()), "text": f"of {channel}", "event_public_id": channel}
        assert (await operator.post("/api/v1/annotations", json=note)).status == 201

    at_ms = now_ms()
    await app_of(operator)[keys.DATABASE].write(
        lambda session: add_clock_marks(
            session, [ClockMark(ClockEvent.set, at_ms, -5000)], at_ms=at_ms
        )
    )

    broken = text("Wire break")
    reasons = {0: broken, 1: broken}
    app_of(operator)[keys.REASONS].take(
        Scan(at_ms, 0, (first.id, second.id), (1.0, 1.0), (Quality.BAD,) * 2, reasons=reasons)
    )
    await app_of(operator)[keys.REASONS].flush()

    span = {"from": now_ms() - MINUTE_MS, "to": now_ms() + MINUTE_MS}
    answer = await operator.get("/trends/marks", params={"channels": first.public_id, **span})

    marks = await answer.json()
    [doubt] = [it for it in marks["reasons"] if it["text"] == "Wire break"]
    assert (doubt["channel"], doubt["quality"]) == (first.public_id, "bad")
    assert [run["name"] for run in marks["experiments"]] == ["Run 7"]
    assert [note["text"] for note in marks["notes"]] == ["of None", f"of {first.public_id}"]
    assert all(note["mine"] for note in marks["notes"])
    assert [(it["name"], it["priority"]) for it in marks["alarms"]] == [("Hot", "high")]
    assert marks["alarms"][0]["channel"]
    assert marks["clock"][-1]["text"] == "The clock was set back by 5 s; stamps repeat."
    assert marks["more"] is False


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("start=2026-03-01&end=2026-03-01", 'data-from="1772323200000" data-to="1772409600000"'),
        ("start=2026-03-01&end=2026-02-01", "The end must be after the start."),
        ("start=yesterday&end=2026-02-01", "“yesterday” is not a time."),
        ("span=all", 'data-span="all" aria-current="true"'),
        ("shift=86400000", 'data-shift="86400000"'),
        ("shift=much&zero=-5", 'data-shift="0"'),
        ("run=gone&against=gone", 'data-beside=""'),
    ],
)
@pytest.mark.standing
async def test_times_typed_and_compared_stand_in_the_page(viewer: Client, query: str, shown: str):
    answer = await viewer.get(f"/trends?{query}")

    assert answer.status == 200
    assert shown in await answer.text()


async def test_trends_want_somebody_signed_in(client: Client, viewer: Client):
    viewer.session.cookie_jar.clear()

    page = await client.get("/trends", allow_redirects=False)
    stream = await client.get("/streams/trend?channels=x", allow_redirects=False)

    assert page.status == 303
    assert stream.status == 401


async def _messages(answer: Any, *, count: int) -> Any:
    left = count
    async with asyncio.timeout(10):
        async for line in answer.content:
            if line.startswith(b"data:") and left:
                left -= 1
                yield json.loads(line[5:])
            if not left:
                return
