"""Signing in and out, as programs do it."""

import asyncio
import sqlite3
from contextlib import closing

import bcrypt
import pytest

from tests.conftest import EMAILS, PASSWORD, SHIPPED, Client, app_of, make_token
from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.log_entries import list_log_entries
from webmacs_edge.web import auth, hashing, keys

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"
EMAIL = EMAILS[UserRole.operator]


async def test_a_program_signs_in_and_uses_its_token(client: Client):
    await make_token(client, UserRole.operator)

    answer = await client.post(LOGIN, json={"email": EMAIL, "password": PASSWORD})

    body = await answer.json()
    assert answer.status == 200
    assert set(body) == {"status", "message", "access_token", "public_id", "username"}
    assert body["status"] == "success"
    me = await client.get(ME, headers={"Authorization": f"bearer {body['access_token']}"})
    user = await me.json()
    assert me.status == 200
    assert user["public_id"] == body["public_id"]


async def test_me_has_the_fields_of_the_contract(admin: Client):
    answer = await admin.get(ME)

    user = await answer.json()
    assert set(user) == {
        "public_id", "email", "username", "role", "admin", "registered_on", "sso_provider",
        "enabled",
    }  # fmt: skip
    assert (user["role"], user["admin"], user["sso_provider"]) == ("admin", True, None)
    assert user["registered_on"].endswith("Z")


async def test_signing_in_is_noted(client: Client):
    await make_token(client, UserRole.operator)

    await client.post(LOGIN, json={"email": EMAIL, "password": PASSWORD})

    async with app_of(client)[keys.DATABASE].read() as session:
        page = await list_log_entries(session, page=1, page_size=5)
    assert "operator person signed in." in [entry.content for entry in page.rows]


async def test_the_email_is_found_in_upper_and_lower_case(client: Client):
    await make_token(client, UserRole.operator)

    answer = await client.post(LOGIN, json={"email": EMAIL.upper(), "password": PASSWORD})

    assert answer.status == 200


@pytest.mark.parametrize("email", [EMAIL, "nobody@plant.lan"])
async def test_a_wrong_pair_gets_one_answer_whatever_was_wrong(client: Client, email: str):
    await make_token(client, UserRole.operator)

    answer = await client.post(LOGIN, json={"email": email, "password": "wrong word 17"})

    assert answer.status == 401
    assert "WWW-Authenticate" not in answer.headers
    assert await answer.json() == {"detail": auth.WRONG}


def test_an_unknown_email_costs_as_much_as_a_wrong_password_and_both_cost_enough():
    cost, of_nobody = SHIPPED

    assert of_nobody.startswith(f"$2b${cost}$")
    assert cost >= 12
    assert not bcrypt.checkpw(b"anything", of_nobody.encode())


async def test_the_cost_is_that_of_what_is_stored():
    assert (await hashing.hash_password(PASSWORD)).startswith(f"$2b${hashing.COST:02}$")


async def test_guessing_one_account_is_slowed_down_and_others_are_not(client: Client):
    await make_token(client, UserRole.operator)
    await make_token(client, UserRole.viewer)
    wrong = {"email": EMAIL, "password": "wrong word 17"}

    answers = await asyncio.gather(*(client.post(LOGIN, json=wrong) for _ in range(6)))
    other = {"email": EMAILS[UserRole.viewer], "password": PASSWORD}
    fine = await client.post(LOGIN, json=other)

    late = [answer for answer in answers if answer.status == 429]
    assert sorted(answer.status for answer in answers) == [401] * 5 + [429]
    assert int(late[0].headers["Retry-After"]) >= 1
    assert "Please wait" in (await late[0].json())["detail"]
    assert fine.status == 200


async def test_guessing_many_accounts_from_one_address_is_slowed_down(client: Client):
    tries = [{"email": f"u{n}@plant.lan", "password": "wrong word 17"} for n in range(11)]

    answers = await asyncio.gather(*(client.post(LOGIN, json=guess) for guess in tries))

    assert sorted(answer.status for answer in answers) == [401] * 10 + [429]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "anna", "password": "x"}, "email"),
        ({"email": "anna@plant.local", "password": ""}, "password"),
        ({"email": "anna@plant.local"}, "password"),
        ({"email": None, "password": "x"}, "email"),
        ({"email": "anna@plant.local", "password": "x" * 1025}, "password"),
    ],
)
@pytest.mark.standing
async def test_a_body_that_does_not_fit_names_the_field_and_repeats_no_password(
    client: Client, body: dict[str, str], field: str
):
    answer = await client.post(LOGIN, json=body)

    faults = (await answer.json())["detail"]
    assert answer.status == 422
    assert [fault["loc"] for fault in faults] == [["body", field]]
    assert all(fault["input"] is None for fault in faults)


