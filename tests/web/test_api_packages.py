"""Packages of drivers: ours are listed; others are kept only where the settings allow it."""

import io
import stat
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from tests.conftest import Client, Start, app_of, sign_in_as
from tests.web.devices import PLUGINS
from webmacs_edge.firmware import wheels
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys
from webmacs_edge.web.api import plugin_packages

PACKAGES = f"{PLUGINS}/packages"
FACTS = "acme_drivers-1.2.0.dist-info"
GOOD = {
    f"{FACTS}/METADATA": "Metadata-Version: 2.1\nName: Acme_Drivers\nVersion: 1.2.0\n\nText",
    f"{FACTS}/WHEEL": "Wheel-Version: 1.0\n",
    f"{FACTS}/entry_points.txt": "[webmacs.plugins]\nacme = acme.plugin:Acme\n",
    "acme/plugin.py": "raise SystemExit('never run')",
}


def wheel(files: dict[str, str] | None = None, /, **more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**(GOOD if files is None else files), **more}.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def symbolic_link() -> bytes:
    buffer = io.BytesIO(wheel())
    with zipfile.ZipFile(buffer, "a") as archive:
        link = zipfile.ZipInfo("acme/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def form(content: bytes, name: str = "acme_drivers-1.2.0-py3-none-any.whl") -> FormData:
    data = FormData()
    data.add_field("file", content, filename=name, content_type="application/zip")
    return data


@pytest.fixture
async def open_admin(start: Start, plant: VirtualRevPi) -> AsyncIterator[Client]:
    """An appliance whose settings allow uploads, with the admin signed in."""
    async with start(plant, allow_driver_upload=True) as client:
        yield await sign_in_as(client, UserRole.admin)


def files_of(client: Client) -> list[Path]:
    folder = app_of(client)[keys.DRIVER_FILES].folder
    return list(folder.iterdir()) if folder.exists() else []


async def packages_of(client: Client) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await (await client.get(PACKAGES)).json()
    return rows


async def test_our_drivers_are_bundled_and_stay(admin: Client):
    (ours,) = await packages_of(admin)

    answer = await admin.delete(f"{PACKAGES}/{ours['public_id']}")

    assert set(ours) == {
        "public_id", "package_name", "version", "source", "plugin_ids", "file_size_bytes",
        "installed_on", "removable",
    }  # fmt: skip
    assert (ours["source"], ours["removable"]) == ("bundled", False)
    assert ours["plugin_ids"] == ["edge-revpi", "edge-virtual", "edge-system"]
    assert answer.status == 400


async def test_uploads_are_refused_unless_the_settings_allow_them(admin: Client):
    answer = await admin.post(f"{PACKAGES}/upload", data=form(wheel()))

    assert answer.status == 403
    assert "allow_driver_upload" in (await answer.json())["detail"]
    assert files_of(admin) == []


async def test_a_wheel_is_kept_under_a_name_of_ours_listed_and_removed(open_admin: Client):
    content = wheel()

    answer = await open_admin.post(f"{PACKAGES}/upload", data=form(content, "../../x.whl"))

    said = await answer.json()
    assert answer.status == 201, said
    assert "not run" in said["message"]
    package = (await packages_of(open_admin))[1]
    (file,) = files_of(open_admin)
    assert file.read_bytes() == content
    assert (package["package_name"], package["version"]) == ("acme-drivers", "1.2.0")
    assert (package["source"], package["plugin_ids"]) == ("uploaded", ["acme"])
    assert (package["file_size_bytes"], package["removable"]) == (len(content), True)
    twice = await open_admin.post(f"{PACKAGES}/upload", data=form(content))
    assert twice.status == 409
    assert len(files_of(open_admin)) == 1
    removed = await open_admin.delete(f"{PACKAGES}/{package['public_id']}")
    assert (removed.status, files_of(open_admin)) == (200, [])
    assert (await open_admin.delete(f"{PACKAGES}/{package['public_id']}")).status == 404


_ENTRY = f"{FACTS}/entry_points.txt"
_META = f"{FACTS}/METADATA"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ZIP archive"),
        (b"PK\x03\x04 no zip at all", "ZIP archive"),
        (wheel()[:-30], "ZIP archive"),
        (wheel({"a.py": ""}), "one folder that ends in .dist-info"),
        (wheel(**{"other-1.dist-info/METADATA": ""}), "one folder that ends in .dist-info"),
        (wheel({name: text for name, text in GOOD.items() if name != _META}), "METADATA"),
        (wheel({name: text for name, text in GOOD.items() if name != _ENTRY}), "entry_points"),
        (wheel(**{_META: "Name: ../x\nVersion: 1\n"}), "no name and version"),
        (wheel(**{_META: "Name: x\n"}), "no name and version"),
        (wheel(**{_ENTRY: "[console_scripts]\na = b:c\n"}), "no entry points [webmacs.plugins]"),
        (wheel(**{_ENTRY: "no section"}), "entry_points.txt cannot be read"),
        (wheel(**{_ENTRY: "[webmacs.plugins]\nx = os.system\n"}), "not of the form"),
        (wheel(**{_ENTRY: "[webmacs.plugins]\nedge-revpi = a:B\n"}), "driver of this appliance"),
        (wheel(**{"../outside.py": ""}), "leads elsewhere"),
        (wheel(**{"/etc/x": ""}), "leads elsewhere"),
        (symbolic_link(), "symbolic link"),
        (wheel(**{_META: "Name: webmacs-edge\nVersion: 1\n"}), "part of the appliance"),
    ],
    ids=range(17),
)
async def test_what_is_no_wheel_with_drivers_is_refused_and_not_kept(
    open_admin: Client, content: bytes, reason: str
):
    answer = await open_admin.post(f"{PACKAGES}/upload", data=form(content))

    assert answer.status in (409, 422)
    assert reason in await answer.text()
    assert files_of(open_admin) == []
    assert len(await packages_of(open_admin)) == 1


async def test_what_is_huge_once_unpacked_is_refused(
    open_admin: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wheels, "MAX_UNPACKED_BYTES", 1024 * 1024)

    answer = await open_admin.post(
        f"{PACKAGES}/upload", data=form(wheel(**{"bomb": "0" * 2 * 1024 * 1024}))
    )

    assert answer.status == 422
    assert "larger than 1 MiB" in await answer.text()


async def test_other_endings_and_forms_without_a_file_are_refused(open_admin: Client):
    ending = await open_admin.post(f"{PACKAGES}/upload", data=form(wheel(), "acme.zip"))
    without = await open_admin.post(f"{PACKAGES}/upload", data={"other": "field"})
    body = await open_admin.post(f"{PACKAGES}/upload", json={})

    assert (ending.status, without.status, body.status) == (400, 422, 422)


async def test_a_file_that_is_too_large_is_refused_before_it_is_there(
    open_admin: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(plugin_packages, "MAX_FILE_BYTES", 1000)

    answer = await open_admin.post(f"{PACKAGES}/upload", data=form(b"x" * 5000))

    assert answer.status == 413
    assert files_of(open_admin) == []
