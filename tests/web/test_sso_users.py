"""Whose user it is that comes by an OpenID Connect provider."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import EMAILS, Client, Start, app_of, make_token
from tests.web.provider import SSO_ROOT, FakeProvider, add_user, sign_in, user_named
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.users import update_user
from webmacs_edge.web import keys

ROOT = SSO_ROOT


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        yield provider


@pytest.fixture
async def client(
    start: Start, plant: VirtualRevPi, provider: FakeProvider
) -> AsyncIterator[Client]:
    """An appliance that trusts the provider and has an administrator."""
    async with start(plant, **provider.settings()) as client:
        await make_token(client, UserRole.admin)
        yield client


async def test_a_user_of_the_same_verified_email_is_joined(client: Client, provider: FakeProvider):
    before = await add_user(client, "Anna@plant.example")

    answer = await sign_in(client, provider)
    user = await user_named(client, "anna@plant.example")

    assert answer.status == 200
    assert (user.id, user.sso_subject_id, user.role) == (before.id, "4711", UserRole.operator)


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1, "yes"])
async def test_an_email_that_is_not_verified_joins_and_makes_nobody(
    client: Client, provider: FakeProvider, verified: Any
):
    provider.person["email_verified"] = verified
    nobody = await sign_in(client, provider)
    await add_user(client, "anna@plant.example")
    joined = await sign_in(client, provider)

    user = await user_named(client, "anna@plant.example")
    assert (nobody.status, joined.status) == (403, 403)
    assert user.sso_subject_id is None


async def test_an_administrator_is_never_joined(client: Client, provider: FakeProvider):
    provider.person["email"] = EMAILS[UserRole.admin]

    answer = await sign_in(client, provider)

    assert answer.status == 403
    assert "is an administrator here" in await answer.text()
    assert (await user_named(client, EMAILS[UserRole.admin])).sso_subject_id is None


async def test_who_is_joined_to_somebody_else_stays_so(client: Client, provider: FakeProvider):
    await sign_in(client, provider)
    provider.person["sub"] = "0815"

    answer = await sign_in(client, provider)

    assert answer.status == 403
    assert (await user_named(client, "anna@plant.example")).sso_subject_id == "4711"


async def test_a_disabled_user_stays_out(client: Client, provider: FakeProvider):
    await sign_in(client, provider)
    user = await user_named(client, "anna@plant.example")
    await app_of(client)[keys.DATABASE].write(
        lambda session: update_user(
            session, user.public_id, values={"enabled": False}, at_ms=now_ms()
        )
    )

    answer = await sign_in(client, provider)

    assert answer.status == 403
    assert "disabled" in await answer.text()


async def test_nobody_new_where_the_settings_say_so(
    start: Start, plant: VirtualRevPi, provider: FakeProvider
):
    async with start(plant, **provider.settings(oidc_auto_create_users=False)) as client:
        await make_token(client, UserRole.admin)
        answer = await sign_in(client, provider)
        found = await user_named(client, "anna@plant.example")

    assert (answer.status, found) == (403, None)


async def test_nobody_is_first_by_the_provider(
    start: Start, plant: VirtualRevPi, provider: FakeProvider
):
    async with start(plant, **provider.settings()) as client:
        answer = await client.get(f"{ROOT}/authorize", allow_redirects=False)
        told = await answer.json()

    assert answer.status == 403
    assert "set up first" in told["detail"]


async def test_a_user_name_that_is_taken_gets_an_ending(client: Client, provider: FakeProvider):
    await sign_in(client, provider)
    provider.person |= {"sub": "2", "email": "other@plant.example"}

    answer = await sign_in(client, provider)

    user = await user_named(client, "other@plant.example")
    assert answer.status == 200
    assert user.username.startswith("annak._")


@pytest.mark.parametrize("email", ["", None, 7, "no address", "a@b\r\nc", "x" * 300 + "@b.de"])
async def test_without_an_email_that_can_be_used_nobody_comes_in(
    client: Client, provider: FakeProvider, email: Any
):
    provider.person["email"] = email
    provider.userinfo = {"sub": "4711"}

    assert (await sign_in(client, provider)).status == 400


async def test_an_email_that_the_token_does_not_tell_is_asked_for(
    client: Client, provider: FakeProvider
):
    provider.userinfo = provider.person
    provider.person = {"sub": "4711"}

    assert (await sign_in(client, provider)).status == 200


async def test_what_is_told_about_somebody_else_does_not_count(
    client: Client, provider: FakeProvider
):
    provider.userinfo = provider.person | {"sub": "0815"}
    provider.person = {"sub": "4711"}

    assert (await sign_in(client, provider)).status == 502
