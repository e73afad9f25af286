"""Packages of drivers for programs: ours, and those that somebody has uploaded."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from aiohttp import hdrs, web
from pydantic import TypeAdapter

from webmacs_edge import __version__
from webmacs_edge.firmware.files import StoredFile, UpdateFiles
from webmacs_edge.firmware.wheels import Wheel, read_wheel
from webmacs_edge.model.devices import EDGE_REVPI, EDGE_SYSTEM, EDGE_VIRTUAL
from webmacs_edge.model.errors import ConflictError, NotAllowedError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import finish
from webmacs_edge.store.plugin_packages import (
    add_package,
    delete_package,
    known_files,
    list_packages,
)
from webmacs_edge.web.api.answers import answer_unless_known, done
from webmacs_edge.web.keys import DATABASE, DRIVER_FILES, SETTINGS, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.lists import StatusOut
from webmacs_edge.web.schemas.plugins import PluginPackageOut
from webmacs_edge.web.uploads import find_file, read_parts, too_large
from webmacs_edge.web.writing import write

MAX_FILE_BYTES = 50 * 1024 * 1024
_FORM_BYTES = 64 * 1024  # what a form has around its file
_PACKAGES = TypeAdapter(list[PluginPackageOut])
BUNDLED: Sequence[PluginPackageOut] = (
    PluginPackageOut(
        public_id=str(uuid5(NAMESPACE_URL, "webmacs-edge")),
        package_name="webmacs-edge",
        version=__version__,
        source="bundled",
        plugin_ids=[EDGE_REVPI, EDGE_VIRTUAL, EDGE_SYSTEM],
        removable=False,
    ),
)


@operation(returns=list[PluginPackageOut])
async def index(request: web.Request) -> web.Response:
    """List the packages of drivers: ours, then uploaded ones, the oldest first."""
    async with request.app[DATABASE].read() as session:
        uploaded = await list_packages(session)
    rows = [*BUNDLED, *(PluginPackageOut.model_validate(package) for package in uploaded)]
    return answer_unless_known(request, _PACKAGES.dump_json(rows))


@operation(upload=True, returns=StatusOut, status=201, errors=(400,))
async def upload(request: web.Request) -> web.Response:
    """Take a wheel with drivers and keep it; refused unless the settings allow it. Never run."""
    if not request.app[SETTINGS].allow_driver_upload:
        raise NotAllowedError(
            text(
                "This appliance takes no drivers by upload. Its settings file can allow it: "
                "allow_driver_upload = true."
            )
        )
    files = request.app[DRIVER_FILES]
    size_bytes = _announced(request)
    with files.receiving():
        part = await find_file(request)
        if not (part.filename or "").lower().endswith(".whl"):
            raise web.HTTPBadRequest(reason="The name of the file must end in .whl.")
        async with request.app[DATABASE].read() as session:
            known = await known_files(session)
        await files.prepare(known, size_bytes=size_bytes)
        stored = await files.receive(read_parts(part, max_bytes=MAX_FILE_BYTES))
        wheel = await finish(_keep(request, files, stored))
    return done(
        f"The package {wheel.name} {wheel.version} was checked and stored. Its drivers "
        f"({', '.join(wheel.plugin_ids)}) are not run: this version runs its own drivers only.",
        status=201,
    )


@operation(returns=StatusOut, errors=(400,))
async def remove(request: web.Request) -> web.Response:
    """Forget an uploaded package and delete its file."""
    public_id = request.match_info["public_id"]
    if any(package.public_id == public_id for package in BUNDLED):
        raise web.HTTPBadRequest(reason="This package is part of the appliance; it stays.")
    package = await write(request, lambda session: delete_package(session, public_id))
    if package.file_path:
        await asyncio.to_thread(request.app[DRIVER_FILES].remove, package.file_path)
    return done(f"The package {package.package_name} was removed.")


def _announced(request: web.Request) -> int:
    """How long the request says it is; 413 when that is too long already."""
    announced = int(request.headers.get(hdrs.CONTENT_LENGTH, "0"))
    if announced > MAX_FILE_BYTES + _FORM_BYTES:
        raise too_large(MAX_FILE_BYTES)
    return announced


async def _keep(request: web.Request, files: UpdateFiles, stored: StoredFile) -> Wheel:
    """Check the file and note it; where it does not fit it is deleted again."""
    owner, at_ms = request[USER].public_id, now_ms()
    file = (stored.name, stored.sha256, stored.size_bytes)
    path: Path = files.folder / stored.name
    try:
        wheel = await asyncio.to_thread(read_wheel, path)
        _check_name(wheel.name)
        await write(
            request,
            lambda session: add_package(
                session, name=wheel.name, version=wheel.version, plugin_ids=wheel.plugin_ids,
                file=file, at_ms=at_ms, user_public_id=owner,
            ),
        )  # fmt: skip
    except Exception:
        files.remove(stored.name)
        raise
    return wheel


def _check_name(name: str) -> None:
    if any(package.package_name == name for package in BUNDLED):
        raise ConflictError(text("{name} is part of the appliance.", name=name), field="file")
