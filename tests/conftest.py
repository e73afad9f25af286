"""The whole appliance on the virtual plant, for tests that use it as people and programs do."""

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any, Protocol

import bcrypt
import hypothesis
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.ext.asyncio import AsyncSession

from tests.waiting import eventually
from webmacs_edge.app import make_app
from webmacs_edge.config import RESOURCES, Settings, load_settings
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.database import sqlite_url
from webmacs_edge.store.logins import add_login
from webmacs_edge.store.tables import User
from webmacs_edge.store.upgrade import upgrade
from webmacs_edge.store.users import create_user, find_user_by_email
from webmacs_edge.web import hashing, keys, render, tokens

pytest_plugins = ["tests.postgres.fixtures", "tests.web.doors", "tests.hardware.shim.fixtures"]

hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

Client = TestClient[web.Request, web.Application]

PASSWORD = "fluidised bed 7"
EMAILS = {role: f"{role}@plant.lan" for role in UserRole}


def pytest_collection_finish() -> None:
    """What is there now stays: looking at all of it again and again takes an eighth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of whoever runs the tests do not reach them."""
    import os  # noqa: PLC0415 only here

    for name in list(os.environ):
        if name.startswith("WEBMACS_"):
            monkeypatch.delenv(name)


class _Compiled(BytecodeCache):
    """Compiled templates in RAM: compiling them takes longer than anything else at a start."""

    def __init__(self) -> None:
        self._kept: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key] = bucket.code


render.BYTECODE_CACHE = _Compiled()


# bcrypt is slow on purpose: of what tests take, a sixth. `SHIPPED` is what people's passwords get.
SHIPPED = hashing.COST, hashing.DUMMY_HASH
hashing.COST = 4
hashing.DUMMY_HASH = bcrypt.hashpw(bcrypt.gensalt(4), bcrypt.gensalt(4)).decode()


@pytest.fixture(scope="session")
def empty_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated `config.db` with nothing in it, to copy: migrating takes a process of its own."""
    file = tmp_path_factory.mktemp("empty") / "config.db"
    upgrade(sqlite_url(file), RESOURCES / "migrations", file.parent, name="")
    return file


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualRevPi]:
    """One virtual plant for all tests that only look at it."""
    with VirtualRevPi(tmp_path_factory.mktemp("plant")) as plant:
        yield plant


@pytest.fixture
def own_plant(tmp_path: Path) -> Iterator[VirtualRevPi]:
    """A virtual plant of this test's own, to break it."""
    with VirtualRevPi(tmp_path / "plant") as plant:
        yield plant


class Start(Protocol):
    """Starts an appliance on a plant; keyword arguments are settings."""

    def __call__(
        self, plant: VirtualRevPi, **settings: Any
    ) -> AbstractAsyncContextManager[Client]: ...


@pytest.fixture
def start(tmp_path: Path, empty_config: Path) -> Start:
    """Appliances on this test's data directory, one after the other."""
    (tmp_path / "data").mkdir()
    shutil.copy(empty_config, tmp_path / "data")
    return partial(started, data_dir=tmp_path / "data")


@asynccontextmanager
async def started(plant: VirtualRevPi, *, data_dir: Path, **given: Any) -> AsyncIterator[Client]:
    """An appliance on this plant; keyword arguments are settings."""
    deaths: list[str] = []
    driver = RevPi(plant.image_path, plant.config_path, simulated=True)
    settings = make_settings(data_dir, **given)
    server = TestServer(make_app(settings, driver, on_death=deaths.append))
    async with TestClient(server) as client:
        yield client
    assert deaths == []


def make_settings(data_dir: Path, **given: Any) -> Settings:
    """Settings for a test: quick flushes, UTC."""
    defaults = {"flush_seconds": 1.0, "time_zone": "UTC", "host": "127.0.0.1", "https_port": 0}
    defaults["watch_box"] = False  # tests count the channels of the plant
    return load_settings(data_dir=data_dir, **{**defaults, **given})


