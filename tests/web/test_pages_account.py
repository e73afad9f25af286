"""One's own account as a browser without JavaScript sees it."""

import re

import pytest

from tests.conftest import EMAILS, PASSWORD, Client, make_token, sign_in_as
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.tokens import SESSION_COOKIE
from webmacs_edge.web.user_agents import program_of

ME, LOGIN = "/api/v1/auth/me", "/api/v1/auth/login"
NEW = {
    "current_password": PASSWORD,
    "password": "sand falls up 7",
    "password_again": "sand falls up 7",
}


async def _second_login(client: Client) -> dict[str, str]:
    """The header of another login of the viewer."""
    typed = {"email": EMAILS[UserRole.viewer], "password": PASSWORD}
    answer = await client.post(LOGIN, json=typed, headers={"User-Agent": "logger/2.1"})
    return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def test_the_page_shows_name_logins_and_tokens(viewer: Client):
    await _second_login(viewer)

    html = await (await viewer.get("/account")).text()

    assert 'value="viewer person"' in html
    assert "This login" in html
    assert "logger/2.1" in html
    assert "End all others" in html
    assert "Make token" in html


async def test_name_and_email_are_changed_and_duplicates_named(viewer: Client):
    await make_token(viewer, UserRole.admin)

    fine = await viewer.post("/account", data={"username": "Vera", "email": "vera@plant.lan"})
    taken = await viewer.post(
        "/account", data={"username": "Vera", "email": EMAILS[UserRole.admin].upper()}
    )

    assert 'value="Vera"' in await fine.text()
    assert taken.status == 409
    assert 'id="email-error"' in await taken.text()


async def test_another_password_keeps_this_browser_signed_in_and_no_other(viewer: Client):
    other = await _second_login(viewer)
    before = viewer.session.cookie_jar.filter_cookies(viewer.make_url("/"))[SESSION_COOKIE].value

    answer = await viewer.post("/account/password", data=NEW)

    assert (answer.status, answer.url.path) == (200, "/account")
    assert "The password was changed" in await answer.text()
    assert (await viewer.get(ME, headers=other)).status == 401
    old = await viewer.get(ME, headers={"Authorization": f"Bearer {before}"})
    assert old.status == 401
    assert NEW["password"] not in await answer.text()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"current_password": "not it"}, "current_password"),
        ({"current_password": ""}, "current_password"),
        ({"password": "short"}, "password"),
        ({"password_again": "else"}, "password_again"),
    ],
)
@pytest.mark.standing
async def test_a_password_that_does_not_fit_changes_nothing(
    viewer: Client, given: dict[str, str], field: str
):
    answer = await viewer.post("/account/password", data={**NEW, **given})

    html = await answer.text()
    assert answer.status == 422
    assert f'id="{field}-error"' in html
    assert "sand falls" not in html
    assert (await viewer.get(ME)).status == 200


async def test_a_login_is_ended_from_the_list(viewer: Client):
    other = await _second_login(viewer)
    html = await (await viewer.get("/account")).text()
    row = next(part for part in html.split("<tr>") if "logger/2.1" in part)
    path = re.search(r'action="([^"]+/end)"', row)
    assert path is not None

    answer = await viewer.post(path[1])

    assert answer.url.path == "/account"
    assert "logger/2.1" not in await answer.text()
    assert (await viewer.get(ME, headers=other)).status == 401


async def test_all_others_are_ended_and_this_one_goes_on(viewer: Client):
    others = [await _second_login(viewer), await _second_login(viewer)]

    answer = await viewer.post("/account/logins/end-others")

    assert (answer.status, answer.url.path) == (200, "/account")
    assert [(await viewer.get(ME, headers=it)).status for it in others] == [401, 401]


async def test_nobody_ends_the_login_of_somebody_else(viewer: Client):
    html = await (await viewer.get("/account")).text()
    path = re.search(r'action="(/account/logins/[^"]+/end)"', html)
    assert path is not None
    token = viewer.session.cookie_jar.filter_cookies(viewer.make_url("/"))[SESSION_COOKIE].value
    await sign_in_as(viewer, UserRole.operator)

    answer = await viewer.post(path[1])

    assert answer.status == 404
    mine = await viewer.get(ME, headers={"Authorization": f"Bearer {token}"})
    assert mine.status == 200


async def test_a_token_is_shown_once_and_revoked(viewer: Client):
    made = await viewer.post(
        "/account/tokens", data={"name": "Logger", "scope": "read", "days": "30"}
    )

    html = await made.text()
    found = re.search(r"wm_[\w-]{64}", html)
    assert found is not None
    bearer = {"Authorization": f"Bearer {found[0]}"}
    assert (await viewer.get(ME, headers=bearer)).status == 200
    again = await (await viewer.get("/account")).text()
    assert found[0] not in again
    path = re.search(r'action="(/account/tokens/[^"]+/revoke)"', again)
    assert path is not None
    await viewer.post(path[1])
    assert (await viewer.get(ME, headers=bearer)).status == 401


@pytest.mark.parametrize("days", ["0", "3651", "soon", "1.5"])
@pytest.mark.standing
async def test_a_token_for_an_odd_time_is_refused(viewer: Client, days: str):
    answer = await viewer.post("/account/tokens", data={"name": "Logger", "days": days})

    assert answer.status == 422
    assert 'id="days-error"' in await answer.text()


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 300, "x" * 40),
        ("", "An unnamed program"),
    ],
)
def test_programs_are_named_in_short(user_agent: str, words: str):
    assert program_of(user_agent) == words
