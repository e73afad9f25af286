"""Every route states its role, and keeps to it."""

import re

from aiohttp import web
from yarl import URL

from tests.conftest import Client, app_of, make_token
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.routes import routes

PUBLIC = {
    "/setup", "/sign-in", "/sign-out", "/static/{path}", "/health", "/openapi.json",
    "/api/v1/auth/sso/config", "/api/v1/auth/sso/authorize", "/api/v1/auth/sso/callback",
    "/api/v1/auth/sso/exchange", "/api/v1/auth/login", "/ws/controller/telemetry", "/ws/datapoints/stream",
}  # fmt: skip


def _url(route: web.RouteDef) -> str:
    return re.sub(r"\{[^}]+\}", "none", route.path)


def _role(route: web.RouteDef) -> UserRole | None:
    role: UserRole | None = route.handler.role  # type: ignore[union-attr] # set by requires()
    return role


def _guarded() -> list[tuple[str, str, UserRole]]:
    return [
        (route.method, _url(route), role)
        for route in routes()
        if (role := _role(route)) is not None
    ]


def test_every_route_states_a_role():
    for route in routes():
        assert hasattr(route.handler, "role"), f"{route.method} {route.path}"


def test_only_the_known_routes_are_public():
    public = {
        re.sub(r":[^}]+", "", route.path).rstrip("/") for route in routes() if _role(route) is None
    }

    assert public == PUBLIC


async def test_nobody_gets_in_without_a_login(client: Client):
    await make_token(client, UserRole.admin)
    for method, url, _role in _guarded():
        answer = await client.request(method, url, data="{}", allow_redirects=False)

        if url.startswith(("/api/", "/streams/")):
            assert answer.status == 401, f"{method} {url}"
        else:
            assert answer.status == 303, f"{method} {url}"
            assert answer.headers["Location"].startswith("/sign-in"), f"{method} {url}"


async def test_each_role_gets_where_it_may_and_nowhere_else(client: Client):
    bearers = {
        role: {"Authorization": f"Bearer {await make_token(client, role)}"} for role in UserRole
    }
    for method, url, least in _guarded():
        for role, bearer in bearers.items():
            if role.rank >= least.rank and (method != "GET" or url.startswith("/streams/")):
                continue  # it may; what it does is tested elsewhere
            answer = await client.request(
                method, url, data="{}", headers=bearer, allow_redirects=False
            )
            refused = answer.status in (401, 403)
            assert refused == (role.rank < least.rank), f"{method} {url} as {role}: {answer.status}"


async def test_a_refusal_is_json_for_programs_and_a_page_for_people(viewer: Client):
    program = await viewer.post("/api/v1/experiments", json={"name": "Run"})
    page = await viewer.post("/log/read", allow_redirects=False)

    assert (program.status, page.status) == (403, 403)
    assert await program.json() == {"detail": "This needs the role operator; yours is viewer."}
    assert page.content_type == "text/html"
    assert "This needs the role operator; yours is viewer." in await page.text()


async def test_before_the_set_up_pages_lead_to_it_and_programs_get_401(client: Client):
    page = await client.get("/log", allow_redirects=False)
    program = await client.get("/api/v1/events")

    assert (page.status, page.headers["Location"]) == (303, "/setup")
    assert program.status == 401


async def test_a_page_is_found_again_after_signing_in(client: Client):
    await make_token(client, UserRole.viewer)

    answer = await client.get("/log?type=error&page=2", allow_redirects=False)

    target = URL(answer.headers["Location"])
    assert (target.path, target.query["next"]) == ("/sign-in", "/log?type=error&page=2")


async def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(client: Client):
    await make_token(client, UserRole.viewer)

    answer = await client.get("/log", headers={"HX-Request": "true"}, allow_redirects=False)

    assert (answer.status, answer.headers["HX-Redirect"]) == (401, "/sign-in")


async def test_the_application_serves_no_route_beside_the_table(client: Client):
    served = {route.handler for route in app_of(client).router.routes()}

    assert all(hasattr(handler, "role") for handler in served)
