"""What PostgreSQL says, in our words; migrations of several at once; the command line."""

import asyncio

import pytest
from sqlalchemy import text

from tests.conftest import make_settings
from webmacs_edge.config import RESOURCES, load_settings
from webmacs_edge.migrating import run_migrate
from webmacs_edge.model.errors import SettingsError, StoreError, StoreUnreachableError
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.database import Database
from webmacs_edge.store.migrate import migrate
from webmacs_edge.store.postgres import lock_number
from webmacs_edge.store.users import count_users
from webmacs_edge.user_commands import run_users_add

MIGRATIONS = RESOURCES / "migrations"


async def ask(url, question="SELECT 1"):
    database = Database(url)
    try:
        return await database.write(lambda session: session.scalar(text(question)))
    finally:
        await database.close()


async def test_a_server_that_is_not_there_is_named_without_the_password():
    with pytest.raises(StoreUnreachableError) as refusal:
        await ask("postgresql+asyncpg://plant:quite-secret@127.0.0.1:1/plant")

    assert "plant at 127.0.0.1 cannot be reached" in str(refusal.value)
    assert "secret" not in str(refusal.value)


async def test_a_database_that_does_not_exist_is_named(postgres):
    with pytest.raises(StoreError, match="no database of the name"):
        await ask(postgres.url.replace("/postgres", "/nothing"))


async def test_a_connection_that_the_server_ends_is_made_again(site_url):
    database = Database(site_url)
    with pytest.raises(StoreUnreachableError):
        await database.write(
            lambda session: session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        )

    assert await database.write(lambda session: session.scalar(text("SELECT 7"))) == 7
    await database.close()


async def test_a_statement_that_takes_too_long_is_refused(site_url):
    async def sleep(session):
        await session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        await session.execute(text("SELECT pg_sleep(5)"))

    database = Database(site_url)
    with pytest.raises(StoreError, match="statement timeout"):
        await database.write(sleep)
    await database.close()


async def test_a_reader_cannot_write(site_url):
    database = Database(site_url)
    with pytest.raises(StoreError, match="read-only"):
        async with database.read() as session:
            await session.execute(text("CREATE TABLE sneaky (id INTEGER)"))
    await database.close()


async def test_what_is_committed_is_on_the_disk(site_url):
    assert await ask(site_url, "SHOW synchronous_commit") == "on"


async def test_only_one_may_write_where_only_one_should(site_url):
    first, second = (Database(site_url, exclusive=True) for _ in range(2))
    await first.write(lambda session: session.scalar(text("SELECT 1")))

    with pytest.raises(StoreUnreachableError, match="another WEBMACS_SITE_ID"):
        await second.write(lambda session: session.scalar(text("SELECT 1")))

    await first.close()
    assert await second.write(lambda session: session.scalar(text("SELECT 1"))) == 1
    await second.close()


def test_locks_of_different_sites_differ_and_fit_into_64_bits():
    numbers = {lock_number(f"site_{n}") for n in range(1000)}

    assert len(numbers) == 1000
    assert all(-(2**63) <= number < 2**63 for number in numbers)


async def test_appliances_that_start_at_once_do_not_collide(postgres, tmp_path):
    urls = [f"{postgres.url}&search_path=site_at_once_{name}" for name in ("a", "a", "b")]

    found = await asyncio.gather(
        *(migrate(url, MIGRATIONS, tmp_path / "none", stamp="1") for url in urls)
    )

    assert len({after for _, after in found}) == 1
    assert [await ask(url, "SELECT count(*) FROM users") for url in urls] == [0, 0, 0]


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:very-secret@h/d",
        "postgresql://u:very-secret@h:port/d",
        "postgresql://very-secret",
    ],
)
def test_a_wrong_url_is_refused_without_telling_the_password(url):
    with pytest.raises(SettingsError, match="postgresql\\+asyncpg://USER") as refusal:
        load_settings(database_url=url)

    assert "secret" not in str(refusal.value)


def test_settings_that_are_printed_tell_no_password():
    settings = load_settings(database_url="postgres://u:very-secret@h/d?sslmode=require")

    assert settings.database_url.startswith("postgresql+asyncpg://u:very-secret@h/d")
    assert "secret" not in repr(settings)
    with pytest.raises(SettingsError, match="sslmode"):
        load_settings(database_url="postgresql://u@h/d?target_session_attrs=any")


async def test_a_user_can_be_added_before_the_first_start(postgres, tmp_path):
    said: list[str] = []
    settings = make_settings(tmp_path, database_url=postgres.url, site_id="fresh_users")

    for name in ("ada", "eve"):
        await run_users_add(
            settings,
            email=f"{name}@plant.lan",
            username=name,
            role=UserRole.admin,
            password="fluidised bed 7",
            say=said.append,
        )
    await run_migrate(settings, say=said.append)

    database = Database(f"{postgres.url}&search_path=site_fresh_users")
    async with database.read() as session:
        assert await count_users(session) == 2
    await database.close()
    assert "newest revision" in said[-1]


async def test_each_box_makes_a_name_for_itself_and_keeps_it(postgres, tmp_path):
    said: list[str] = []
    for _ in range(2):
        settings = make_settings(tmp_path, database_url=postgres.url)
        await run_migrate(settings, say=said.append)

    assert "brought from revision nothing" in said[0]
    assert "newest revision" in said[1]
    assert (tmp_path / "site.id").read_text().startswith("box_")
