"""How numbers and durations are written, and how typed ones are read."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import BaseModel, ConfigDict

from webmacs_edge.web.forms import read_form
from webmacs_edge.web.wording import (
    about,
    count,
    duration,
    file_size,
    number,
    short_number,
    stopwatch,
)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (412.64, 1, "412.6"),
        (-12.5, 2, "−12.50"),
        (-0.04, 1, "0.0"),
        (0.0, 0, "0"),
        (1e6, 0, "1000000"),
    ],
)
def test_a_number_has_fixed_decimals_and_a_real_minus(value: float, decimals: int, text: str):
    assert number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"), [(410.0, "410"), (0.5, "0.5"), (-20.0, "−20"), (0.0, "0"), (-0.0, "0")]
)
def test_a_bound_is_as_short_as_it_can_be(value: float, text: str):
    assert short_number(value) == text


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [
        (-5, "0.0 s"),
        (100, "0.1 s"),
        (14_900, "14 s"),
        (146_000, "2 min 26 s"),
        (120_000, "2 min"),
        (6_000_000, "1 h 40 min"),
        (273_600_000, "3 d 4 h"),
    ],
)
def test_a_duration_is_said_in_two_units_at_most(length_ms: float, text: str):
    assert duration(length_ms) == text


def test_long_counts_are_grouped_and_long_runs_go_on_counting_hours():
    assert count(18_204_331) == "18,204,331"
    assert stopwatch(90_061_000) == "25:01:01"


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    limit: float | None = None
    ticked: bool = False


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"name": "a", "limit": "−12,5", "ticked": "true"}, {}),
        ({"name": "a", "limit": ""}, {}),
        ({"name": " "}, {"name": "Please fill this in."}),
        (
            {"name": "a", "limit": "much"},
            {"limit": "Please write a number, such as 12.5."},
        ),
        (
            {"name": "a", "colour": "red"},
            {"": "This form has no field “colour”. Load the page again."},
        ),
    ],
)
async def test_a_form_is_read_as_people_write(typed: dict[str, str], errors: dict[str, str]):
    async def answer(request: web.Request) -> web.Response:
        kept, form, found = await read_form(request, _Form)
        return web.json_response(
            {"kept": kept, "form": form and form.model_dump(), "errors": found}
        )

    app = web.Application()
    app.router.add_post("/", answer)
    async with TestClient(TestServer(app)) as client:
        read = await (await client.post("/", data=typed)).json()

    assert read["errors"] == errors
    assert read["kept"] == typed
    assert (read["form"] is None) == bool(errors)
    if typed.get("limit") == "−12,5":
        assert read["form"] == {"name": "a", "limit": -12.5, "ticked": True}


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (0, "0"),
        (7.4, "7"),
        (99, "99"),
        (3049, "3,000"),
        (18_204_331, "18,000,000"),
        (9960, "10,000"),
    ],
)
def test_an_estimate_has_two_digits_that_count(samples, words):
    assert about(samples) == words


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 kB"), (45_200, "45 kB"), (999_600, "1.0 MB"), (4_490_000, "4.5 MB"),
        (120_000_000, "120 MB"), (2_300_000_000, "2.3 GB"), (45e12, "45000 GB"),
    ],
)  # fmt: skip
def test_a_size_has_the_unit_that_suits_it(size_bytes, words):
    assert file_size(size_bytes) == words
