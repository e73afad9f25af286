"""Updates for programs, as the contract has them."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import update

from tests.conftest import Client, Start, app_of, sign_in_as
from tests.web.updates import OTA, note, set_status
from webmacs_edge import __version__
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import FirmwareUpdate
from webmacs_edge.web import keys

FIELDS = [
    "public_id", "version", "changelog", "file_hash_sha256", "file_size_bytes", "status",
    "error_message", "created_on", "started_on", "completed_on", "user_public_id",
    "has_firmware_file",
]  # fmt: skip


async def test_a_noted_release_is_listed_with_every_field(admin: Client):
    noted = await note(admin)

    assert list(noted) == FIELDS
    assert (noted["status"], noted["has_firmware_file"]) == ("pending", False)
    assert await (await admin.get(f"{OTA}/{noted['public_id']}")).json() == noted


@pytest.mark.parametrize(
    "version", ["", "1.2", "01.2.3", "1.2.3.4", "v1.2.3", "1.2.3-rc1", "1.2.3\n1", None, 1.2]
)
async def test_a_version_is_three_numbers(admin: Client, version: Any):
    answer = await admin.post(OTA, json={"version": version})

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == ["body", "version"]


async def test_a_release_is_noted_once(admin: Client):
    await note(admin)

    answer = await admin.post(OTA, json={"version": "9.8.7"})

    assert (answer.status, (await answer.json())["field"]) == (409, "version")


@pytest.mark.parametrize("body", [None, {}, {"download_url": None}, {"_": 1}])
async def test_nothing_is_installed_and_that_is_said(admin: Client, body: Any):
    noted = await note(admin)
    url = f"{OTA}/{noted['public_id']}"

    answer = await (
        admin.post(f"{url}/apply", json=body) if body is not None else admin.post(f"{url}/apply")
    )

    assert answer.status == 409
    assert "by hand" in (await answer.json())["detail"]
    assert await (await admin.get(url)).json() == noted


@pytest.mark.parametrize(
    "body",
    [{"download_url": "file:///etc/passwd"}, {"file_hash_sha256": "ab"}, {"download_url": ""}],
)
async def test_a_request_to_install_that_does_not_fit_names_the_field(
    admin: Client, body: dict[str, Any]
):
    noted = await note(admin)

    answer = await admin.post(f"{OTA}/{noted['public_id']}/apply", json=body)

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == ["body", next(iter(body))]


async def test_what_is_not_installed_cannot_be_rolled_back(admin: Client):
    noted = await note(admin)
    url = f"{OTA}/{noted['public_id']}"

    early = await admin.post(f"{url}/rollback")
    await set_status(admin, "completed")
    late = await admin.post(f"{url}/rollback")
    again = await admin.post(f"{url}/apply")

    assert [answer.status for answer in (early, late, again)] == [409, 409, 409]
    assert "waits to be installed" in (await early.json())["detail"]
    assert "not the one that runs" in (await late.json())["detail"]
    assert "is installed" in (await again.json())["detail"]
    assert (await (await admin.get(url)).json())["status"] == "completed"


@pytest.mark.parametrize("path", ["", "/apply", "/rollback"])
@pytest.mark.standing
async def test_an_unknown_update_is_not_found(admin: Client, path: str):
    method = "POST" if path else "GET"

    assert (await admin.request(method, f"{OTA}/none{path}")).status == 404


async def test_an_update_outlives_whoever_noted_it(admin: Client):
    await note(admin)

    async def forget(session: Any) -> None:
        await session.execute(update(FirmwareUpdate).values(user_public_id=None))

    await app_of(admin)[keys.DATABASE].write(forget)

    answer = await admin.get(OTA)
    assert answer.status == 200
    assert (await answer.json())["data"][0]["user_public_id"] is None


async def test_the_check_names_what_waits_here_and_what_is_published(
    start: Start, plant: VirtualRevPi
):
    app = web.Application()

    async def latest(_request: web.Request) -> web.Response:
        return web.json_response({"tag_name": "v9.9.0", "html_url": "https://github.com/r"})

    app.router.add_get("/repos/plant/edge/releases/latest", latest)
    async with (
        TestServer(app) as stand,
        start(
            plant, update_repository="plant/edge", update_api_url=str(stand.make_url("/"))
        ) as client,
    ):
        await sign_in_as(client, UserRole.admin)
        published = await (await client.get(f"{OTA}/check")).json()
        await note(client, "10.0.0")
        waiting = await (await client.get(f"{OTA}/check")).json()

    assert published == {
        "current_version": __version__,
        "latest_version": "9.9.0",
        "update_available": True,
        "github_latest_version": "9.9.0",
        "github_download_url": None,
        "github_release_url": "https://github.com/r",
        "github_error": None,
    }
    assert waiting["latest_version"] == "10.0.0"


async def test_a_viewer_may_check_and_nothing_else(viewer: Client):
    check = await viewer.get(f"{OTA}/check")

    body = await check.json()
    assert (check.status, (await viewer.get(OTA)).status) == (200, 403)
    assert (body["update_available"], body["latest_version"]) == (False, None)
    assert "update_repository" in body["github_error"]
