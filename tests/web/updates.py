"""Updates for the tests of their API: noted ones, files, forms."""

import io
from pathlib import Path
from typing import Any

from aiohttp import FormData
from sqlalchemy import update

from tests.conftest import Client, app_of
from webmacs_edge.store.tables import FirmwareUpdate
from webmacs_edge.web import keys

OTA = "/api/v1/ota"
NAME = "webmacs-update-9.8.7.tar.gz"


def folder_of(client: Client) -> Path:
    return app_of(client)[keys.UPDATE_FILES].folder


def files_of(client: Client) -> list[str]:
    folder = folder_of(client)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def note(client: Client, version: str = "9.8.7") -> dict[str, Any]:
    assert (await client.post(OTA, json={"version": version, "changelog": "New."})).status == 201
    found: dict[str, Any] = (await (await client.get(OTA)).json())["data"][0]
    return found


def form_of(content: bytes, name: str = NAME, field: str = "file") -> FormData:
    form = FormData()
    form.add_field(field, io.BytesIO(content), filename=name, content_type="application/gzip")
    return form


async def set_status(client: Client, status: str) -> None:
    async def work(session: Any) -> None:
        await session.execute(update(FirmwareUpdate).values(status=status))

    await app_of(client)[keys.DATABASE].write(work)


async def send_streamed(client: Client, content: bytes, name: str = NAME) -> Any:
    """Without saying how long it is, and with the name as it stands."""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'

    async def parts():
        yield head.encode()
        for start in range(0, len(content), 50_000):
            yield content[start : start + 50_000]
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return await client.post(f"{OTA}/upload", data=parts(), headers=headers)
