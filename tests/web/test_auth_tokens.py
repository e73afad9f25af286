"""Tokens and the session cookie: what makes them void."""

import base64
import json
import sqlite3
import ssl
from dataclasses import replace
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import update

from tests.conftest import EMAILS, PASSWORD, Client, app_of, make_token, open_login
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import User
from webmacs_edge.store.users import find_user_by_email
from webmacs_edge.web import auth, keys, tokens

ME = "/api/v1/auth/me"


async def _status(client: Client, token: str) -> int:
    return (await client.get(ME, headers={"Authorization": f"Bearer {token}"})).status


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def test_a_token_has_the_claims_of_the_contract_and_ours(client: Client):
    claims = _claims(await make_token(client, UserRole.viewer))

    assert set(claims) == {"sub", "role", "iat", "exp", "jti", "iss", "aud", "gen"}
    assert claims["exp"] - claims["iat"] == 24 * 3600
    assert claims["role"] == "viewer"


async def test_a_token_names_its_user_by_public_id(client: Client):
    token = await make_token(client, UserRole.viewer)

    me = await client.get(ME, headers={"Authorization": f"Bearer {token}"})

    assert _claims(token)["sub"] == (await me.json())["public_id"]


async def test_tokens_that_are_not_ours_are_refused(client: Client):
    token = await make_token(client, UserRole.admin)
    claims, key = _claims(token), app_of(client)[keys.SECRET_KEY]
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    forged = [
        jwt.encode(claims, b"x" * 32, algorithm="HS256"),
        jwt.encode(claims, key * 2, algorithm="HS512"),
        f"{none}.{token.split('.')[1]}.",
        jwt.encode({**claims, "aud": "else"}, key, algorithm="HS256"),
        jwt.encode({**claims, "iss": "else"}, key, algorithm="HS256"),
        jwt.encode({**claims, "sub": "admin"}, key, algorithm="HS256"),
        jwt.encode({**claims, "sub": "999"}, key, algorithm="HS256"),
        jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key, algorithm="HS256"),
        "wm_" + "a" * 64,
        "x",
        "ä.ö.ü",
    ]

    assert await _status(client, token) == 200
    for one in forged:
        assert await _status(client, one) == 401, one


async def test_a_token_expires(client: Client):
    await make_token(client, UserRole.viewer)
    app = app_of(client)
    async with app[keys.DATABASE].read() as session:
        user = await find_user_by_email(session, EMAILS[UserRole.viewer])
    assert user is not None
    day_ms = tokens.LIFE_S * 1000

    fresh = await open_login(app, user, at_ms=now_ms() - day_ms + 60_000)
    old = await open_login(app, user, at_ms=now_ms() - day_ms - 1000)

    assert await _status(client, old) == 401
    assert await _status(client, fresh) == 200


async def test_a_later_generation_of_the_user_voids_the_token(client: Client):
    token = await make_token(client, UserRole.viewer)

    await app_of(client)[keys.DATABASE].write(
        lambda session: session.execute(update(User).values(token_generation=1))
    )

    assert await _status(client, token) == 401


async def test_the_role_that_counts_is_the_stored_one(client: Client):
    token = await make_token(client, UserRole.operator)
    bearer = {"Authorization": f"Bearer {token}"}

    await app_of(client)[keys.DATABASE].write(
        lambda session: session.execute(update(User).values(role=UserRole.viewer))
    )
    answer = await client.post("/api/v1/experiments", json={"name": "Run"}, headers=bearer)

    assert answer.status == 403


async def test_an_ended_token_stays_ended_however_it_is_spelled(client: Client):
    token = await make_token(client, UserRole.viewer)
    last = token[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = token[:-1] + alphabet[alphabet.index(last) ^ 1]  # the same bits once decoded

    await client.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})

    assert await _status(client, token) == 401
    assert await _status(client, twin) == 401


async def test_without_credentials_the_answer_says_how(client: Client):
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "}):
        answer = await client.get(ME, headers=headers)

        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_bad_token_gets_401_without_that_header(client: Client):
    answer = await client.get(ME, headers={"Authorization": "Bearer nonsense"})

    assert answer.status == 401
    assert "WWW-Authenticate" not in answer.headers


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client):
    await make_token(client, UserRole.viewer)
    typed = {"email": EMAILS[UserRole.viewer], "password": PASSWORD}

    answer = await client.post("/sign-in", data=typed, allow_redirects=False)

    cookie = answer.cookies[tokens.SESSION_COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert cookie["max-age"] == str(tokens.LIFE_S)
    assert cookie["secure"] == ""  # this is plain HTTP


def test_the_cookie_is_secure_under_https():
    context = ssl.create_default_context()
    request, response = make_mocked_request("GET", "/", sslcontext=context), web.Response()

    auth.start_session(response, request, "token")

    assert response.cookies[f"__Host-{tokens.SESSION_COOKIE}"]["secure"] is True


async def test_the_blacklist_holds_no_token(client: Client):
    token = await make_token(client, UserRole.viewer)

    await client.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})

    path = app_of(client)[keys.SETTINGS].data_dir
    stored = b"".join(file.read_bytes() for file in path.glob("config.db*"))
    assert token.encode() not in stored
    assert json.dumps(_claims(token)["jti"]).strip('"').encode() not in stored


async def test_what_another_process_does_to_a_user_counts_from_the_next_request(client: Client):
    token = await make_token(client, UserRole.viewer)
    before = [await _status(client, token) for _ in range(2)]

    with sqlite3.connect(app_of(client)[keys.SETTINGS].data_dir / "config.db") as other:
        other.execute("UPDATE users SET enabled = 0")
    other.close()

    assert before == [200, 200]
    assert await _status(client, token) == 401


async def test_a_token_that_was_just_used_expires_all_the_same(client: Client):
    token = await make_token(client, UserRole.viewer)
    assert await _status(client, token) == 200
    known = app_of(client)[tokens.KNOWN]
    for name, (version, credential) in list(known.items()):
        known[name] = version, replace(credential, expires_at_ms=now_ms() - 1)

    assert await _status(client, token) == 401