@pytest.fixture(scope="session")
async def known_plant(
    plant: VirtualRevPi, empty_config: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A data directory that has met the plant once, to copy: a first start takes long."""
    directory = tmp_path_factory.mktemp("known")
    shutil.copy(empty_config, directory)
    async with started(plant, data_dir=directory) as client:
        await channels_of(client)
    for left in directory.glob("history.db*"):
        left.unlink()
    return directory


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Client:
    """The appliance as it comes out of the box: nobody has set it up yet.

    Tests that leave it as it was say so by the mark `standing`, and share one.
    """
    standing = request.node.get_closest_marker("standing") is not None
    found: Client = request.getfixturevalue("standing_client" if standing else "fresh_client")
    found.session.cookie_jar.clear()
    return found


@pytest.fixture
async def fresh_client(
    start: Start, plant: VirtualRevPi, known_plant: Path, tmp_path: Path
) -> AsyncIterator[Client]:
    """An appliance of this test's own."""
    shutil.copytree(known_plant, tmp_path / "data", dirs_exist_ok=True)
    async with start(plant) as client:
        await channels_of(client)
        yield client


@pytest.fixture(scope="module")
async def standing_client(
    plant: VirtualRevPi, known_plant: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """An appliance for the module's tests that leave it as it was."""
    data_dir = tmp_path_factory.mktemp("standing") / "data"
    shutil.copytree(known_plant, data_dir)
    async with started(plant, data_dir=data_dir) as client:
        await channels_of(client)
        yield client


@pytest.fixture
async def admin(client: Client) -> Client:
    """The same, set up, with the admin signed in (session cookie)."""
    return await sign_in_as(client, UserRole.admin)


@pytest.fixture
async def operator(client: Client) -> Client:
    """The same with an operator signed in."""
    return await sign_in_as(client, UserRole.operator)


@pytest.fixture
async def viewer(client: Client) -> Client:
    """The same with a viewer signed in."""
    return await sign_in_as(client, UserRole.viewer)


def app_of(client: Client) -> web.Application:
    """The application behind a client."""
    server = client.server
    assert isinstance(server, TestServer)
    return server.app


async def channels_of(client: Client) -> list[Any]:
    """The channels of a running appliance, once the plant has been read."""
    app = app_of(client)

    def live() -> list[Any]:
        events = app[keys.STATION].events
        return [e for e in events if e.point_id and app[keys.HUB].latest(e.id)]

    await eventually(live, what="live channels")
    return live()


async def sign_in_as(client: Client, role: UserRole) -> Client:
    """Make a user of that role and give the client their session cookie."""
    token = await make_token(client, role)
    client.session.cookie_jar.update_cookies({tokens.SESSION_COOKIE: token}, client.make_url("/"))
    return client


async def make_token(client: Client, role: UserRole) -> str:
    """A bearer token of a fresh user of that role."""
    app = app_of(client)
    password_hash = await hashing.hash_password(PASSWORD)

    async def user_of(session: AsyncSession) -> User:
        return await find_user_by_email(session, EMAILS[role]) or await create_user(
            session,
            email=EMAILS[role],
            username=f"{role} person",
            password_hash=password_hash,
            role=role,
            at_ms=now_ms(),
        )

    return await open_login(app, await app[keys.DATABASE].write(user_of))


async def open_login(app: web.Application, user: User, *, at_ms: int | None = None) -> str:
    """A bearer token of a fresh login of this user."""
    token_id, signed_in_ms = tokens.new_token_id(), now_ms() if at_ms is None else at_ms
    await app[keys.DATABASE].write(
        lambda session: add_login(
            session,
            user,
            token_id=token_id,
            address="192.0.2.7",
            user_agent="tests",
            at_ms=signed_in_ms,
            expires_on_ms=signed_in_ms + tokens.LIFE_S * 1000,
        )
    )
    return tokens.make_token(user, app[keys.SECRET_KEY], at_ms=signed_in_ms, token_id=token_id)


@pytest.fixture(autouse=True)
async def _no_task_left_running(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """A test that leaves a task running fails; what an appliance still standing does, ends soon."""
    if request.node.get_closest_marker("standing"):
        yield
        return
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=2)
    assert not left
