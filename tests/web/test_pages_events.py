"""Pages about channels: the table, the settings, adding and removing."""

import re
from typing import Any

import pytest

from tests.conftest import Client, app_of, channels_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys


async def channel(client: Client, *, digital: bool = False) -> Any:
    station: Any = app_of(client)[keys.STATION]
    return next(
        event
        for event in await channels_of(client)
        if event.is_digital is digital and (digital or station.point(event.point_id).low == 4000)
    )


async def form_of(client: Client, event: Any) -> dict[str, str]:
    """The form as a browser would send it back."""
    html = await (await client.get(f"/events/{event.public_id}/edit")).text()
    fields = re.findall(
        r'<input class="input" id="\w+" name="(\w+)" type="text" value="(.*?)"', html
    )
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)"', html)
    ways = re.findall(r'<input type="radio" name="(scaling)" value="(\w+)" checked', html)
    return {
        **dict(fields), **dict(hidden), **dict(ways), "type": event.type.value, "recorded": "true"
    }  # fmt: skip


async def save(client: Client, event: Any, **typed: str) -> tuple[int, str]:
    form = await form_of(client, event) | typed
    path = f"/events/{event.public_id}"
    answer = await client.post(path, data=form, allow_redirects=False)
    return answer.status, await answer.text()


def stored(client: Client, event: Any) -> Any:
    return app_of(client)[keys.STATION].event_by_public_id(event.public_id)


async def test_the_table_shows_every_channel_with_its_place_and_value(viewer: Client):
    events = await channels_of(viewer)

    html = await (await viewer.get("/events")).text()

    assert html.count('<tr id="event-') == len(events)
    assert "AIO 32 · " in html
    assert "Recorded" in html
    assert "Unused I/O points" in html


async def test_a_viewer_sees_but_finds_nothing_to_change(viewer: Client):
    event = await channel(viewer)

    html = await (await viewer.get("/events")).text()
    edit = await viewer.get(f"/events/{event.public_id}/edit")
    saved = await viewer.post(f"/events/{event.public_id}", data={"name": "x"})
    removed = await viewer.post(f"/events/{event.public_id}/remove")

    assert "/edit" not in html
    assert "Add channel" not in html
    assert (edit.status, saved.status, removed.status) == (403, 403, 403)


async def test_the_poll_brings_a_value_for_every_place_in_the_table(viewer: Client):
    events = await channels_of(viewer)

    answer = await viewer.get("/events/values")

    html = await answer.text()
    assert answer.headers["HX-Trigger"] == "webmacs:alive"
    for event in events:
        assert f'id="now-{event.public_id}"' in html
    assert html.count("hx-swap-oob") == len(events)


async def test_two_points_change_the_value_from_the_next_scan_on(operator: Client):
    event: Any = await channel(operator)
    hub: Any = app_of(operator)[keys.HUB]

    status, _ = await save(
        operator,
        event,
        scaling="two_point",
        native_low="4000",
        scaled_low="1000",
        native_high="20000",
        scaled_high="2000",
        min_value="0",
        max_value="3000",
    )

    assert status == 303
    assert stored(operator, event).factor == pytest.approx(1000 / 16000)
    assert stored(operator, event).offset == pytest.approx(750)

    def rescaled() -> bool:
        return bool(hub.latest(event.id).value > 700)

    await eventually(rescaled, what="the rescaled value")


async def test_factor_and_offset_are_kept_to_the_last_digit(operator: Client):
    event = await channel(operator)

    status, _ = await save(
        operator, event, scaling="factor", factor="0,00625", offset="−12.5", min_value="-100"
    )

    assert status == 303
    assert (stored(operator, event).factor, stored(operator, event).offset) == (0.00625, -12.5)


async def test_saving_a_form_as_it_came_changes_nothing(operator: Client):
    event = await channel(operator)
    before = {name: getattr(event, name) for name in ("name", "unit", "factor", "min_value")}

    status, _ = await save(operator, event)

    after = stored(operator, event)
    assert status == 303
    for name, value in before.items():
        assert getattr(after, name) == (pytest.approx(value) if name == "factor" else value)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"high_limit": "900000"}, "high_limit", "900000 is above the range."),
        ({"min_value": "5", "max_value": "5"}, "max_value", "The minimum must be below"),
        ({"scaled_high": "high"}, "scaled_high", "Please write a number"),
        ({"native_high": "4000"}, "native_high", "The two native values must differ"),
        ({"name": ""}, "name", "Please fill this in."),
        ({"decimals": "12"}, "decimals", "Please use 9 or less."),
        ({"divider": "0"}, "divider", "Please use 1 or more."),
        ({"deadband": "-1"}, "deadband", "Please use 0.0 or more."),
    ],
)
@pytest.mark.standing
async def test_a_faulty_setting_comes_back_as_typed_with_the_reason(
    operator: Client, typed: dict[str, str], field: str, sentence: str
):
    event = await channel(operator)

    status, html = await save(operator, event, **typed)

    assert status == 422
    assert sentence in html
    assert f'id="{field}-error"' in html
    for value in typed.values():
        assert f'value="{value}"' in html


