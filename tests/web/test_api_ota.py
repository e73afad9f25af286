"""Updates for programs, as the contract has them."""

import asyncio
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update

from tests.conftest import Client, Start, app_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge import __version__
from webmacs_edge.firmware.files import UpdateFiles
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import FirmwareUpdate
from webmacs_edge.web import keys
from webmacs_edge.web.api import ota

OTA = "/api/v1/ota"
FIELDS = [
    "public_id", "version", "changelog", "file_hash_sha256", "file_size_bytes", "status",
    "error_message", "created_on", "started_on", "completed_on", "user_public_id",
    "has_firmware_file",
]  # fmt: skip
NAME = "webmacs-update-9.8.7.tar.gz"


def _folder(client: Client) -> Path:
    return app_of(client)[keys.UPDATE_FILES].folder


def _files(client: Client) -> list[str]:
    folder = _folder(client)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def _noted(client: Client, version: str = "9.8.7") -> dict[str, Any]:
    assert (await client.post(OTA, json={"version": version, "changelog": "New."})).status == 201
    found: dict[str, Any] = (await (await client.get(OTA)).json())["data"][0]
    return found


def _form(content: bytes, name: str = NAME, field: str = "file") -> FormData:
    form = FormData()
    form.add_field(field, io.BytesIO(content), filename=name, content_type="application/gzip")
    return form


async def _set_status(client: Client, status: str) -> None:
    async def work(session: Any) -> None:
        await session.execute(update(FirmwareUpdate).values(status=status))

    await app_of(client)[keys.DATABASE].write(work)


async def test_a_noted_release_is_listed_with_every_field(admin: Client):
    noted = await _noted(admin)

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
    await _noted(admin)

    answer = await admin.post(OTA, json={"version": "9.8.7"})

    assert (answer.status, (await answer.json())["field"]) == (409, "version")


@pytest.mark.parametrize("body", [None, {}, {"download_url": None}, {"_": 1}])
async def test_nothing_is_installed_and_that_is_said(admin: Client, body: Any):
    noted = await _noted(admin)
    url = f"{OTA}/{noted['public_id']}"

    answer = await (
        admin.post(f"{url}/apply", json=body) if body is not None else admin.post(f"{url}/apply")
    )

    assert answer.status == 409
    assert "signed package" in (await answer.json())["detail"]
    assert await (await admin.get(url)).json() == noted


@pytest.mark.parametrize(
    "body",
    [{"download_url": "file:///etc/passwd"}, {"file_hash_sha256": "ab"}, {"download_url": ""}],
)
async def test_a_request_to_install_that_does_not_fit_names_the_field(
    admin: Client, body: dict[str, Any]
):
    noted = await _noted(admin)

    answer = await admin.post(f"{OTA}/{noted['public_id']}/apply", json=body)

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == ["body", next(iter(body))]


async def test_what_is_not_installed_cannot_be_rolled_back(admin: Client):
    noted = await _noted(admin)
    url = f"{OTA}/{noted['public_id']}"

    early = await admin.post(f"{url}/rollback")
    await _set_status(admin, "completed")
    late = await admin.post(f"{url}/rollback")
    again = await admin.post(f"{url}/apply")

    assert [answer.status for answer in (early, late, again)] == [409, 409, 409]
    assert "waits to be installed" in (await early.json())["detail"]
    assert "signed package" in (await late.json())["detail"]
    assert "is installed" in (await again.json())["detail"]
    assert (await (await admin.get(url)).json())["status"] == "completed"


@pytest.mark.parametrize("path", ["", "/apply", "/rollback"])
async def test_an_unknown_update_is_not_found(admin: Client, path: str):
    method = "POST" if path else "GET"

    assert (await admin.request(method, f"{OTA}/none{path}")).status == 404


async def test_an_uploaded_file_is_kept_under_a_name_of_ours(admin: Client):
    content = bytes(range(256)) * 5000

    answer = await admin.post(f"{OTA}/upload", data=_form(content))

    assert answer.status == 201, await answer.text()
    assert "1.3 MB" in (await answer.json())["message"]
    row = (await (await admin.get(OTA)).json())["data"][0]
    assert (row["version"], row["status"], row["has_firmware_file"]) == ("9.8.7", "pending", True)
    assert row["file_size_bytes"] == len(content)
    assert row["file_hash_sha256"] == hashlib.sha256(content).hexdigest()
    (name,) = _files(admin)
    assert "9.8.7" not in name
    assert (_folder(admin) / name).read_bytes() == content


async def test_a_file_joins_the_release_that_waits_for_it(admin: Client):
    noted = await _noted(admin)

    answer = await admin.post(f"{OTA}/upload", data=_form(b"x"))

    row = await (await admin.get(f"{OTA}/{noted['public_id']}")).json()
    assert answer.status == 201
    assert (row["has_firmware_file"], row["changelog"]) == (True, "New.")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("webmacs-update-9.8.7.zip", 400),
        ("webmacs-update.tar.gz", 400),
        ("webmacs-update-09.8.7.tar.gz", 400),
        ("../../webmacs-update-9.8.7.tar.gz", 400),
        ("/etc/cron.d/x-9.8.7.tar.gz", 400),
        ("..\\x-9.8.7.tar.gz", 400),
        ("9.8.7.tar.gz", 201),
        ("my own-9.8.7.tar.gz", 201),
    ],
)
async def test_the_name_only_tells_the_version(admin: Client, name: str, status: int):
    answer = await _send_streamed(admin, b"x", name.replace("\\", "\\\\"))

    assert answer.status == status
    assert len(_files(admin)) == (status == 201)
    assert not list(_folder(admin).parent.glob("*.tar.gz"))


