"""The commands about users, on an appliance that stands still."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import make_settings
from webmacs_edge.config import Settings
from webmacs_edge.model.errors import ConflictError, InvalidError, NotFoundError
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.logins import add_login, list_logins
from webmacs_edge.store.users import find_user_by_email
from webmacs_edge.user_commands import (
    run_users_add,
    run_users_enable,
    run_users_list,
    run_users_reset_password,
)
from webmacs_edge.web.hashing import verify_password

PASSWORD = "fluidised bed 7"


@pytest.fixture
async def site(tmp_path: Path, empty_config: Path) -> Settings:
    """The settings of a box with one administrator, ada."""
    shutil.copy(empty_config, tmp_path)
    settings = make_settings(tmp_path)
    await _add(settings, "ada", UserRole.admin)
    return settings


@pytest.fixture
async def database(site: Settings) -> AsyncIterator[Database]:
    """Its database."""
    opened = Database(sqlite_url(site.data_dir / "config.db"))
    yield opened
    await opened.close()


async def _add(settings: Settings, name: str, role: UserRole) -> None:
    await run_users_add(
        settings,
        email=f"{name}@plant.lan",
        username=name,
        role=role,
        password=PASSWORD,
        say=lambda _text: None,
    )


async def test_users_are_listed_line_by_line(site: Settings):
    await _add(site, "bert", UserRole.viewer)
    said: list[str] = []

    await run_users_list(site, say=said.append)

    assert said == [
        "ada@plant.lan\tada\tadmin\tenabled", "bert@plant.lan\tbert\tviewer\tenabled",
    ]  # fmt: skip


async def test_a_new_password_ends_every_login(site: Settings, database: Database):
    async with database.read() as session:
        ada = await find_user_by_email(session, "ada@plant.lan")
    assert ada is not None
    await database.write(
        lambda session: add_login(
            session, ada, token_id="t", address="", user_agent="", at_ms=1, expires_on_ms=2**50
        )
    )
    said: list[str] = []

    await run_users_reset_password(
        site, email="ADA@plant.lan", password="sand falls up 7", say=said.append
    )

    async with database.read() as session:
        after = await find_user_by_email(session, "ada@plant.lan")
        assert after is not None
        assert await list_logins(session, ada.id, at_ms=2) == []
    assert after.token_generation == ada.token_generation + 1
    assert await verify_password("sand falls up 7", after.password_hash)
    assert "sand falls" not in " ".join(said)


async def test_a_poor_password_is_refused(site: Settings):
    with pytest.raises(InvalidError, match="10 characters"):
        await run_users_reset_password(site, email="ada@plant.lan", password="short", say=print)


async def test_disabling_and_enabling(site: Settings, database: Database):
    await _add(site, "bert", UserRole.operator)
    said: list[str] = []

    await run_users_enable(site, email="bert@plant.lan", enabled=False, say=said.append)
    async with database.read() as session:
        out = await find_user_by_email(session, "bert@plant.lan")
    await run_users_enable(site, email="bert@plant.lan", enabled=True, say=said.append)

    assert out is not None
    assert not out.enabled
    assert said[1] == "bert@plant.lan may sign in as operator."


async def test_the_last_admin_cannot_be_disabled_here_either(site: Settings):
    with pytest.raises(ConflictError, match="last administrator"):
        await run_users_enable(site, email="ada@plant.lan", enabled=False, say=print)


async def test_an_unknown_user_is_told_with_the_way_to_see_them_all(site: Settings):
    with pytest.raises(NotFoundError, match="users list"):
        await run_users_enable(site, email="nobody@plant.lan", enabled=False, say=print)


@pytest.mark.parametrize(("email", "name"), [("bert", "bert"), ("b@plant.lan", "b")])
async def test_a_user_that_does_not_fit_is_refused(site: Settings, email: str, name: str):
    with pytest.raises(InvalidError):
        await run_users_add(
            site,
            email=email,
            username=name,
            role=UserRole.viewer,
            password=PASSWORD,
            say=print,
        )
