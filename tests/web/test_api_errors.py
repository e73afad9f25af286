"""Which answer each of our errors becomes; a handler that fails stands in for all."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError, web
from aiohttp.test_utils import TestClient, TestServer

from tests.conftest import Client, make_settings
from webmacs_edge.model import errors
from webmacs_edge.web import keys
from webmacs_edge.web.limits import set_up_limits
from webmacs_edge.web.middleware import MIDDLEWARES, prepare_response

LOST = sqlite3.OperationalError("unable to open database file")
FULL = sqlite3.OperationalError("database or disk is full")
FAILURES: dict[str, Exception] = {
    "sign-in": errors.SignInError("Please sign in."),
    "not-allowed": errors.NotAllowedError("Not yours."),
    "not-found": errors.NotFoundError("There is none."),
    "conflict": errors.ConflictError("Taken."),
    "conflict-field": errors.ConflictError("Taken.", field="name"),
    "invalid": errors.InvalidError("Wrong."),
    "invalid-field": errors.InvalidError("Wrong.", field="name"),
    "throttled": errors.ThrottledError("Wait.", retry_after_s=7),
    "store": errors.StoreError("The database refused."),
    "bug": KeyError("the secret inside"),
    "driver": errors.DriverError("the device inside"),
}


async def _fail(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name in ("lost", "full"):
        raise errors.StoreError("The database refused.") from (FULL if name == "full" else LOST)
    if name == "half-way":
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"half of it")
        raise ValueError("the secret inside")
    raise FAILURES[name]


@pytest.fixture
async def failing(tmp_path: Path) -> AsyncIterator[Client]:
    """An application whose API only fails."""
    app = web.Application(middlewares=MIDDLEWARES)
    app[keys.SETTINGS] = make_settings(tmp_path)
    set_up_limits(app)
    app.on_response_prepare.append(prepare_response)
    app.router.add_get("/api/{name}", _fail)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("sign-in", 401, {"detail": "Please sign in."}),
        ("not-allowed", 403, {"detail": "Not yours."}),
        ("not-found", 404, {"detail": "There is none."}),
        ("conflict", 409, {"detail": "Taken."}),
        ("conflict-field", 409, {"detail": "Taken.", "field": "name"}),
        ("invalid", 422, {"detail": "Wrong."}),
        (
            "invalid-field",
            422,
            {
                "detail": [
                    {"type": "value_error", "loc": ["body", "name"], "msg": "Wrong.", "input": None}
                ]
            },
        ),
        ("throttled", 429, {"detail": "Wait."}),
        ("store", 503, {"detail": "The database refused."}),
        ("lost", 503, {"detail": "The database refused."}),
        ("full", 507, {"detail": "The database refused."}),
    ],
)
async def test_an_error_we_raise_becomes_its_status(
    failing: Client, name: str, status: int, body: object
):
    answer = await failing.get(f"/api/{name}")

    assert answer.status == status
    assert await answer.json() == body
    assert answer.headers.get("Retry-After") == ("7" if name == "throttled" else None)


@pytest.mark.parametrize("name", ["bug", "driver"])
async def test_an_unexpected_error_tells_the_request_id_and_nothing_inside(
    failing: Client, name: str, caplog: pytest.LogCaptureFixture
):
    answer = await failing.get(f"/api/{name}")

    text = await answer.text()
    request_id = answer.headers["x-request-id"]
    assert answer.status == 500
    assert request_id in text
    assert "inside." in text
    assert "secret" not in text
    assert "device" not in text
    assert request_id in caplog.text
    assert "Traceback" in caplog.text


async def test_an_answer_that_fails_half_way_does_not_look_complete(
    failing: Client, caplog: pytest.LogCaptureFixture
):
    answer = await failing.get("/api/half-way")

    with pytest.raises(ClientPayloadError):
        await answer.read()
    assert "failed half way" in caplog.text
