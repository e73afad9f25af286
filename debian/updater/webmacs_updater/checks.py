"""Everything that must be true before the package manager is called."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from webmacs_edge.firmware.container import BundleReader
from webmacs_edge.firmware.fitness import Facts, check_fit
from webmacs_edge.firmware.manifest import (
    HELPER as HELPER_PACKAGE,
)
from webmacs_edge.firmware.manifest import (
    PRODUCT,
    Manifest,
    PackageFile,
    Refusal,
    files_for,
)
from webmacs_edge.firmware.signing_keys import (
    Verify,
    check_signature,
    known_keys,
    read_key,
)
from webmacs_updater.course import HELPER, NEXT, STATE
from webmacs_updater.disk import Disk, sync

RESERVE_BYTES = 64 * 2**20
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where the system keeps what matters here; tests have a place of their own."""

    keys: Sequence[Path]
    os_release: Path = Path("/etc/os-release")
    schema: Path = Path("/usr/share/webmacs-edge/schema.json")
    filled: Sequence[Path] = (Path("/usr"), Path("/var/lib/dpkg"))  # by an installation


def facts_of(disk: Disk, place: Place, *, version: str, arch: str, python: str) -> Facts:
    """What there is to know of the box that the helper runs on."""
    state = disk.read(STATE)
    return Facts(
        version,
        arch,
        _codename(place.os_release),
        python,
        int(time.time()),
        sequence=int(state.get("sequence", 0)),
        floor=int(state.get("floor", 0)),
        revoked=frozenset(map(str, state.get("revoked", []))),
    )


def unpack(
    file: BinaryIO, disk: Disk, place: Place, *, box: Facts, verify: Verify, allow_older: str = ""
) -> Manifest:
    """Copy the packages out of a bundle that is signed, whole and for this box; else Refusal."""
    keys = known_keys([*place.keys, disk.path("keys")])

    def check(manifest: bytes, signatures: bytes) -> None:
        check_signature(manifest, signatures, keys=keys, revoked=box.revoked, verify=verify)

    targets: list[BinaryIO] = []

    def sink_of(it: PackageFile) -> BinaryIO | None:
        assert reader.manifest is not None  # noqa: S101 the files come after it
        if not targets:
            check_fit(reader.manifest, box, allow_older=allow_older)
            _check_room(reader.manifest, box.arch, disk.folder)
        if it not in files_for(reader.manifest, box.arch):
            return None
        name = HELPER if it.package == HELPER_PACKAGE else NEXT
        targets.append(disk.path(name).open("wb"))
        return targets[-1]

    reader = BundleReader(check, sink_of)
    try:
        while part := file.read(_CHUNK_BYTES):
            reader.feed(part)
        manifest = reader.close()
    finally:
        for target in targets:
            target.flush()
            os.fsync(target.fileno())
            target.close()
    sync(disk.folder)
    return manifest


def check_packages(manifest: Manifest, disk: Disk, arch: str) -> None:
    """Refusal unless each package is what the manifest says it is."""
    for it in files_for(manifest, arch):
        path = disk.path(HELPER if it.package == HELPER_PACKAGE else NEXT)
        said = control_fields(path)
        wanted = {"Package": it.package, "Version": manifest.version, "Architecture": it.arch}
        if {name: said.get(name) for name in wanted} != wanted:
            raise Refusal("package", f"The package {it.name} is another one: {said}.")


def control_fields(package: Path) -> dict[str, str]:
    """What a Debian package says it is; Refusal when it is none."""
    done = subprocess.run(  # noqa: S603 our own arguments
        ["/usr/bin/dpkg-deb", "-f", str(package), "Package", "Version", "Architecture"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise Refusal("package", "One of the packages is damaged.")
    return dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)


def changed_databases(manifest: Manifest, installed: dict[str, Any]) -> tuple[str, ...]:
    """Those whose tables the new version changes; all of them where that is not known."""
    return tuple(
        name
        for name in ("config", "history")
        if not installed or str(installed.get(name)) != manifest.schema.get(name)
    )


def check_free(needed: int, folders: Sequence[Path]) -> None:
    """Refusal unless so many bytes and a reserve are free in each of them."""
    for folder in folders:
        stand = os.statvfs(folder)
        free = stand.f_bavail * stand.f_frsize
        if free < needed + RESERVE_BYTES:
            raise Refusal(
                "space",
                f"There is too little space on the disk of {folder}: "
                f"{(needed + RESERVE_BYTES) >> 20} MB must be free, {free >> 20} MB are.",
            )


def needed_bytes(manifest: Manifest, arch: str) -> int:
    """The old files stay until the new ones are complete."""
    return sum(it.installed_kib * 1024 * 2 for it in files_for(manifest, arch))


def new_keys(manifest: Manifest) -> dict[str, str]:
    """The keys that this release adds, by fingerprint."""
    try:
        keys = [read_key(pem, "a new key") for pem in manifest.new_keys]
    except ValueError as error:
        raise Refusal("manifest", f"{error}.") from error
    return {key.fingerprint: key.pem for key in keys}


def _check_room(manifest: Manifest, arch: str, store: Path) -> None:
    own = [it for it in files_for(manifest, arch) if it.package == PRODUCT]
    check_free(sum(it.size for it in own) * 3, [store])


def _codename(os_release: Path) -> str:
    try:
        lines = os_release.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    return found.get("VERSION_CODENAME", "").strip('"')
