"""The one door to the root helper: a request in its inbox, and what it tells of its course.

The helper believes none of it; what stands here saves people a wait.
"""

import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webmacs_edge.firmware.bundle import key_folders, peek, read_bundle, signed_by
from webmacs_edge.firmware.container import Check
from webmacs_edge.firmware.fitness import Facts, check_fit
from webmacs_edge.firmware.helper_words import helper_words
from webmacs_edge.firmware.manifest import Manifest
from webmacs_edge.firmware.signing_keys import known_keys
from webmacs_edge.model.text import text

WATCHED = Path("/var/lib/webmacs-edge")  # the data directory whose inbox the helper looks into
STORE = Path("/var/lib/webmacs-edge-updater")
PROGRAM = Path("/usr/lib/webmacs-edge-updater/webmacs-edge-update.py")
OS_RELEASE = Path("/etc/os-release")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf"}
_MOST_JSON_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Previous:
    """The version that one can go back to, and the databases that go back with it."""

    version: str
    databases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request has ended: completed, refused, failed, undone, rolled_back."""

    id: str
    action: str
    outcome: str
    why: str


class Installer:
    """The inbox of the helper and its folder, which anybody may read."""

    def __init__(
        self,
        updates: Path,
        *,
        resources: Path,
        store: Path = STORE,
        program: Path = PROGRAM,
        watched: Path = WATCHED,
    ) -> None:
        self._inbox = updates / "inbox"
        self._is_watched = updates.parent == watched
        self._store = store
        self._program = program
        self._keys = key_folders(resources, store)

    @property
    def is_there(self) -> bool:
        """Whether there is a helper to ask."""
        return self._program.is_file() and self._store.is_dir()

    def why_not(self) -> str:
        """What keeps this box from installing anything, with the way out; "" when nothing does."""
        if not self._is_watched:
            return text(
                "This appliance stands in for a Revolution Pi, or keeps its data elsewhere, where "
                "the updater does not look. Install a new package by hand: "
                "sudo apt install ./webmacs-edge_VERSION_{arch}.deb",
                arch=architecture(),
            )
        if not self.is_there:
            return text(
                "This box has no updater. Install the package webmacs-edge-updater once, by hand."
            )
        revoked = set(map(str, self._read("state.json").get("revoked", [])))
        if not any(key.fingerprint not in revoked for key in known_keys(self._keys)):
            return text(
                "This build trusts no key of releases, so that updates are installed by hand: "
                "sudo apt install ./webmacs-edge_VERSION_{arch}.deb. To trust one, put its "
                "NAME.pub into /etc/webmacs-edge/keys.",
                arch=architecture(),
            )
        return ""

    @property
    def is_waiting(self) -> bool:
        """Whether a request lies there that nobody has taken yet."""
        return (self._inbox / "request.json").exists()

    @property
    def phase(self) -> str:
        """What the helper is doing; "idle" when it does nothing."""
        return str(self._read("journal.json").get("phase", "idle"))

    def trouble(self) -> str:
        """Why the version before could not be put back so far; "" when nothing is stuck."""
        told = self._read("journal.json")
        return helper_words(str(told.get("trouble", ""))) if told.get("phase") == "stuck" else ""

    def facts(self, version: str) -> Facts:
        """What we know of the box that we run on."""
        state = self._read("state.json")
        return Facts(
            version,
            architecture(),
            _codename(),
            f"{sys.version_info[0]}.{sys.version_info[1]}",
            int(time.time()),
            sequence=int(state.get("sequence", 0)),
            floor=int(state.get("floor", 0)),
            revoked=frozenset(map(str, state.get("revoked", []))),
        )

    def check(self) -> Check:
        """Whether one of the known keys has signed; for a bundle that is on its way."""
        return signed_by(self._keys, map(str, self._read("state.json").get("revoked", [])))

    def look_into(self, file: Path) -> Manifest:
        """The signed manifest of a file, the rest of which is not looked at; else Refusal."""
        with file.open("rb") as opened:
            return peek(opened, self.check())

    def verify(self, file: Path, version: str, *, allow_older: str = "") -> Manifest:
        """The manifest of a file that is whole, signed and for this box; else Refusal."""
        with file.open("rb") as opened:
            manifest = read_bundle(opened, self.check())
        check_fit(manifest, self.facts(version), allow_older=allow_older)
        return manifest

    def previous(self) -> Previous | None:
        """What one can go back to, if anything."""
        told = self._read("previous.json")
        if not told.get("version") or not (self._store / "previous.deb").exists():
            return None
        return Previous(str(told["version"]), tuple(map(str, told.get("databases", []))))

    def outcomes(self) -> Sequence[Outcome]:
        """How the last requests have ended, the newest last."""
        found = self._read("results.json").get("results", [])
        return [
            Outcome(
                id=str(it.get("id", "")),
                action=str(it.get("action", "")),
                outcome=str(it.get("outcome", "")),
                why=helper_words(str(it.get("why", ""))),
            )
            for it in found
            if isinstance(it, dict)
        ]

    def ask(self, request_id: str, *, action: str, file: str = "", allow_older: str = "") -> None:
        """Lay a request out: whole, on the disk, and only then under the name that counts."""
        self._inbox.mkdir(mode=0o750, parents=True, exist_ok=True)
        request = {"id": request_id, "action": action, "file": file, "allow_older": allow_older}
        fresh = self._inbox / "request.new"
        with fresh.open("w", encoding="utf-8") as target:
            json.dump(request, target)
            target.flush()
            os.fsync(target.fileno())
        fresh.replace(self._inbox / "request.json")

    def _read(self, name: str) -> dict[str, Any]:
        try:
            with (self._store / name).open("rb") as file:
                found = json.loads(file.read(_MOST_JSON_BYTES))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def architecture() -> str:
    """Of this box, as Debian calls it."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


def free_bytes(folder: Path) -> int:
    """What is free on its disk."""
    return shutil.disk_usage(folder).free


def _codename() -> str:
    try:
        lines = OS_RELEASE.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    return found.get("VERSION_CODENAME", "").strip('"')
