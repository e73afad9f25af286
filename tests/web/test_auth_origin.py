"""What a page of somebody else makes a browser send is refused."""

import pytest

from tests.conftest import Client, Start, make_token, sign_in_as
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole

EXPERIMENTS = "/api/v1/experiments"


async def _start(client: Client, headers: dict[str, str]) -> int:
    answer = await client.post(EXPERIMENTS, json={"name": "Run 1"}, headers=headers)
    return answer.status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://{host}"},
    ],
)
async def test_a_write_from_a_foreign_page_is_refused(operator: Client, headers: dict[str, str]):
    host = operator.make_url("/").authority
    sent = {name: value.replace("{host}", host) for name, value in headers.items()}

    assert await _start(operator, sent) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://{host}"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://outside.name"},  # behind a proxy
    ],
)
async def test_a_write_from_our_own_page_or_from_a_program_passes(
    operator: Client, headers: dict[str, str]
):
    host = operator.make_url("/").authority
    sent = {name: value.replace("{host}", host) for name, value in headers.items()}

    assert await _start(operator, sent) == 201


async def test_a_bearer_token_needs_no_origin_for_no_browser_adds_one(client: Client):
    token = await make_token(client, UserRole.operator)
    headers = {"Origin": "http://evil.example", "Authorization": f"Bearer {token}"}

    assert await _start(client, headers) == 201


async def test_signing_in_from_a_foreign_page_is_refused_too(operator: Client):
    answer = await operator.post(
        "/sign-in", data={"email": "a@b.de", "password": "x"}, headers={"Origin": "http://evil.de"}
    )

    assert answer.status == 403
    assert answer.content_type == "text/html"


async def test_an_origin_from_the_settings_may_write_and_read(start: Start, plant: VirtualRevPi):
    friend = "http://panel.plant.lan"
    async with start(plant, cors_origins=[friend]) as client:
        await sign_in_as(client, UserRole.operator)
        answer = await client.post(EXPERIMENTS, json={"name": "Run 1"}, headers={"Origin": friend})
        foreign = await client.get(EXPERIMENTS, headers={"Origin": "http://evil.example"})

    assert answer.status == 201
    assert answer.headers["Access-Control-Allow-Origin"] == friend
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in foreign.headers


async def test_a_preflight_is_answered_for_origins_from_the_settings_alone(
    start: Start, plant: VirtualRevPi
):
    friend = "http://panel.plant.lan"
    asked = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with start(plant, cors_origins=[friend]) as client:
        fine = await client.options(EXPERIMENTS, headers={**asked, "Origin": friend})
        foreign = await client.options(EXPERIMENTS, headers={**asked, "Origin": "http://evil.de"})

    assert fine.status == 200
    assert "PUT" in fine.headers["Access-Control-Allow-Methods"]
    assert fine.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    assert fine.headers["Access-Control-Max-Age"] == "600"
    assert foreign.status == 405
    assert "Access-Control-Allow-Origin" not in foreign.headers
