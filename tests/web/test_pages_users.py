"""Users as administrators manage them on pages."""

import re

import pytest

from tests.conftest import EMAILS, PASSWORD, Client, app_of, make_token
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.users import find_user_by_email
from webmacs_edge.web import keys

ME, LOGIN = "/api/v1/auth/me", "/api/v1/auth/login"
NEW = {"username": "Anna", "email": "anna@plant.lan", "password": "sand falls up 7"}


async def _id(client: Client, email: str) -> str:
    async with app_of(client)[keys.DATABASE].read() as session:
        user = await find_user_by_email(session, email)
    assert user is not None
    return user.public_id


async def _sign_in(client: Client, email: str, password: str) -> int:
    return (await client.post(LOGIN, json={"email": email, "password": password})).status


async def test_a_user_is_added_and_listed(admin: Client):
    answer = await admin.post("/users", data={**NEW, "role": "operator"})

    html = await answer.text()
    assert answer.url.path == "/users"
    assert "Anna" in html
    assert "sand falls" not in html
    assert await _sign_in(admin, NEW["email"], NEW["password"]) == 200


@pytest.mark.parametrize(
    ("given", "field", "status"),
    [
        ({"email": EMAILS[UserRole.admin].upper()}, "email", 409),
        ({"username": "admin person"}, "username", 409),
        ({"email": "anna"}, "email", 422),
        ({"username": "A"}, "username", 422),
        ({"password": "short"}, "password", 422),
        ({"role": "root"}, "role", 422),
    ],
)
@pytest.mark.standing
async def test_a_user_that_does_not_fit_comes_back_with_the_reason(
    admin: Client, given: dict[str, str], field: str, status: int
):
    answer = await admin.post("/users", data={**NEW, **given})

    html = await answer.text()
    assert answer.status == status
    assert f'id="{field}-error"' in html
    assert NEW["password"] not in html


async def test_a_password_is_reset_and_the_role_changed(admin: Client):
    token = await make_token(admin, UserRole.viewer)
    email = EMAILS[UserRole.viewer]
    path = f"/users/{await _id(admin, email)}"
    typed = {"username": "Vera", "email": email, "role": "operator", "enabled": "true"}

    answer = await admin.post(path, data={**typed, "password": "sand falls up 7"})

    assert answer.url.path == "/users"
    assert await _sign_in(admin, email, PASSWORD) == 401
    assert await _sign_in(admin, email, "sand falls up 7") == 200
    assert (await admin.get(ME, headers={"Authorization": f"Bearer {token}"})).status == 401


async def test_an_unticked_box_disables(admin: Client):
    await make_token(admin, UserRole.viewer)
    email = EMAILS[UserRole.viewer]
    typed = {"username": "Vera", "email": email, "role": "viewer"}

    answer = await admin.post(f"/users/{await _id(admin, email)}", data=typed)

    assert "Disabled" in await answer.text()
    assert await _sign_in(admin, email, PASSWORD) == 401


async def test_ones_own_page_offers_neither_a_password_nor_disabling(admin: Client):
    email = EMAILS[UserRole.admin]
    path = f"/users/{await _id(admin, email)}"
    html = await (await admin.get(f"{path}/edit")).text()
    typed = {"username": "Boss", "email": email, "role": "admin", "password": "sand falls up 7"}

    answer = await admin.post(path, data=typed)

    assert 'name="enabled"' not in html
    assert 'name="password"' not in html
    assert "Delete user" not in html
    assert answer.status == 200
    assert await _sign_in(admin, email, PASSWORD) == 200


async def test_the_last_admin_stays_admin(admin: Client):
    email = EMAILS[UserRole.admin]
    path = f"/users/{await _id(admin, email)}"

    answer = await admin.post(path, data={"username": "Boss", "email": email, "role": "viewer"})

    assert answer.status == 409
    assert "last administrator" in await answer.text()


async def test_deleting_asks_first_and_says_what_stays(admin: Client):
    await make_token(admin, UserRole.operator)
    path = f"/users/{await _id(admin, EMAILS[UserRole.operator])}"

    asked = await (await admin.get(f"{path}/delete")).text()
    answer = await admin.post(f"{path}/delete")

    html = await answer.text()
    assert "What they made stays" in asked
    assert answer.url.path == "/users"
    assert "operator person" not in html
    assert (await admin.get(f"{path}/edit")).status == 404


async def test_what_a_deleted_user_did_is_shown_as_theirs(admin: Client):
    token = await make_token(admin, UserRole.operator)
    bearer = {"Authorization": f"Bearer {token}"}
    await admin.post("/api/v1/experiments", json={"name": "Run"}, headers=bearer)
    public_id = await _id(admin, EMAILS[UserRole.operator])

    await admin.post(f"/users/{public_id}/delete")

    assert "deleted user" in await (await admin.get("/experiments")).text()
    assert "deleted user" in await (await admin.get("/log")).text()


async def test_a_user_is_signed_out_everywhere_and_a_token_revoked(admin: Client):
    token = await make_token(admin, UserRole.viewer)
    bearer = {"Authorization": f"Bearer {token}"}
    answer = await admin.post("/api/v1/tokens", json={"name": "logger"}, headers=bearer)
    api_token = (await answer.json())["token"]
    path = f"/users/{await _id(admin, EMAILS[UserRole.viewer])}"

    signed_out = await admin.post(f"{path}/end-logins")
    status = (await admin.get(ME, headers=bearer)).status
    html = await signed_out.text()
    revoke = re.search(r'action="([^"]+/revoke)"', html)
    assert revoke is not None
    await admin.post(revoke[1])

    assert "Signed in nowhere." in html
    assert status == 401
    after = await admin.get(ME, headers={"Authorization": f"Bearer {api_token}"})
    assert after.status == 401


async def test_users_stand_in_the_menu_of_administrators_alone(admin: Client):
    viewer = await make_token(admin, UserRole.viewer)
    bearer = {"Authorization": f"Bearer {viewer}"}

    theirs = await (await admin.get("/log")).text()
    others = await (await admin.get("/log", headers=bearer)).text()

    assert 'href="/users"' in theirs
    assert 'href="/users"' not in others
    assert 'href="/account"' in others
