"""What holds for the whole API: paths, errors, headers, health."""

import io
import re
from uuid import UUID

import pytest

from tests.conftest import Client, app_of, channels_of, make_token
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys

HEADERS = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/events", "/api/v1/experiments", "/api/v1/datapoints/latest", "/api/v1/auth/me"],
)
@pytest.mark.standing
async def test_a_path_is_served_with_and_without_a_slash(viewer: Client, path: str):
    plain = await viewer.get(path, allow_redirects=False)
    slashed = await viewer.get(f"{path}/", allow_redirects=False)

    assert (plain.status, slashed.status) == (200, 200)


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/api/v1/nothing", 404, "Not Found"),
        ("GET", "/api/", 404, "Not Found"),
        ("PATCH", "/api/v1/events", 405, "Method Not Allowed"),
        ("HEAD", "/api/v1/events", 405, None),
        ("POST", "/health", 405, "Method Not Allowed"),
    ],
)
@pytest.mark.standing
async def test_unknown_paths_and_methods_are_told_in_json(
    viewer: Client, method: str, path: str, status: int, detail: str | None
):
    answer = await viewer.request(method, path)

    assert answer.status == status
    assert ("Allow" in answer.headers) == (status == 405)
    if detail is not None:
        assert await answer.json() == {"detail": detail}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"{]", b"NaN", b'{"name": NaN}', b"[" * 5000, b"\xff\xfe", b'{"name":"\\ud800"}'],
)
@pytest.mark.standing
async def test_malformed_json_is_told_even_before_a_login(client: Client, body: bytes):
    await make_token(client, UserRole.admin)

    answer = await client.post("/api/v1/events", data=body)

    faults = (await answer.json())["detail"]
    assert answer.status == 422
    assert faults[0]["loc"][0] == "body"
    assert set(faults[0]) >= {"type", "loc", "msg", "input"}


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"null", b"true"])
@pytest.mark.standing
async def test_json_that_is_no_object_is_a_fault_of_the_body(operator: Client, body: bytes):
    answer = await operator.post("/api/v1/events", data=body)

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == ["body"]


async def test_a_body_that_is_too_large_is_refused(operator: Client):
    answer = await operator.post("/api/v1/events", data=io.BytesIO(b" " * (1024 * 1024 + 1)))

    assert answer.status == 413
    assert isinstance((await answer.json())["detail"], str)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/sign-in", "/nothing", "/api/v1/events", "/api/v1/nothing", "/health",
        "/openapi.json", "/static/css/tokens.css", "/static/nothing", "/ws/datapoints/stream",
        "/ws/nothing", "/streams/nothing",
    ],
)  # fmt: skip
@pytest.mark.standing
async def test_every_answer_has_a_request_id_and_the_security_headers(viewer: Client, path: str):
    answer = await viewer.get(path, headers={"X-Request-Id": "mine"}, allow_redirects=False)

    assert UUID(answer.headers["x-request-id"]).version == 4
    for name in HEADERS:
        assert name in answer.headers, f"{name} on {path}"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "aiohttp" not in answer.headers["Server"].lower()
    if not path.startswith("/static/css"):
        # A list that is asked for again and again may be kept, and is checked each time.
        kept = "private, no-cache" if path == "/api/v1/events" else "no-store"
        assert answer.headers["Cache-Control"] == kept


async def test_health_is_public_and_has_the_fields_of_the_contract(client: Client):
    await channels_of(client)

    answer = await client.get("/health")

    health = await answer.json()
    assert answer.status == 200
    assert list(health) == ["status", "version", "database", "last_datapoint", "uptime_seconds"]
    assert (health["status"], health["database"]) == ("ok", "ok")
    assert re.fullmatch(r"\d{4}-.*Z", health["last_datapoint"])
    assert health["uptime_seconds"] == round(health["uptime_seconds"], 1)


async def test_health_is_bad_once_the_database_does_not_answer(client: Client):
    settings = app_of(client)[keys.SETTINGS]
    await app_of(client)[keys.DATABASE].close()
    (settings.data_dir / "config.db").rename(settings.data_dir / "away.db")
    (settings.data_dir / "config.db").mkdir()

    answer = await client.get("/health")

    health = await answer.json()
    assert answer.status == 503
    assert (health["status"], health["database"]) == ("degraded", "error")
