"""Every route states its role, and keeps to it."""

import re
from dataclasses import dataclass

import pytest
from aiohttp import web
from yarl import URL

from tests.conftest import Client, app_of, make_token
from tests.web.route_roles import expected
from webmacs_edge.model.words import TokenScope, UserRole
from webmacs_edge.web.routes import routes
from webmacs_edge.web.scopes import ROUTES as SCOPED_ROUTES
from webmacs_edge.web.scopes import scopes_of

PUBLIC = {
    "/service-worker.js", "/offline",
    "/setup", "/setup/restore",
    "/sign-in", "/sign-out", "/static/{path}", "/health", "/openapi.json",
    "/docs", "/redoc",
    "/api/v1/auth/sso/config", "/api/v1/auth/sso/authorize", "/api/v1/auth/sso/callback",
    "/api/v1/auth/sso/exchange", "/api/v1/auth/login",
    "/ws/controller/telemetry", "/ws/datapoints/stream",
    "/wall/open",
    # no user's role counts here, but the proof of a wall screen: see test_wall_screens.py
    "/wall", "/wall/{public_id}", "/streams/wall/{public_id}", "/wall/{public_id}/grid.css",
    "/wall/{public_id}/values", "/wall/pictures/{picture_id}/file",
}  # fmt: skip


# What would end the login that tries, move the plant of all tests, or is off by the settings.
NOT_TRIED = {
    ("POST", "/api/v1/auth/logout"),
    ("POST", "/account/logins/end-others"),
    ("POST", "/api/v1/outputs/all-safe"),
    ("POST", "/api/v1/outputs/release"),
    ("POST", "/outputs/all-safe"),
    ("POST", "/outputs/release"),
    ("POST", "/api/v1/plugins/packages/upload"),
}


def _url(route: web.RouteDef) -> str:
    return re.sub(r"\{[^}]+\}", "none", route.path)


def _path(route: web.RouteDef) -> str:
    path = re.sub(r":[^{}]+\}", "}", route.path)
    return path if path == "/" else path.rstrip("/")


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

        if url.startswith(("/api/", "/streams/", "/metrics")):
            assert answer.status == 401, f"{method} {url}"
        else:
            assert answer.status == 303, f"{method} {url}"
            assert answer.headers["Location"].startswith("/sign-in"), f"{method} {url}"


def test_every_route_is_classified_and_on_the_side_it_should_be():
    stated = {}
    for route in routes():
        path = _path(route)
        role = _role(route)
        scopes = frozenset() if role is None else frozenset(scopes_of(route.method, path))
        stated[route.method, path] = (role.value if role else "anybody", scopes)

    assert stated == expected(), "tests/web/route_roles.py says otherwise"


def test_no_exception_of_a_scope_is_for_a_route_that_is_not_there():
    there = {(route.method, _path(route)) for route in routes()}

    assert SCOPED_ROUTES.keys() <= there


@pytest.mark.parametrize("scope", [None, *TokenScope])
async def test_each_role_and_scope_gets_where_it_may_and_nowhere_else(
    client: Client, scope: TokenScope | None
):
    people = [await _person(client, role, scope) for role in UserRole]
    for (method, path), (least, scopes) in expected().items():
        if least == "anybody":
            continue
        for person in people:
            by_role = person.role.rank >= UserRole(least).rank
            allowed = by_role and (scope is None or scope in scopes)
            if allowed and (method, path) in NOT_TRIED:
                continue
            status = await _try(client, method, path, person)
            refused = status in (401, 403)
            assert refused != allowed, f"{method} {path} as {person.role} by {scope}: {status}"
            assert allowed or status == 403, f"{method} {path} as {person.role} by {scope}"


@dataclass(frozen=True)
class _Person:
    role: UserRole
    public_id: str
    token: str


async def _person(client: Client, role: UserRole, scope: TokenScope | None) -> _Person:
    """Somebody of this role, signed in, or with an API token of this scope."""
    token = await make_token(client, role)
    bearer = {"Authorization": f"Bearer {token}"}
    me = await (await client.get("/api/v1/auth/me", headers=bearer)).json()
    if scope is not None:
        given = {"name": "walker", "scope": scope}
        answer = await client.post("/api/v1/tokens", json=given, headers=bearer)
        token = (await answer.json())["token"]
    return _Person(role, me["public_id"], token)


async def _try(client: Client, method: str, path: str, person: _Person) -> int:
    """The status of a request with nothing in it; ids are of nothing, or one's own."""
    own = person.public_id if path.startswith("/api/v1/users/") and method != "DELETE" else "none"
    async with client.request(
        method,
        re.sub(r"\{[^}]+\}", own, path),
        data="{}",
        headers={"Authorization": f"Bearer {person.token}"},
        allow_redirects=False,
    ) as answer:
        return answer.status


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