async def test_a_name_that_is_taken_comes_back_at_its_field(operator: Client):
    event, other = await channel(operator), await channel(operator, digital=True)

    status, html = await save(operator, event, name=other.name)

    assert status == 409
    assert 'id="name-error"' in html
    assert f"There is a channel named “{other.name}” already." in html


async def test_a_form_that_is_out_of_date_overwrites_nothing(operator: Client):
    event = await channel(operator)
    old = await form_of(operator, event)
    await save(operator, event, name="First")

    path = f"/events/{event.public_id}"
    answer = await operator.post(path, data=old | {"name": "Second"}, allow_redirects=False)

    assert answer.status == 409
    assert "Somebody else has changed this channel" in await answer.text()
    assert stored(operator, event).name == "First"


async def test_the_preview_says_what_the_signal_would_show(operator: Client):
    event = await channel(operator)
    form = await form_of(operator, event) | {"scaling": "factor", "factor": "0", "offset": "0"}
    path = f"/events/{event.public_id}/preview"

    wrong = await (await operator.post(path, data=form)).text()
    right = await (await operator.post(path, data=form | {"factor": "1"})).text()

    assert "The factor must not be 0" in wrong
    assert re.search(r"<b>[0-9.]+</b> µA", right)
    assert 'id="shows-as"' in right
    assert stored(operator, event).factor != 1


async def test_the_words_of_a_digital_channel_stand_in_the_table(operator: Client):
    event = await channel(operator, digital=True)

    status, _ = await save(operator, event, on_text="Runs", off_text="Rests")

    html = await (await operator.get("/events")).text()
    assert status == 303
    assert "Rests / Runs" in html


async def test_an_unused_point_becomes_a_channel_as_proposed(operator: Client):
    station = app_of(operator)[keys.STATION]
    point = station.unused_points()[0]

    answer = await operator.post("/events", data={"point_id": point.id})
    again = await operator.post("/events", data={"point_id": point.id}, allow_redirects=False)

    assert answer.url.path.endswith("/edit")
    assert any(event.point_id == point.id for event in station.events)
    assert again.status == 409


async def test_a_point_that_does_not_exist_is_not_found(operator: Client):
    answer = await operator.post("/events", data={"point_id": "99/none"})

    assert answer.status == 404


async def test_removing_asks_first_and_is_noted_in_the_log(operator: Client):
    event = await channel(operator)

    question = await (await operator.get(f"/events/{event.public_id}/remove")).text()
    await operator.post(f"/events/{event.public_id}/remove")

    log = await (await operator.get("/log")).text()
    assert "What it recorded stays" in question
    assert stored(operator, event) is None
    assert f"Channel “{event.name}” was removed" in log


async def test_a_channel_that_is_gone_is_not_found(client: Client):
    await sign_in_as(client, UserRole.operator)

    for path in ("/events/none/edit", "/events/none/remove"):
        assert (await client.get(path)).status == 404


async def test_a_channel_keeps_its_values_for_a_time_of_its_own(operator: Client):
    for digital in (False, True):
        event = await channel(operator, digital=digital)

        status, _ = await save(operator, event, retention_days="30", rollup_days="365")
        kept = stored(operator, event)
        days = (kept.retention_days, kept.rollup_days)
        again, _ = await save(operator, event, retention_days="", rollup_days="")

        assert (status, again, days) == (303, 303, (30, 365))
        assert stored(operator, event).retention_days is None


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"retention_days": "0"}, "retention_days", "Keep samples for 1 to 36500 days"),
        ({"rollup_days": "1.5"}, "rollup_days", "Please write a whole number, such as 12."),
        (
            {"retention_days": "30", "rollup_days": "7"},
            "rollup_days",
            "Summaries must be kept at least as long as the samples.",
        ),
    ],
)
@pytest.mark.standing
async def test_a_time_that_cannot_be_comes_back_with_the_reason(
    operator: Client, typed: dict[str, str], field: str, sentence: str
):
    status, html = await save(operator, await channel(operator), **typed)

    assert status == 422
    assert f'id="{field}-error"' in html
    assert sentence in html


async def test_a_channel_is_put_into_a_group_on_its_own_page_and_back_to_its_module(
    operator: Client,
):
    event = await channel(operator)

    assert (await save(operator, event, group_name="Bed"))[0] == 303
    named = stored(operator, event).group_name
    assert (await save(operator, event, group_name=""))[0] == 303

    assert named == "Bed"
    assert stored(operator, event).group_name == event.group_name