@pytest.mark.parametrize("first", ["é" * 40, "e\N{COMBINING ACUTE ACCENT}" * 40])
async def test_every_character_of_a_long_password_counts(first: str):
    stored = await hashing.hash_password("é" * 40)

    assert await hashing.verify_password(first, stored)
    assert not await hashing.verify_password(first[:-1] + "x", stored)
    assert not await hashing.verify_password("é" * 41, stored)


async def test_a_user_without_a_password_cannot_sign_in_with_one():
    assert not await hashing.verify_password("anything", "")
    assert not await hashing.verify_password("anything", "!")


async def test_logging_out_ends_the_token_and_only_it(client: Client):
    token = await make_token(client, UserRole.operator)
    other = (await (await client.post(LOGIN, json={"email": EMAIL, "password": PASSWORD})).json())[
        "access_token"
    ]
    bearer = {"Authorization": f"Bearer {token}"}

    answer = await client.post("/api/v1/auth/logout", headers=bearer)

    assert (answer.status, (await answer.json())["status"]) == (200, "success")
    assert (await client.get(ME, headers=bearer)).status == 401
    assert (await client.get(ME, headers={"Authorization": f"Bearer {other}"})).status == 200


async def test_logging_out_with_a_cookie_takes_it_back(operator: Client):
    answer = await operator.post("/api/v1/auth/logout")

    assert answer.cookies["webmacs_session"]["max-age"] == "0"


async def test_the_first_admin_may_come_from_the_settings(client: Client):
    database = app_of(client)[keys.DATABASE]

    user = await auth.create_admin(
        database.write,
        email="Boss@PLANT.local",
        username="boss",
        password="sand falls up 7",
        at_ms=1,
    )

    assert (user.email, user.role) == ("Boss@plant.local", UserRole.admin)
    with pytest.raises(ConflictError):
        await auth.create_admin(
            database.write, email="b@x.de", username="bb", password="sand falls up 7", at_ms=1
        )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "boss"}, "email"),
        ({"username": "b"}, "username"),
        ({"username": "boss\n"}, "username"),
        ({"password": "password123"}, "password"),
    ],
)
async def test_a_first_admin_that_does_not_fit_is_refused(
    client: Client, given: dict[str, str], field: str
):
    fit = {"email": "boss@plant.lan", "username": "boss", "password": "sand falls up 7"}

    with pytest.raises(InvalidError) as caught:
        await auth.create_admin(app_of(client)[keys.DATABASE].write, **{**fit, **given}, at_ms=1)

    assert caught.value.field == field


async def test_with_a_database_that_cannot_be_written_one_can_sign_in_all_the_same(client: Client):
    await make_token(client, UserRole.operator)
    file = app_of(client)[keys.SETTINGS].data_dir / "config.db"
    with closing(sqlite3.connect(file)) as holder:
        holder.execute("BEGIN IMMEDIATE")  # as good as a full disk: writes fail, reads go on

        answer = await client.post(LOGIN, json={"email": EMAIL, "password": PASSWORD})
        bearer = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
        me = await client.get(ME, headers=bearer)

    assert (answer.status, me.status) == (200, 200)
    assert (await client.post("/api/v1/auth/logout", headers=bearer)).status == 200
    assert (await client.get(ME, headers=bearer)).status == 401


async def test_with_a_database_that_cannot_be_written_one_can_sign_out_all_the_same(
    client: Client,
):
    token = await make_token(client, UserRole.operator)
    bearer = {"Authorization": f"Bearer {token}"}
    file = app_of(client)[keys.SETTINGS].data_dir / "config.db"
    with closing(sqlite3.connect(file)) as holder:
        holder.execute("BEGIN IMMEDIATE")

        answer = await client.post("/api/v1/auth/logout", headers=bearer)
        me = await client.get(ME, headers=bearer)

    assert (answer.status, me.status) == (200, 401)
    assert (await client.get(ME, headers=bearer)).status == 401
