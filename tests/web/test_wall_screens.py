"""Wall screens: a link that opens once, a proof that shows its dashboards and nothing else."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.conftest import EMAILS, PASSWORD, Client, app_of, channels_of, sign_in_as
from tests.web.route_roles import expected
from tests.web.test_pictures import uploaded
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.store.users import find_user_by_email
from webmacs_edge.web import keys
from webmacs_edge.web.walls import WALL_COOKIE

LINK = re.compile(r'readonly value="[^"#]*/wall/open#([^"]+)"')
FOR_SCREENS = {path for (_, path) in expected() if path.startswith(("/wall/", "/streams/wall/"))}


@pytest.fixture
async def screen(client: Client) -> AsyncIterator[ClientSession]:
    """The browser of a screen: it has nothing but what the test gives it."""
    async with ClientSession(client.make_url("/"), cookie_jar=DummyCookieJar()) as session:
        yield session


async def board_of(client: Client, name: str = "Hall") -> str:
    """A dashboard with a chart of the first channel."""
    made = await (await client.post("/api/v1/dashboards", json={"name": name})).json()
    public_id = str(made["public_id"])
    channel = (await channels_of(client))[0].public_id
    widget = {"widget_type": "line_chart", "title": "Course", "event_public_id": channel}
    await client.post(f"/api/v1/dashboards/{public_id}/widgets", json=widget)
    return public_id


async def link_to(client: Client, *boards: str, **given: str) -> str:
    """The secret in the link of a fresh wall screen."""
    rows = [("board", board) for board in boards] + [("seconds", "5") for _ in boards]
    answer = await client.post("/wall-screens", data=[("name", "Left"), *rows, *given.items()])
    found = LINK.search(await answer.text())
    assert found, await answer.text()
    return found[1]


async def place_of(client: Client) -> str:
    """The address at which the screen is looked after."""
    found = re.search(
        r"/wall-screens/[0-9a-f-]{36}", await (await client.get("/wall-screens")).text()
    )
    assert found
    return found[0]


async def other_operator(admin: Client) -> str:
    """The token of another operator."""
    body = {
        "email": "other@plant.lan", "username": "other", "password": PASSWORD, "role": "operator"
    }  # fmt: skip
    assert (await admin.post("/api/v1/users", json=body)).status == 201
    given = {"email": body["email"], "password": PASSWORD}
    answer = await admin.post("/api/v1/auth/login", json=given)
    return str((await answer.json())["access_token"])


async def opened(screen: ClientSession, secret: str) -> dict[str, str]:
    """What the browser of the screen sends from now on; nothing when it was refused."""
    answer = await screen.post("/wall/open", data={"secret": secret}, allow_redirects=False)
    cookie = answer.cookies.get(WALL_COOKIE)
    if cookie is None:
        assert answer.status == 403
        return {}
    assert answer.status == 303
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    return {"Cookie": f"{WALL_COOKIE}={cookie.value}"}


async def test_a_link_opens_once_and_shows_its_dashboard(operator: Client, screen: ClientSession):
    board = await board_of(operator)
    secret = await link_to(operator, board)

    proof = await opened(screen, secret)
    answer = await screen.get("/wall", headers=proof)
    html = await answer.text()

    assert answer.url.path == f"/wall/{board}"
    assert f'hx-sse:connect="/streams/wall/{board}"' in html
    assert "/sign-out" not in html
    assert await opened(screen, secret) == {}
    listed = await (await operator.get("/wall-screens")).text()
    assert secret not in listed
    assert "opened" in listed


async def test_a_link_that_may_be_used_again_is(operator: Client, screen: ClientSession):
    secret = await link_to(operator, await board_of(operator), is_reusable="true")

    assert await opened(screen, secret)
    assert await opened(screen, secret)


async def test_a_screen_gets_its_own_and_is_refused_everywhere_else(
    operator: Client, screen: ClientSession
):
    own, other = await board_of(operator), await board_of(operator, "Other")
    picture = (await uploaded(operator))["public_id"]
    proof = await opened(screen, await link_to(operator, own))
    first, second = (event.public_id for event in (await channels_of(operator))[:2])
    span = f"from={now_ms() - 60_000}&to={now_ms()}&width=100"

    async def status(path: str) -> int:
        async with screen.get(path, headers=proof, allow_redirects=False) as answer:
            return answer.status

    assert await status(f"/wall/{own}") == 200
    assert await status(f"/wall/{own}/grid.css") == 200
    assert await status(f"/wall/{own}/values?channels={first}&{span}") == 200
    assert await status(f"/wall/{own}/values?channels={second}&{span}") == 403
    assert await status(f"/wall/{other}") == 404
    assert await status(f"/streams/wall/{other}") == 404
    assert await status(f"/wall/{other}/values?channels={first}&{span}") == 404
    assert await status(f"/wall/pictures/{picture}/file") == 404
    for (method, path), (least, _) in expected().items():
        if least == "anybody":
            continue
        url = re.sub(r"\{[^}]+\}", own, path)
        async with screen.request(
            method, url, headers=proof, data="{}", allow_redirects=False
        ) as answer:
            assert answer.status in (303, 401), f"{method} {path}"
            assert answer.status == 401 or "/sign-in" in answer.headers["Location"], path


async def test_without_a_proof_no_address_of_screens_answers(
    operator: Client, screen: ClientSession
):
    board = await board_of(operator)
    forged = {"Cookie": f"{WALL_COOKIE}=ws1.{board}.0.{'0' * 64}"}
    assert len(FOR_SCREENS) > 4

    for path in FOR_SCREENS - {"/wall/open"}:
        for headers in ({}, forged):
            url = re.sub(r"\{[^}]+\}", board, path)
            async with screen.get(url, headers=headers, allow_redirects=False) as answer:
                assert answer.status in (303, 401), path
                assert answer.headers.get("Location", "/wall/open?ended") == "/wall/open?ended"


async def test_a_revoked_screen_is_out_and_its_stream_ends_within_seconds(
    operator: Client, screen: ClientSession
):
    board = await board_of(operator)
    proof = await opened(screen, await link_to(operator, board))
    place = await place_of(operator)

    async with screen.get(f"/streams/wall/{board}", headers=proof) as stream:
        assert stream.status == 200
        await stream.content.readany()
        began_ms = now_ms()
        await operator.post(f"{place}/revoke")
        await stream.content.read()

    assert now_ms() - began_ms < 5000
    after = await screen.get("/wall", headers=proof, allow_redirects=False)
    assert after.headers["Location"] == "/wall/open?ended"


async def test_a_new_link_puts_out_who_came_in_by_the_old_one(
    operator: Client, screen: ClientSession
):
    board = await board_of(operator)
    secret = await link_to(operator, board, is_reusable="true")
    proof = await opened(screen, secret)
    place = await place_of(operator)

    answer = await operator.post(f"{place}/link")

    renewed = LINK.search(await answer.text())
    assert renewed
    assert (await screen.get(f"/wall/{board}", headers=proof)).url.path == "/wall/open"
    assert await opened(screen, secret) == {}
    assert await opened(screen, renewed[1])


async def test_a_screen_may_expire(operator: Client, screen: ClientSession):
    secret = await link_to(operator, await board_of(operator), expires="2999-01-01T00:00")
    proof = await opened(screen, secret)
    database = app_of(operator)[keys.DATABASE]

    async def expire(session: Any) -> None:
        from sqlalchemy import text  # noqa: PLC0415 only here

        await session.execute(text("UPDATE displays SET expires_on_ms = 1"))

    assert (await screen.get("/wall", headers=proof)).url.path != "/wall/open"
    await database.write(expire)
    assert (await screen.get("/wall", headers=proof)).url.path == "/wall/open"


async def test_links_are_made_of_ones_own_dashboards_and_looked_after_by_their_makers(
    operator: Client,
):
    mine = await board_of(operator)
    await link_to(operator, mine)
    place = await place_of(operator)
    admin = await sign_in_as(operator, UserRole.admin)
    theirs = await board_of(admin, "Theirs")
    seen = await (await admin.get("/wall-screens")).text()
    other = {"Authorization": f"Bearer {await other_operator(admin)}"}
    admin.session.cookie_jar.clear()

    refused = await admin.get(place, headers=other)
    hidden = await (await admin.get("/wall-screens", headers=other)).text()
    wrong = await admin.post("/wall-screens", data={"name": "x", "board": theirs}, headers=other)

    assert "Left" in seen
    assert "Left" not in hidden
    assert refused.status == 403
    assert "Choose dashboards of your own" in await wrong.text()


async def test_what_does_not_fit_comes_back_with_the_reason(operator: Client):
    board = await board_of(operator)

    nothing = await operator.post("/wall-screens", data={"name": "x", "board": ""})
    past = await operator.post(
        "/wall-screens", data={"name": "x", "board": board, "expires": "2020-01-01T00:00"}
    )

    assert (nothing.status, past.status) == (422, 422)
    assert "Choose one dashboard or more." in await nothing.text()
    assert "This lies in the past." in await past.text()


async def test_the_trail_tells_of_links_and_of_who_opened_them_but_not_the_secret(
    operator: Client, screen: ClientSession
):
    secret = await link_to(operator, await board_of(operator))
    await opened(screen, secret)
    await opened(screen, "guessed")

    async with app_of(operator)[keys.DATABASE].read() as session:
        found = await list_audit_entries(session, AuditFilter(), limit=50)

    told = [(entry.actor, entry.action, entry.noun) for entry in found]
    assert ("operator person", "create", "displays") in told
    assert ("wall screen", "update", "displays") in told
    assert any(entry.refused and "wall screen" in str(entry.new_json) for entry in found)
    assert not any(secret in str(vars(entry)) for entry in found)


async def test_a_dashboard_hangs_on_a_wall_for_who_signed_in_too(viewer: Client):
    operator = await sign_in_as(viewer, UserRole.operator)
    board = await board_of(operator)

    html = await (await operator.get(f"/dashboards/{board}?kiosk")).text()

    assert f'hx-sse:connect="/streams/dashboards/{board}?kiosk"' in html
    assert "data-next" not in html
    assert "/sign-out" not in html


async def test_screens_of_somebody_who_is_deleted_go_on_and_the_question_says_so(
    operator: Client, screen: ClientSession
):
    board = await board_of(operator)
    proof = await opened(screen, await link_to(operator, board))
    async with app_of(operator)[keys.DATABASE].read() as session:
        maker = await find_user_by_email(session, EMAILS[UserRole.operator])
    admin = await sign_in_as(operator, UserRole.admin)
    person = f"/users/{maker.public_id if maker else ''}"

    pages = [await (await admin.get(person + end)).text() for end in ("/edit", "/delete")]
    answer = await admin.post(f"{person}/delete")

    assert answer.status == 200
    assert all('href="/wall-screens"' in page for page in pages)
    assert "1 wall screen that they made goes on" in pages[1]
    assert (await screen.get(f"/wall/{board}", headers=proof)).status == 200
    assert "by deleted user" in await (await admin.get("/wall-screens")).text()
    assert (
        "von gelöschter Benutzer"
        in await (await admin.get("/wall-screens", headers={"Accept-Language": "de"})).text()
    )