async def test_a_second_file_of_a_version_is_a_conflict(admin: Client):
    first = await admin.post(f"{OTA}/upload", data=_form(b"x"))
    second = await admin.post(f"{OTA}/upload", data=_form(b"y"))

    assert (first.status, second.status) == (201, 409)
    assert len(_files(admin)) == 1


async def test_a_file_that_is_too_large_leaves_nothing(
    admin: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ota, "MAX_FILE_BYTES", 100_000)

    announced = await admin.post(f"{OTA}/upload", data=_form(b"x" * 300_000))
    streamed = await _send_streamed(admin, b"x" * 300_000)

    assert (announced.status, streamed.status) == (413, 413)
    assert "MiB is the limit" in (await streamed.json())["detail"]
    assert _files(admin) == []


async def _send_streamed(client: Client, content: bytes, name: str = NAME) -> Any:
    """Without saying how long it is, and with the name as it stands."""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'

    async def parts():
        yield head.encode()
        for start in range(0, len(content), 50_000):
            yield content[start : start + 50_000]
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return await client.post(f"{OTA}/upload", data=parts(), headers=headers)


async def test_without_room_on_the_disk_nothing_is_taken(admin: Client):
    app = app_of(admin)
    full = UpdateFiles(_folder(admin), reserve_bytes=2**62)
    app._state[keys.UPDATE_FILES] = full  # noqa: SLF001 a started application is frozen

    answer = await admin.post(f"{OTA}/upload", data=_form(b"x"))

    assert answer.status == 507
    assert "must be free" in (await answer.json())["detail"]
    assert _files(admin) == []
    assert (await (await admin.get(OTA)).json())["total"] == 0


async def test_a_folder_that_cannot_be_written_is_told(admin: Client):
    _folder(admin).write_text("in the way")

    answer = await admin.post(f"{OTA}/upload", data=_form(b"x"))

    assert answer.status == 503
    assert "cannot be written" in (await answer.json())["detail"]


async def test_a_sender_that_leaves_half_way_leaves_nothing(admin: Client):
    started = asyncio.Event()

    async def endless():
        yield (
            f'--b\r\nContent-Disposition: form-data; name="file"; filename="{NAME}"\r\n\r\n'
        ).encode()
        while True:
            yield b"x" * 100_000
            started.set()
            await asyncio.sleep(0.01)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    task = asyncio.create_task(admin.post(f"{OTA}/upload", data=endless(), headers=headers))
    await started.wait()
    await eventually(lambda: _files(admin), what="a file on its way")
    busy = await admin.post(f"{OTA}/upload", data=_form(b"x"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    await eventually(lambda: not _files(admin), what="nothing left")
    assert busy.status == 503
    assert (await admin.post(f"{OTA}/upload", data=_form(b"x"))).status == 201


async def test_what_a_power_cut_left_goes_with_the_next_upload(admin: Client):
    await admin.post(f"{OTA}/upload", data=_form(b"x"))
    kept = _files(admin)
    (_folder(admin) / "left.tar.gz").write_bytes(b"half")

    await admin.post(f"{OTA}/upload", data=_form(b"y", "x-9.9.9.tar.gz"))

    assert len(_files(admin)) == 2
    assert set(kept) < set(_files(admin))
    assert "left.tar.gz" not in _files(admin)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--c\r\n\r\nx\r\n--c--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken"),
        ("multipart/form-data; boundary=" + "b" * 80, b"--b\r\n\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="x-9.8.7.tar.gz"\r\n'
            b"Content-Length: -5\r\n\r\nx\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="x-9.8.7.tar.gz"\r\n'
            b"\r\nx",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n'
            + b"u" * 40
            + b"\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n",
        ),
    ],
)
async def test_a_form_that_cannot_be_read_is_a_fault_and_leaves_nothing(
    admin: Client, content_type: str, body: bytes
):
    answer = await admin.post(f"{OTA}/upload", data=body, headers={"Content-Type": content_type})

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"][0] == "body"
    assert _files(admin) == []


async def test_a_removed_update_takes_its_file_along(admin: Client):
    await admin.post(f"{OTA}/upload", data=_form(b"x"))
    row = (await (await admin.get(OTA)).json())["data"][0]
    url = f"{OTA}/{row['public_id']}"

    await _set_status(admin, "applying")
    busy = await admin.delete(url)
    await _set_status(admin, "failed")
    statuses = [(await admin.delete(url)).status, (await admin.delete(url)).status]

    assert (busy.status, statuses) == (409, [200, 404])
    assert _files(admin) == []


async def test_an_update_outlives_whoever_noted_it(admin: Client):
    await _noted(admin)

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
        await _noted(client, "10.0.0")
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


async def test_a_file_whose_row_cannot_be_written_is_deleted(admin: Client):
    """Of two uploads of one version the later one loses, at the very end."""
    sent = asyncio.Event()

    async def slow():
        yield (
            f'--b\r\nContent-Disposition: form-data; name="file"; filename="{NAME}"\r\n\r\n'
        ).encode()
        yield b"x" * 300_000
        await sent.wait()
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    task = asyncio.create_task(admin.post(f"{OTA}/upload", data=slow(), headers=headers))
    await eventually(lambda: _files(admin), what="a file on its way")
    await _noted(admin)
    await _set_status(admin, "completed")
    sent.set()
    answer = await task

    assert answer.status == 409
    assert _files(admin) == []
    async with app_of(admin)[keys.DATABASE].read() as session:
        rows = (await session.scalars(select(FirmwareUpdate))).all()
    assert [row.file_path for row in rows] == [None]
