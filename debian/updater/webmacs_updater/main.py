"""What systemd starts: `apply` on a request, `recover` and `resume` after a power cut."""

import fcntl
import json
import sys
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webmacs_edge.firmware.manifest import Manifest, Refusal
from webmacs_updater.checks import (
    Place,
    changed_databases,
    check_free,
    check_packages,
    facts_of,
    needed_bytes,
    new_keys,
    unpack,
)
from webmacs_updater.course import NEXT, OLD, OLD_DATA, PREVIOUS, STATE, Plan
from webmacs_updater.databases import Databases
from webmacs_updater.debian_system import DebianSystem
from webmacs_updater.disk import Disk
from webmacs_updater.inbox import Request, opened_bundle, take_request
from webmacs_updater.machine import Machine
from webmacs_updater.openssl import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA_DIR = Path("/var/lib/webmacs-edge")
STORE = Path("/var/lib/webmacs-edge-updater")
NOT_OVER = 75  # systemd tries again after a while
KEYS = (Path("/usr/share/webmacs-edge/keys"), Path("/etc/webmacs-edge/keys"))


class Helper:
    """One run of the helper."""

    def __init__(self, *, is_booting: bool = False) -> None:
        STORE.mkdir(mode=0o755, exist_ok=True)
        self.disk = Disk(STORE)
        self.system = DebianSystem(is_booting=is_booting)
        self.databases = Databases(DATA_DIR)
        self.machine = Machine(self.disk, self.system, self.databases)
        self.place = Place(KEYS)

    def apply(self) -> None:
        """Carry out what the inbox asks for."""
        self.resume()  # what an earlier run has left, if it died
        if self.machine.phase != "idle":
            return  # a request waits until that has ended
        try:
            request = take_request(DATA_DIR)
        except (Refusal, OSError) as error:
            _say(f"There is no request that can be read: {error}")
            return
        try:
            plan = self._plan(request)
        except Exception as error:  # noqa: BLE001 nothing was changed, so the service goes on
            if not isinstance(error, (Refusal, OSError)):
                traceback.print_exc()
            self._refuse(request, error)
            return
        try:
            _say(f"{plan.action} {plan.version_from} -> {plan.version_to}")
            _say(f"It has ended: {self.machine.begin(plan)}.")
        except Exception as error:  # noqa: BLE001 whatever it is: back, and started
            traceback.print_exc()
            _say(f"It has ended: {self.machine.abort(f'{type(error).__name__}: {error}')}.")

    def recover(self) -> None:
        """Put the files right before the service starts."""
        _say(f"The update was interrupted; now it is {self.machine.recover()}.")

    def resume(self) -> None:
        """End what was interrupted, now that the service runs."""
        if self.machine.phase == "idle":
            return
        if self.machine.phase not in ("trial", "finishing", "settling"):
            self.machine.recover()
            if self.machine.phase == "idle":
                self.system.start()  # it was held for a copy that is not wanted any more
        _say(f"The interrupted update has ended: {self.machine.resume()}.")

    def _plan(self, request: Request) -> Plan:
        version, is_whole = self.system.installed()
        if not is_whole:
            raise Refusal(
                "package", "The installed package is damaged. Run: dpkg --configure --pending"
            )
        if request.action == "rollback":
            return self._plan_rollback(request, version)
        return self._plan_install(request, version)

    def _plan_install(self, request: Request, version: str) -> Plan:
        arch = self.system.architecture()
        python = ".".join(map(str, sys.version_info[:2]))
        box = facts_of(self.disk, self.place, version=version, arch=arch, python=python)
        with opened_bundle(DATA_DIR, request.file) as file, open(file, "rb", closefd=False) as it:
            manifest = unpack(
                it, self.disk, self.place, box=box, verify=verify, allow_older=request.allow_older
            )
        check_packages(manifest, self.disk, arch)
        schema = _schema(self.place)
        databases = changed_databases(manifest, schema)
        room = needed_bytes(manifest, arch)
        check_free(room, self.place.filled)
        check_free(room + self.databases.size(databases), [STORE])
        return Plan(
            request.id,
            "install",
            version,
            manifest.version,
            databases,
            was_good=self.system.is_good(),
            facts=_facts(manifest),
        )

    def _plan_rollback(self, request: Request, version: str) -> Plan:
        previous = self.disk.read(PREVIOUS)
        databases = tuple(map(str, previous.get("databases", [])))
        if not previous or not self.disk.has(OLD):
            raise Refusal("previous", "No version before this one is kept on this box.")
        sequence = int(previous.get("sequence", 0))
        if sequence < int(self.disk.read(STATE).get("floor", 0)):
            raise Refusal(
                "floor",
                f"Version {previous['version']} has a fault for which a later release forbids to "
                "go back to it.",
            )
        if "history" in databases:
            raise Refusal(
                "previous",
                f"Version {previous['version']} cannot read what has been recorded since.",
            )
        if databases and not self.disk.has(OLD_DATA):
            raise Refusal("previous", "The databases of the version before are not kept any more.")
        check_free(self.databases.size(databases) * 2, [STORE, *self.place.filled])
        self.disk.copy(OLD, NEXT)
        return Plan(
            request.id,
            "rollback",
            version,
            str(previous["version"]),
            databases,
            was_good=self.system.is_good(),
            facts={"sequence": sequence},
        )

    def _refuse(self, request: Request, error: Exception) -> None:
        """Nothing was changed; the page says why."""
        _say(f"Refused: {error}")
        for name in ("next.deb", "helper.deb"):
            self.disk.drop(name)
        kind = error.kind if isinstance(error, Refusal) else "disk"
        self.machine.note(
            {"id": request.id, "action": request.action, "outcome": "refused", "kind": kind,
             "why": str(error)}
        )  # fmt: skip


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "sequence": manifest.sequence,
        "floor": manifest.floor,
        "revoked": list(manifest.revoked),
        "keys": new_keys(manifest),
    }


def _schema(place: Place) -> dict[str, Any]:
    try:
        found = json.loads(place.schema.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def _alone() -> "Iterator[None]":
    STORE.mkdir(mode=0o755, exist_ok=True)
    with (STORE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 into the journal


def main(arguments: list[str]) -> int:
    """Run one of the three; the service is let go where it may run as things are."""
    deeds: dict[str, Callable[[Helper], None]] = {
        "apply": Helper.apply, "recover": Helper.recover, "resume": Helper.resume,
    }  # fmt: skip
    deed = deeds.get(arguments[0] if arguments else "")
    if deed is None:
        _say("Usage: apply | recover | resume")
        return 64
    with _alone():
        helper = Helper(is_booting=deed is Helper.recover)
        try:
            deed(helper)
        except Exception:  # noqa: BLE001 the service must run, whatever is wrong with us
            traceback.print_exc()
            if helper.machine.may_run:
                helper.system.start()
            return 1
        is_over = helper.machine.phase == "idle" or deed is Helper.recover
    return 0 if is_over else NOT_OVER
