"""What the contract says of all operations together (§1.0), tried on every one of them."""

import re
from collections.abc import Iterator

from aiohttp import ClientResponse

from tests.conftest import Client, Start, make_token
from tests.web.replay.contract import STEPS, Step
from tests.web.replay.shapes import misfit
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole

FAULTS = [{"type": str, "loc": list, "msg": str}]
# Whatever has no page: the contract's lists that are plain arrays or a file.
NOT_PAGED = ("latest", "available", "packages", "channels", "check", "config", "authorize")


def _url(step: Step) -> str:
    return re.sub(r"\{[^{}]+\}", "none", step.operation[1])


def _with_bodies() -> Iterator[Step]:
    """Those that take a JSON body which cannot be empty."""
    return (step for step in STEPS if step.body is not None and step.operation[0] == "POST")


def _paged() -> Iterator[str]:
    for step in STEPS:
        method, path = step.operation
        last = path.rpartition("/")[2]
        if method == "GET" and isinstance(step.shape, dict) and "page_size" in step.shape:
            assert last not in NOT_PAGED
            yield path


async def _bearer(client: Client, role: UserRole = UserRole.admin) -> dict[str, str]:
    return {"Authorization": f"Bearer {await make_token(client, role)}"}


async def test_every_path_is_served_with_a_slash_and_never_redirects(client: Client):
    await make_token(client, UserRole.admin)
    for step in STEPS:
        answers = [
            await client.request(step.operation[0], url, data=b"{}", allow_redirects=False)
            for url in (_url(step), f"{_url(step)}/")
        ]
        statuses = {answer.status for answer in answers}
        assert len(statuses) == 1, f"{step.call}: {statuses}"
        assert statuses != {404} or "sso" in step.call, step.call
        assert not any("Location" in answer.headers for answer in answers), step.call


async def test_head_is_refused_and_the_way_out_named(client: Client):
    bearer = await _bearer(client)
    for url in sorted({_url(step) for step in STEPS}):
        answer = await client.head(url, headers=bearer, allow_redirects=False)

        assert answer.status == 405, url
        assert answer.headers["Allow"], url
        assert "HEAD" not in answer.headers["Allow"], url


async def test_other_methods_are_refused_in_json(client: Client):
    bearer = await _bearer(client)
    for url in sorted({_url(step) for step in STEPS}):
        answer = await client.patch(url, headers=bearer)

        assert (answer.status, await answer.json()) == (405, {"detail": "Method Not Allowed"}), url
        assert set(answer.headers["Allow"].split(",")) <= {"GET", "POST", "PUT", "DELETE"}, url


async def test_without_a_login_it_is_401_and_says_how(client: Client):
    await make_token(client, UserRole.admin)
    for step in STEPS:
        if step.role is None:
            continue
        none = await client.request(step.operation[0], _url(step), data=b"{}")
        basic = await client.request(
            step.operation[0], _url(step), data=b"{}", headers={"Authorization": "Basic eDp5"}
        )
        wrong = await client.request(
            step.operation[0], _url(step), data=b"{}", headers={"Authorization": "bearer x"}
        )

        assert [one.status for one in (none, basic, wrong)] == [401] * 3, step.call
        assert none.headers["WWW-Authenticate"] == "Bearer"
        assert "WWW-Authenticate" not in wrong.headers
        assert isinstance((await none.json())["detail"], str)


async def test_malformed_json_comes_first_then_the_login_then_the_fields(client: Client):
    bearer = await _bearer(client)
    for step in _with_bodies():
        url = _url(step)

        malformed = await client.post(url, data=b"{")
        empty = await client.post(url, data=b"{}", headers=bearer)

        await _check_faults(malformed, step)
        if "{" not in step.operation[1] and "sso" not in url:  # that one is switched off
            await _check_faults(empty, step)


async def _check_faults(answer: ClientResponse, step: Step) -> None:
    faults = (await answer.json())["detail"]
    assert answer.status == 422, step.call
    assert misfit(FAULTS, faults) == "", step.call
    assert all({"type", "loc", "msg", "input"} <= set(fault) for fault in faults), step.call
    assert faults[0]["loc"][0] == "body", step.call


async def test_pages_are_bounded_and_one_past_the_end_is_empty(client: Client):
    bearer = await _bearer(client)
    for path in _paged():
        if "{" in path:
            continue
        for query in ("page=0", "page=x", "page_size=0", "page_size=101", "page_size=1.5"):
            answer = await client.get(f"{path}?{query}", headers=bearer)
            assert answer.status == 422, f"{path}?{query}"
            place = (await answer.json())["detail"][0]["loc"]
            assert place == ["query", query.partition("=")[0]], path
        past = await client.get(f"{path}?page=9999&page_size=7&_t=1", headers=bearer)
        body = await past.json()
        assert past.status == 200, path
        assert list(body) == ["page", "page_size", "total", "data"], path
        assert (body["page"], body["page_size"], body["data"]) == (9999, 7, []), path


async def test_numbers_and_booleans_are_taken_as_2x_took_them(client: Client):
    bearer = await _bearer(client, UserRole.operator)
    for given in ({"w": "4"}, {"w": 4.0}, {"w": True}, {"x": "0", "h": " 2 "}):
        made = await client.post("/api/v1/dashboards", json={"name": "n"}, headers=bearer)
        widgets = f"/api/v1/dashboards/{(await made.json())['public_id']}/widgets"

        answer = await client.post(
            widgets, json={"widget_type": "gauge", "title": "t", **given}, headers=bearer
        )

        assert answer.status == 201, given
    for word, truth in (("yes", True), ("off", False), (1, True), (0, False), ("TRUE", True)):
        made = await client.post(
            "/api/v1/dashboards", json={"name": "n", "is_global": word}, headers=bearer
        )
        assert (await made.json())["is_global"] is truth, word


async def test_a_page_of_a_named_origin_may_use_every_operation(start: Start, plant: VirtualRevPi):
    origin = "http://pc7.plant.lan"
    async with start(plant, cors_origins=[origin]) as client:
        for step in STEPS:
            headers = {
                "Origin": origin,
                "Access-Control-Request-Method": step.operation[0],
                "Access-Control-Request-Headers": "authorization,content-type",
            }
            asked = await client.options(_url(step), headers=headers)
            answer = await client.request(
                step.operation[0], _url(step), data=b"{}", headers={"Origin": origin}
            )

            assert asked.status == 200, step.call
            assert step.operation[0] in asked.headers["Access-Control-Allow-Methods"], step.call
            assert asked.headers["Access-Control-Max-Age"] == "600"
            assert asked.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
            for one in (asked, answer):
                assert one.headers["Access-Control-Allow-Origin"] == origin, step.call
                assert one.headers["Access-Control-Allow-Credentials"] == "true", step.call
        stranger = await client.get("/health", headers={"Origin": "http://elsewhere"})
        assert "Access-Control-Allow-Origin" not in stranger.headers
