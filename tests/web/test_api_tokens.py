"""API tokens: made and revoked by people, used by programs within scope and role."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.conftest import EMAILS, Client, app_of, channels_of, make_token
from tests.waiting import eventually
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.api_tokens import MAX_TOKENS
from webmacs_edge.store.tables import ApiToken, AuditEntry, User
from webmacs_edge.web import keys

TOKENS, ME = "/api/v1/tokens", "/api/v1/auth/me"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def _make(client: Client, role: UserRole, **given: Any) -> dict[str, Any]:
    """A fresh token of a fresh user of this role, as the answer tells it."""
    jwt = await make_token(client, role)
    answer = await client.post(TOKENS, json={"name": "logger", **given}, headers=_bearer(jwt))
    assert answer.status == 201, await answer.text()
    made: dict[str, Any] = await answer.json()
    return made | {"jwt": jwt}


async def _row(client: Client) -> ApiToken:
    async with app_of(client)[keys.DATABASE].read() as session:
        return (await session.scalars(select(ApiToken))).one()


async def test_a_token_is_told_once_and_kept_as_a_hash(client: Client):
    made = await _make(client, UserRole.viewer)

    assert set(made) - {"jwt"} == {
        "public_id", "name", "token", "expires_at", "created_at", "scope",
    }  # fmt: skip
    assert made["token"].startswith("wm_")
    assert len(made["token"]) == 67
    assert made["scope"] == "full"
    data = app_of(client)[keys.SETTINGS].data_dir
    stored = b"".join(file.read_bytes() for file in data.glob("config.db*"))
    assert made["token"].encode() not in stored


async def test_a_token_is_accepted_where_a_login_is(client: Client):
    made = await _make(client, UserRole.viewer)

    answer = await client.get(ME, headers=_bearer(made["token"]))

    assert (answer.status, (await answer.json())["email"]) == (200, EMAILS[UserRole.viewer])


async def test_everybody_lists_their_own_and_admins_all(client: Client):
    viewer = await _make(client, UserRole.viewer)
    operator = await _make(client, UserRole.operator)
    admin = await make_token(client, UserRole.admin)

    own = await (await client.get(TOKENS, headers=_bearer(viewer["jwt"]))).json()
    everybody = await (await client.get(TOKENS, headers=_bearer(admin))).json()

    assert [it["public_id"] for it in own["data"]] == [viewer["public_id"]]
    assert [it["public_id"] for it in everybody["data"]] == [
        operator["public_id"], viewer["public_id"],
    ]  # fmt: skip
    me = await (await client.get(ME, headers=_bearer(viewer["jwt"]))).json()
    assert own["data"][0]["user_public_id"] == me["public_id"]
    assert set(own["data"][0]) == {
        "public_id", "name", "last_used_at", "expires_at", "created_at", "user_public_id", "scope",
    }  # fmt: skip


async def test_a_token_is_revoked_by_its_owner_and_by_admins(client: Client):
    viewer = await _make(client, UserRole.viewer)
    operator = await make_token(client, UserRole.operator)
    admin = await make_token(client, UserRole.admin)
    path = f"{TOKENS}/{viewer['public_id']}"

    foreign = await client.delete(path, headers=_bearer(operator))
    by_admin = await client.delete(path, headers=_bearer(admin))
    again = await client.delete(path, headers=_bearer(admin))

    assert (foreign.status, by_admin.status, again.status) == (403, 200, 404)
    assert (await client.get(ME, headers=_bearer(viewer["token"]))).status == 401


@pytest.mark.parametrize(
    "given",
    [
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "0001-01-01T00:00:00+14:00"},
        {"expires_at": "9999-12-31T23:59:59-14:00"},
        {"expires_at": 1e300},
        {"expires_at": "soon"},
        {"scope": "everything"},
        {"name": ""},
        {"name": "x" * 256},
        {"name": "a\nb"},
    ],
)
@pytest.mark.standing
async def test_a_token_that_does_not_fit_is_refused(viewer: Client, given: dict[str, Any]):
    answer = await viewer.post(TOKENS, json={"name": "logger", **given})

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == ["body", next(iter(given))]


@pytest.mark.parametrize("offset", ["", "Z"])
async def test_a_moment_without_an_offset_is_utc(viewer: Client, offset: str):
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    text = later.isoformat().removesuffix("+00:00")

    answer = await viewer.post(TOKENS, json={"name": "logger", "expires_at": text + offset})

    assert (answer.status, (await answer.json())["expires_at"]) == (201, f"{text}Z")


async def test_a_token_expires(client: Client):
    made = await _make(client, UserRole.viewer)
    await app_of(client)[keys.DATABASE].write(
        lambda session: session.execute(update(ApiToken).values(expires_at_ms=now_ms() - 1))
    )

    assert (await client.get(ME, headers=_bearer(made["token"]))).status == 401


@pytest.mark.parametrize("change", [{"enabled": False}, {"removed_on_ms": 1}])
async def test_a_token_of_a_disabled_or_deleted_user_is_void(
    client: Client, change: dict[str, Any]
):
    made = await _make(client, UserRole.viewer)
    await app_of(client)[keys.DATABASE].write(
        lambda session: session.execute(update(User).values(**change))
    )

    assert (await client.get(ME, headers=_bearer(made["token"]))).status == 401


async def test_the_role_of_the_owner_counts_as_it_is_now(client: Client):
    made = await _make(client, UserRole.operator)
    headers = _bearer(made["token"])
    before = await client.post("/api/v1/experiments", json={"name": "One"}, headers=headers)

    await app_of(client)[keys.DATABASE].write(
        lambda session: session.execute(update(User).values(role=UserRole.viewer))
    )
    after = await client.post("/api/v1/experiments", json={"name": "Two"}, headers=headers)

    assert (before.status, after.status) == (201, 403)


async def test_a_token_makes_no_tokens_and_touches_no_accounts(client: Client):
    made = await _make(client, UserRole.admin)
    headers = _bearer(made["token"])
    me = (await (await client.get(ME, headers=headers)).json())["public_id"]
    user = {"email": "a@b.lan", "username": "Anna", "password": "sand falls up"}

    answers = [
        await client.post(TOKENS, json={"name": "more"}, headers=headers),
        await client.delete(f"{TOKENS}/{made['public_id']}", headers=headers),
        await client.post("/api/v1/users", json=user, headers=headers),
        await client.put(f"/api/v1/users/{me}", json={"username": "Root"}, headers=headers),
        await client.delete(f"/api/v1/users/{me}", headers=headers),
    ]

    assert [answer.status for answer in answers] == [403] * len(answers)
    assert "Sign in with e-mail and password" in (await answers[0].json())["detail"]
    assert (await client.get(TOKENS, headers=headers)).status == 200


async def test_signing_out_with_a_token_revokes_it_and_stores_nothing_of_it(client: Client):
    made = await _make(client, UserRole.viewer, scope="read")
    headers = _bearer(made["token"])

    answer = await client.post("/api/v1/auth/logout", headers=headers)

    assert (answer.status, (await answer.json())["status"]) == (200, "success")
    assert (await client.get(ME, headers=headers)).status == 401
    data = app_of(client)[keys.SETTINGS].data_dir
    stored = b"".join(file.read_bytes() for file in data.glob("config.db*"))
    assert made["token"].encode() not in stored


async def test_its_use_is_noted_once_a_minute_at_most(client: Client):
    made = await _make(client, UserRole.viewer)
    headers = _bearer(made["token"])
    unused = (await _row(client)).last_used_at_ms

    await client.get(ME, headers=headers)
    listed = await (await client.get(TOKENS, headers=headers)).json()

    async def noted() -> int | None:
        return (await _row(client)).last_used_at_ms

    first = await eventually(noted, what="the use noted")
    await client.get(ME, headers=headers)
    assert unused is None
    assert listed["data"][0]["last_used_at"] is not None
    assert await noted() == first


async def test_what_a_token_changes_is_told_under_its_name(client: Client):
    made = await _make(client, UserRole.operator)

    await client.post("/api/v1/experiments", json={"name": "Run"}, headers=_bearer(made["token"]))

    async with app_of(client)[keys.DATABASE].read() as session:
        told = (
            await session.scalars(select(AuditEntry).where(AuditEntry.noun == "experiments"))
        ).one()
    assert (told.actor, told.via) == ("operator person", "token logger")


async def test_nobody_piles_up_tokens(client: Client):
    made = await _make(client, UserRole.viewer)
    headers = _bearer(made["jwt"])
    for _ in range(MAX_TOKENS - 1):
        await client.post(TOKENS, json={"name": "one more"}, headers=headers)

    answer = await client.post(TOKENS, json={"name": "one too many"}, headers=headers)

    assert answer.status == 409


@pytest.mark.parametrize(
    ("scope", "allowed"), [("read", True), ("telemetry", False), ("full", True)]
)
async def test_scopes_hold_on_the_stream_too(client: Client, scope: str, *, allowed: bool):
    await channels_of(client)
    made = await _make(client, UserRole.operator, scope=scope)

    async with client.ws_connect(f"/ws/datapoints/stream?token={made['token']}") as socket:
        first = await socket.receive()

    assert (first.data == 1008) != allowed
