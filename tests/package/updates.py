"""Other versions of the built package, bundles of them, and what a box says of an update."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.package.box import Box
from webmacs_edge.firmware.bundle import describe, make_keys, sign, write_bundle

DATA, STORE = "var/lib/webmacs-edge", "var/lib/webmacs-edge-updater"
ID = "11111111-1111-4111-8111-{:012d}"
WAIT_S = 150.0
Change = Callable[[Path], object]


class Releases:
    """Makes versions of the package and signs them."""

    def __init__(self, package: Path, folder: Path) -> None:
        self._folder = folder
        self._root = folder / "root"
        self.secret, self.public = make_keys(folder, "release")
        _run("dpkg-deb", "-R", str(package), str(self._root))
        self.version = _control(self._root)["Version"]
        self.schema = json.loads((self._root / "usr/share/webmacs-edge/schema.json").read_text())

    def package(self, version: str, change: Change = lambda _: None) -> Path:
        """This version, changed in some way."""
        root, target = self._folder / version, self._folder / f"webmacs-edge_{version}_amd64.deb"
        shutil.copytree(self._root, root, symlinks=True)
        _edit(root / "DEBIAN/control", r"^Version: .*$", f"Version: {version}")
        code = root / "usr/lib/webmacs-edge/webmacs_edge/__init__.py"
        _edit(code, r'__version__ = ".*"', f'__version__ = "{version}"')
        change(root)
        _sum_anew(root)
        _run("dpkg-deb", "-Znone", "--root-owner-group", "-b", str(root), str(target))
        shutil.rmtree(root)
        return target

    def bundle(self, package: Path, *, sequence: int, **more: Any) -> bytes:
        """A signed bundle of it."""
        root = self._folder / "control"
        _run("dpkg-deb", "-e", str(package), str(root))
        manifest = describe(
            [(package, _control(root.parent / "control", is_folder=True))],
            sequence=sequence,
            valid_days=30,
            **{
                "channel": "stable", "systems": ["bookworm", "trixie"],
                "pythons": ["3.11", "3.13"], "schema": self.schema, **more,
            },
        )  # fmt: skip
        target = io.BytesIO()
        signatures = sign(manifest, [self.secret.read_bytes()])
        write_bundle(target, manifest, signatures, folder=package.parent)
        return target.getvalue()


def trust(box: Box, releases: Releases) -> None:
    """Give the box the key, as an administrator would."""
    box.put(releases.public, "/etc/webmacs-edge/keys/release.pub")


def lay_out(box: Box, number: int, bundle: bytes) -> None:
    """The file of a request to come, in the place of any before."""
    updates = box.root / DATA / "updates"
    box.run("install", "-d", "-o", "webmacs-edge", f"/{DATA}/updates/inbox")
    for old in updates.glob("*.tar"):
        old.unlink()
    with (updates / f"{ID.format(number)}.tar").open("wb") as file:
        file.write(bundle)
        file.flush()
        os.fsync(file.fileno())


def ask(box: Box, number: int, bundle: bytes | None, **more: str) -> str:
    """Lay the request out, as the service does; returns its id."""
    request_id, updates = ID.format(number), box.root / DATA / "updates"
    if bundle is not None:
        lay_out(box, number, bundle)
    box.run("install", "-d", "-o", "webmacs-edge", f"/{DATA}/updates/inbox")
    request = {"id": request_id, "action": "install", "file": f"{request_id}.tar", **more}
    fresh = updates / "inbox" / "request.new"
    with fresh.open("w") as file:
        json.dump(request, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(fresh.with_name("request.json"))
    return request_id


def journal(box: Box) -> str:
    """The phase of the update."""
    return str(_read(box, "journal.json").get("phase", "idle"))


def ended(box: Box, request_id: str) -> dict[str, Any]:
    """How the request ended, once it has."""
    deadline_s = time.monotonic() + WAIT_S
    while time.monotonic() < deadline_s:
        for result in _read(box, "results.json").get("results", []):
            if result["id"] == request_id and journal(box) == "idle":
                return dict(result)
        time.sleep(0.3)
    raise AssertionError(box.run("journalctl", "-n", "120", check=False))


def reach(box: Box, phase: str, seconds: float = 0.0, asked: str = "") -> None:
    """Wait until it is in this phase, and so long; one of milliseconds may have passed unseen."""
    deadline_s = time.monotonic() + WAIT_S
    while phase_now(box) != phase and not (asked and _has_ended(box, asked)):
        assert time.monotonic() < deadline_s, phase_now(box)
        time.sleep(0.0005)
    time.sleep(seconds)


def _has_ended(box: Box, asked: str) -> bool:
    try:
        return asked in (box.root / STORE / "results.json").read_text()
    except OSError:
        return False


def phase_now(box: Box) -> str:
    """As `journal`, seen from the host: fast enough to catch what lasts a moment."""
    try:
        return str(json.loads((box.root / STORE / "journal.json").read_text())["phase"])
    except (OSError, ValueError, KeyError):
        return "idle"


def version_of(box: Box) -> str:
    """The installed one; "" when the package is not wholly installed."""
    said = box.run("dpkg-query", "-W", "-f", "${Status}|${Version}", "webmacs-edge")
    status, _, version = said.strip().partition("|")
    return version if status == "install ok installed" else ""


def _read(box: Box, name: str) -> dict[str, Any]:
    said = box.run("cat", f"/{STORE}/{name}", check=False)  # inside: what is mounted there counts
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    return dict(found)


def _control(root: Path, *, is_folder: bool = False) -> dict[str, str]:
    file = root / "control" if is_folder else root / "DEBIAN" / "control"
    lines = file.read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line and line[0] != " ")


def _sum_anew(root: Path) -> None:
    """The checksums that `dpkg --verify` compares."""
    list_ = root / "DEBIAN/md5sums"
    names = [line.partition("  ")[2] for line in list_.read_text().splitlines()]
    sums = [hashlib.md5((root / name).read_bytes()).hexdigest() for name in names]  # noqa: S324
    list_.write_text("".join(f"{it}  {name}\n" for it, name in zip(sums, names, strict=True)))


def _edit(file: Path, pattern: str, text: str) -> None:
    file.write_text(re.sub(pattern, text, file.read_text(), flags=re.MULTILINE))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 our own arguments
