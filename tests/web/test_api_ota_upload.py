"""Files of updates, sent by programs: kept whole under a name of ours, or not at all."""

import asyncio
import hashlib

import pytest
from sqlalchemy import select

from tests.conftest import Client, app_of
from tests.waiting import eventually
from tests.web.updates import (
    NAME,
    OTA,
    files_of,
    folder_of,
    form_of,
    note,
    send_streamed,
    set_status,
)
from webmacs_edge.firmware.files import UpdateFiles
from webmacs_edge.store.tables import FirmwareUpdate
from webmacs_edge.web import keys
from webmacs_edge.web.api import ota


async def test_an_uploaded_file_is_kept_under_a_name_of_ours(admin: Client):
    content = bytes(range(256)) * 5000

    answer = await admin.post(f"{OTA}/upload", data=form_of(content))

    assert answer.status == 201, await answer.text()
    assert "1.3 MB" in (await answer.json())["message"]
    row = (await (await admin.get(OTA)).json())["data"][0]
    assert (row["version"], row["status"], row["has_firmware_file"]) == ("9.8.7", "pending", True)
    assert row["file_size_bytes"] == len(content)
    assert row["file_hash_sha256"] == hashlib.sha256(content).hexdigest()
    (name,) = files_of(admin)
    assert "9.8.7" not in name
    assert (folder_of(admin) / name).read_bytes() == content


async def test_a_file_joins_the_release_that_waits_for_it(admin: Client):
    noted = await note(admin)

    answer = await admin.post(f"{OTA}/upload", data=form_of(b"x"))

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
    answer = await send_streamed(admin, b"x", name.replace("\\", "\\\\"))

    assert answer.status == status
    assert len(files_of(admin)) == (status == 201)
    assert not list(folder_of(admin).parent.glob("*.tar.gz"))


async def test_a_second_file_of_a_version_is_a_conflict(admin: Client):
    first = await admin.post(f"{OTA}/upload", data=form_of(b"x"))
    second = await admin.post(f"{OTA}/upload", data=form_of(b"y"))

    assert (first.status, second.status) == (201, 409)
    assert len(files_of(admin)) == 1


async def test_a_file_that_is_too_large_leaves_nothing(
    admin: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ota, "MAX_FILE_BYTES", 100_000)

    announced = await admin.post(f"{OTA}/upload", data=form_of(b"x" * 300_000))
    streamed = await send_streamed(admin, b"x" * 300_000)

    assert (announced.status, streamed.status) == (413, 413)
    assert "MiB is the limit" in (await streamed.json())["detail"]
    assert files_of(admin) == []


async def test_without_room_on_the_disk_nothing_is_taken(admin: Client):
    app = app_of(admin)
    full = UpdateFiles(folder_of(admin), reserve_bytes=2**62)
    app._state[keys.UPDATE_FILES] = full  # noqa: SLF001 a started application is frozen

    answer = await admin.post(f"{OTA}/upload", data=form_of(b"x"))

    assert answer.status == 507
    assert "must be free" in (await answer.json())["detail"]
    assert files_of(admin) == []
    assert (await (await admin.get(OTA)).json())["total"] == 0


async def test_a_folder_that_cannot_be_written_is_told(admin: Client):
    folder_of(admin).write_text("in the way")

    answer = await admin.post(f"{OTA}/upload", data=form_of(b"x"))

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
    await eventually(lambda: files_of(admin), what="a file on its way")
    busy = await admin.post(f"{OTA}/upload", data=form_of(b"x"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    await eventually(lambda: not files_of(admin), what="nothing left")
    assert busy.status == 503
    assert (await admin.post(f"{OTA}/upload", data=form_of(b"x"))).status == 201


async def test_what_a_power_cut_left_goes_with_the_next_upload(admin: Client):
    await admin.post(f"{OTA}/upload", data=form_of(b"x"))
    kept = files_of(admin)
    (folder_of(admin) / "left.tar.gz").write_bytes(b"half")

    await admin.post(f"{OTA}/upload", data=form_of(b"y", "x-9.9.9.tar.gz"))

    assert len(files_of(admin)) == 2
    assert set(kept) < set(files_of(admin))
    assert "left.tar.gz" not in files_of(admin)


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
    assert files_of(admin) == []


async def test_a_removed_update_takes_its_file_along(admin: Client):
    await admin.post(f"{OTA}/upload", data=form_of(b"x"))
    row = (await (await admin.get(OTA)).json())["data"][0]
    url = f"{OTA}/{row['public_id']}"

    await set_status(admin, "applying")
    busy = await admin.delete(url)
    await set_status(admin, "failed")
    statuses = [(await admin.delete(url)).status, (await admin.delete(url)).status]

    assert (busy.status, statuses) == (409, [200, 404])
    assert files_of(admin) == []


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
    await eventually(lambda: files_of(admin), what="a file on its way")
    await note(admin)
    await set_status(admin, "completed")
    sent.set()
    answer = await task

    assert answer.status == 409
    assert files_of(admin) == []
    async with app_of(admin)[keys.DATABASE].read() as session:
        rows = (await session.scalars(select(FirmwareUpdate))).all()
    assert [row.file_path for row in rows] == [None]
