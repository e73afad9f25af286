"""The history page: what was recorded, narrowed by its address, page by page."""

import re
from typing import Any

from tests.conftest import Client, app_of, channels_of
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.store.experiments import start_experiment, stop_experiment
from webmacs_edge.web import keys

START_MS = 1_700_000_000_250  # 2023-11-14T22:13:20.250Z: long before the appliance runs
START, END = "2023-11-14T22:13:20", "2023-11-14T22:20:00"
_CELL = re.compile(r'history-value">(.*?) <')


async def recorded(
    client: Client, values: list[float], qualities: list[Quality] | None = None
) -> Any:
    """The first channel, with these values a second apart from START on."""
    event = next(event for event in await channels_of(client) if not event.is_digital)
    recorder = app_of(client)[keys.HISTORY].recorder
    for index, value in enumerate(values):
        at_ms = START_MS + index * 1000
        quality = qualities[index] if qualities else Quality.GOOD
        recorder.take(Scan(at_ms, at_ms * 10**6, (event.id,), (value,), (quality,), (0,)))
    return event


async def shown(client: Client, **query: Any) -> str:
    answer = await client.get("/history", params=query)
    html = await answer.text()
    assert answer.status == 200, html
    return html


async def test_values_are_listed_and_drawn_with_ways_to_trends_and_export(viewer: Client):
    event = await recorded(viewer, [1.5, 9.5])

    html = await shown(viewer, channels=event.public_id, **{"from": START, "to": END})

    assert [float(value) for value in _CELL.findall(html)] == [9.5, 1.5]
    assert "14 Nov 2023 22:13:21.250" in html
    assert f'<span class="unit">{event.unit}</span>' in html
    assert html.count('class="run-line"') == 1
    assert f"/trends?channels={event.public_id}&amp;from=1700000000000&amp;to=" in html
    assert f"/export?channels={event.public_id}&amp;from=1700000000000&amp;to=" in html


async def test_pages_stay_as_they_were_while_values_come_in(viewer: Client):
    event = await recorded(viewer, [float(number) for number in range(120)])
    whole = {"channels": event.public_id, "span": "all", "until": str(START_MS + 100_000)}

    first = _CELL.findall(await shown(viewer, **whole))
    second = _CELL.findall(await shown(viewer, **whole, page=2))
    past = await shown(viewer, **whole, page=9_999_999)

    assert [round(float(value)) for value in [*first, *second]] == [*range(99, -1, -1)]
    assert "Nothing was recorded in this time" in past


async def test_values_of_one_quality_are_found_among_the_others(viewer: Client):
    qualities = [Quality.BAD if number == 3 else Quality.GOOD for number in range(10)]
    event = await recorded(viewer, [5.0] * 10, qualities)
    whole = {"channels": event.public_id, "from": START, "to": END}

    bad = await shown(viewer, **whole, quality="bad")
    stale = await shown(viewer, **whole, quality="stale")

    assert _CELL.findall(bad) == ["– – –"]
    assert "found in 10 values" in bad
    assert "Among the 10 values that were looked at there is none." in stale


async def test_an_experiment_narrows_to_what_ran_in_it(operator: Client):
    event = await recorded(operator, [1.0, 2.0, 3.0, 4.0])
    write = app_of(operator)[keys.DATABASE].write

    async def run(session: Any) -> str:
        made = await start_experiment(
            session, name="Sand", user_public_id=None, at_ms=START_MS + 1000
        )
        await stop_experiment(session, made.public_id, at_ms=START_MS + 2000)
        return str(made.public_id)

    run_id = await write(run)

    html = await shown(operator, channels=event.public_id, experiment=run_id)

    assert [float(value) for value in _CELL.findall(html)] == [3.0, 2.0]
    assert html.count(">Sand</a>") == 2


NOT_UNDERSTOOD = [
    ({"channels": "nothing"}, "There is no channel nothing."),
    ({"channels": ",".join(map(str, range(61)))}, "61 channels are too many."),
    ({"experiment": "nothing"}, "There is no experiment nothing."),
    ({"from": "soon"}, "“soon” is not a time."),
    ({"to": "2026-99-99T00:00"}, "is not a time."),
    ({"from": END, "to": START}, "The end must be after the start."),
    ({"quality": "splendid"}, "There is no quality “splendid”."),
    ({"until": "now"}, "“until” must be a whole number."),
]


async def test_what_cannot_be_understood_is_said_at_its_field(viewer: Client):
    for query, sentence in NOT_UNDERSTOOD:
        answer = await viewer.get("/history", params=query)

        html = await answer.text()
        assert answer.status == 422, query
        assert sentence in html
        assert 'class="field-error"' in html


async def test_garbled_places_show_the_first_page(viewer: Client):
    for query in ({"page": "-1"}, {"page": "x"}, {"skip": "x"}, {"span": "for ever"}):
        html = await shown(viewer, **query)

        assert 'aria-current="true">1 h</a>' in html


async def test_a_removed_channel_is_still_offered(operator: Client):
    event = (await channels_of(operator))[0]
    await operator.post(f"/events/{event.public_id}/remove")

    html = await shown(operator, channels=event.public_id)

    assert "<legend>Removed channels</legend>" in html
    assert f'value="{event.public_id}" checked' in html
