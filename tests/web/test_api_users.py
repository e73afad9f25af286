"""Users as programs manage them."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import EMAILS, PASSWORD, Client, app_of, make_token, open_login
from webmacs_edge.model.words import TokenScope, UserRole
from webmacs_edge.store.api_tokens import create_api_token
from webmacs_edge.store.experiments import start_experiment
from webmacs_edge.store.tables import ApiToken, Login, User
from webmacs_edge.store.users import name_users
from webmacs_edge.web import keys

USERS, ME, LOGIN = "/api/v1/users", "/api/v1/auth/me", "/api/v1/auth/login"
MANY_TRIES = 15  # on a slow machine the first pauses are over before the next try
NEW = {"email": "anna@plant.lan", "username": "Anna", "password": "sand falls up"}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def _me(client: Client, token: str) -> dict[str, Any]:
    found: dict[str, Any] = await (await client.get(ME, headers=_bearer(token))).json()
    return found


async def _status(client: Client, token: str) -> int:
    return (await client.get(ME, headers=_bearer(token))).status


async def test_an_admin_creates_a_user_who_signs_in(admin: Client):
    answer = await admin.post(USERS, json=NEW)

    login = await admin.post(LOGIN, json={"email": "ANNA@plant.lan", "password": NEW["password"]})
    me = await _me(admin, (await login.json())["access_token"])
    assert (answer.status, (await answer.json())["status"]) == (201, "success")
    assert (me["username"], me["role"], me["enabled"]) == ("Anna", "viewer", True)


async def test_the_list_has_the_envelope_and_the_order_of_registration(admin: Client):
    await admin.post(USERS, json=NEW)

    page = await (await admin.get(USERS, params={"page_size": 1, "page": 2})).json()

    assert list(page) == ["page", "page_size", "total", "data"]
    assert (page["total"], [user["username"] for user in page["data"]]) == (2, ["Anna"])
    assert set(page["data"][0]) >= {
        "public_id", "email", "username", "role", "admin", "registered_on", "sso_provider",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "anna@plant.lan", "username": "Else"}, "email"),
        ({"email": "ANNA@PLANT.lan", "username": "Else"}, "email"),
        ({"email": "else@plant.lan", "username": "Anna"}, "username"),
    ],
)
async def test_a_duplicate_is_refused_with_its_field(
    admin: Client, given: dict[str, str], field: str
):
    await admin.post(USERS, json=NEW)
    other = await make_token(admin, UserRole.viewer)
    other_id = (await _me(admin, other))["public_id"]

    created = await admin.post(USERS, json={**NEW, **given})
    changed = await admin.put(f"{USERS}/{other_id}", json={field: given[field]})

    assert (created.status, changed.status) == (409, 409)
    assert (await created.json())["field"] == (await changed.json())["field"] == field


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "anna"}, "email"),
        ({"username": "A"}, "username"),
        ({"username": "A" * 51}, "username"),
        ({"username": "An\u202ena"}, "username"),
        ({"password": "zu-kurz"}, "password"),
        ({"password": "password1"}, "password"),
        ({"role": "root"}, "role"),
    ],
)
@pytest.mark.standing
async def test_a_user_that_does_not_fit_is_refused_and_no_password_repeated(
    admin: Client, given: dict[str, str], field: str
):
    answer = await admin.post(USERS, json={**NEW, **given})

    faults = (await answer.json())["detail"]
    assert answer.status == 422
    assert faults[0]["loc"] == ["body", field]
    assert NEW["password"] not in await answer.text()
    assert given.get("password", "\0") not in await answer.text()


async def test_a_password_longer_than_bcrypt_reads_is_kept_whole(admin: Client):
    long = "fluidised bed " * 20
    await admin.post(USERS, json={**NEW, "password": long})

    right = await admin.post(LOGIN, json={"email": NEW["email"], "password": long})
    wrong = await admin.post(LOGIN, json={"email": NEW["email"], "password": long[:-1]})

    assert (right.status, wrong.status) == (200, 401)


async def test_others_are_seen_by_admins_alone(client: Client):
    admin = await make_token(client, UserRole.admin)
    viewer = await make_token(client, UserRole.viewer)
    admin_id = (await _me(client, admin))["public_id"]
    viewer_id = (await _me(client, viewer))["public_id"]

    async def status(token: str, public_id: str) -> int:
        answer = await client.get(f"{USERS}/{public_id}", headers=_bearer(token))
        return answer.status

    assert await status(viewer, viewer_id) == 200
    assert await status(viewer, admin_id) == 403
    assert await status(viewer, "nobody") == 403  # who exists is not told either
    assert await status(admin, viewer_id) == 200
    assert await status(admin, "nobody") == 404


async def test_people_change_themselves_but_not_their_role(client: Client):
    await make_token(client, UserRole.admin)
    token = await make_token(client, UserRole.viewer)
    me = f"{USERS}/{(await _me(client, token))['public_id']}"

    renamed = await client.put(me, json={"username": "Vera"}, headers=_bearer(token))
    nothing = await client.put(me, json={"username": None}, headers=_bearer(token))
    role = await client.put(me, json={"role": "viewer"}, headers=_bearer(token))
    enabled = await client.put(me, json={"enabled": True}, headers=_bearer(token))

    assert (renamed.status, nothing.status, role.status, enabled.status) == (200, 200, 403, 403)
    assert (await _me(client, token))["username"] == "Vera"


async def test_ones_own_password_asks_for_the_old_one_and_ends_every_login(client: Client):
    token = await make_token(client, UserRole.viewer)
    me = f"{USERS}/{(await _me(client, token))['public_id']}"
    change = {"password": "sand falls up"}

    without = await client.put(me, json=change, headers=_bearer(token))
    wrong = await client.put(
        me, json={**change, "current_password": "not it"}, headers=_bearer(token)
    )
    right = await client.put(
        me, json={**change, "current_password": PASSWORD}, headers=_bearer(token)
    )

    assert (without.status, wrong.status, right.status) == (422, 422, 200)
    assert (await wrong.json())["detail"][0]["loc"] == ["body", "current_password"]
    assert await _status(client, token) == 401
    email = EMAILS[UserRole.viewer]
    old = await client.post(LOGIN, json={"email": email, "password": PASSWORD})
    new = await client.post(LOGIN, json={"email": email, **change})
    assert (old.status, new.status) == (401, 200)


async def test_guessing_the_old_password_is_slowed_down(client: Client):
    token = await make_token(client, UserRole.viewer)
    me = f"{USERS}/{(await _me(client, token))['public_id']}"
    guess = {"password": "sand falls up", "current_password": "not it"}

    statuses: list[int] = []
    while len(statuses) < MANY_TRIES and 429 not in statuses:
        statuses.append((await client.put(me, json=guess, headers=_bearer(token))).status)

    assert statuses[:5] == [422] * 5
    assert statuses[-1] == 429


@pytest.mark.parametrize(
    "change", [{"role": "operator"}, {"enabled": False}, {"password": "sand falls up"}]
)
async def test_what_an_admin_changes_counts_from_the_next_request_on(
    client: Client, change: dict[str, Any]
):
    admin = await make_token(client, UserRole.admin)
    viewer = await make_token(client, UserRole.viewer)
    path = f"{USERS}/{(await _me(client, viewer))['public_id']}"

    answer = await client.put(path, json=change, headers=_bearer(admin))

    assert answer.status == 200
    assert await _status(client, viewer) == 401


async def test_a_disabled_user_cannot_sign_in_until_enabled(client: Client):
    admin = await make_token(client, UserRole.admin)
    viewer = await make_token(client, UserRole.viewer)
    path = f"{USERS}/{(await _me(client, viewer))['public_id']}"
    typed = {"email": EMAILS[UserRole.viewer], "password": PASSWORD}

    await client.put(path, json={"enabled": False}, headers=_bearer(admin))
    refused = await client.post(LOGIN, json=typed)
    await client.put(path, json={"enabled": True}, headers=_bearer(admin))
    let_in = await client.post(LOGIN, json=typed)

    assert (refused.status, let_in.status) == (401, 200)
    assert "disabled" in (await refused.json())["detail"]


async def test_the_last_admin_can_be_neither_demoted_nor_disabled_nor_deleted(client: Client):
    token = await make_token(client, UserRole.admin)
    me = f"{USERS}/{(await _me(client, token))['public_id']}"

    demoted = await client.put(me, json={"role": "viewer"}, headers=_bearer(token))
    disabled = await client.put(me, json={"enabled": False}, headers=_bearer(token))
    deleted = await client.delete(me, headers=_bearer(token))

    assert (demoted.status, disabled.status, deleted.status) == (409, 409, 409)
    assert (await _me(client, token))["role"] == "admin"


async def test_two_admins_who_demote_each_other_at_once_leave_one(client: Client):
    one = await make_token(client, UserRole.admin)
    await client.post(USERS, json={**NEW, "role": "admin"}, headers=_bearer(one))
    typed = {"email": NEW["email"], "password": NEW["password"]}
    two = (await (await client.post(LOGIN, json=typed)).json())["access_token"]
    ids = [(await _me(client, token))["public_id"] for token in (one, two)]

    await asyncio.gather(
        client.put(f"{USERS}/{ids[1]}", json={"role": "viewer"}, headers=_bearer(one)),
        client.put(f"{USERS}/{ids[0]}", json={"role": "viewer"}, headers=_bearer(two)),
        client.delete(f"{USERS}/{ids[1]}", headers=_bearer(one)),
        client.delete(f"{USERS}/{ids[0]}", headers=_bearer(two)),
    )

    async with app_of(client)[keys.DATABASE].read() as session:
        left = await session.scalars(
            select(User).where(User.role == UserRole.admin, User.enabled.is_(True))
        )
        assert len(left.all()) == 1


async def test_a_deleted_user_leaves_what_they_made_and_nothing_of_themselves(client: Client):
    admin = await make_token(client, UserRole.admin)
    operator = await make_token(client, UserRole.operator)
    public_id = (await _me(client, operator))["public_id"]
    database = app_of(client)[keys.DATABASE]
    run = await database.write(
        lambda session: start_experiment(session, name="Run", at_ms=1, user_public_id=public_id)
    )
    text = await _api_token(client, public_id)

    answer = await client.delete(f"{USERS}/{public_id}", headers=_bearer(admin))

    assert answer.status == 200
    assert await _status(client, operator) == 401
    assert await _status(client, text) == 401
    kept = await client.get(f"/api/v1/experiments/{run.public_id}", headers=_bearer(admin))
    assert (await kept.json())["user_public_id"] == public_id
    async with database.read() as session:
        row = (await session.scalars(select(User).where(User.public_id == public_id))).one()
        assert await name_users(session, [public_id, None]) == {public_id: "deleted user"}
        held = [*await session.scalars(select(Login).where(Login.user_id == row.id))]
        held += [*await session.scalars(select(ApiToken).where(ApiToken.user_id == row.id))]
    assert held == []
    assert "plant.lan" not in row.email
    assert "operator person" not in row.username
    gone = await client.get(f"{USERS}/{public_id}", headers=_bearer(admin))
    assert gone.status == 404


async def _api_token(client: Client, public_id: str) -> str:
    database, text = app_of(client)[keys.DATABASE], "wm_" + "t" * 64
    async with database.read() as session:
        user = (await session.scalars(select(User).where(User.public_id == public_id))).one()
    await database.write(
        lambda session: create_api_token(
            session,
            user.id,
            name="logger",
            text=text,
            scope=TokenScope.full,
            expires_at_ms=None,
            at_ms=1,
        )
    )
    assert await _status(client, text) == 200
    return text


async def test_the_name_and_the_email_of_a_deleted_user_are_free_again(admin: Client):
    await admin.post(USERS, json=NEW)
    users = (await (await admin.get(USERS)).json())["data"]

    await admin.delete(f"{USERS}/{users[1]['public_id']}")
    again = await admin.post(USERS, json=NEW)

    assert again.status == 201
    assert (await (await admin.get(USERS)).json())["total"] == 2


async def test_a_deleted_or_unknown_user_cannot_be_changed(admin: Client):
    changed = await admin.put(f"{USERS}/nobody", json={"username": "Nobody"})
    deleted = await admin.delete(f"{USERS}/nobody")

    assert (changed.status, deleted.status) == (404, 404)


async def test_a_user_is_not_signed_out_by_a_change_of_name(client: Client):
    token = await make_token(client, UserRole.admin)
    async with app_of(client)[keys.DATABASE].read() as session:
        user = (await session.scalars(select(User))).one()
    other = await open_login(app_of(client), user)

    await client.put(
        f"{USERS}/{user.public_id}", json={"email": "new@plant.lan"}, headers=_bearer(token)
    )

    assert (await _status(client, token), await _status(client, other)) == (200, 200)
