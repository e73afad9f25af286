"""The package manager, systemd and the health of the service, as the machine needs them."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from webmacs_updater.answers import answer, trouble_of
from webmacs_updater.course import PackageError
from webmacs_updater.trial import Trial

PACKAGE = "webmacs-edge"
UNIT = "webmacs-edge.service"
HOLD = Path("/run/webmacs-edge-updater/hold")
ISSUE = Path("/run/issue.d/webmacs-edge-update.issue")  # what the login of the console shows
LOOK_S = 0.5
MOST_RESTARTS = 3
LOCKED_LIMIT_S = 120.0  # an operator's apt is waited for
PACKAGE_LIMIT_S = 600.0
_LOCKED = "locked by another process"  # as dpkg says it, and nothing else with "lock" in it
_SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "conffiles", "triggers")
# What the package's own scripts say to systemd is left to us: at boot they would wait for ever.
_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
    "SYSTEMD_OFFLINE": "1",
}


class DebianSystem:
    """The box that the helper runs on."""

    def __init__(self, *, is_booting: bool = False) -> None:
        self._is_booting = is_booting
        self._asked_s = 0.0  # for the start of the service

    def installed(self) -> tuple[str, bool]:
        """The version, and whether the package is wholly installed."""
        said = _run("dpkg-query", "-W", "-f", "${Status}|${Version}", PACKAGE).stdout
        status, _, version = said.partition("|")
        return version, status == "install ok installed"

    def architecture(self) -> str:
        """As Debian calls it."""
        return _run("dpkg", "--print-architecture").stdout.strip()

    def install(self, package: Path) -> None:
        """Replace the package, whatever state it is in; settings files of the site stay."""
        deadline_s = time.monotonic() + LOCKED_LIMIT_S
        command = ("dpkg", "--force-confold", "--force-confdef", "--install", str(package))
        while True:
            done = _run(*command, limit_s=PACKAGE_LIMIT_S)
            print(done.stdout, flush=True)  # noqa: T201 for the journal
            if done.returncode == 0:
                return
            if _LOCKED not in done.stdout or time.monotonic() > deadline_s:
                raise PackageError(_last_words(done.stdout))
            time.sleep(2)

    def hold(self) -> None:
        """From now on the service is not started; a restart of the box ends this."""
        HOLD.parent.mkdir(exist_ok=True)
        HOLD.touch()

    def stop(self) -> None:
        """Stop the service; at boot it does not run."""
        if not self._is_booting:
            _run("systemctl", "stop", UNIT)

    def start(self) -> None:
        """Start the service with what is installed; at boot systemd does so after us."""
        HOLD.unlink(missing_ok=True)
        if self._is_booting:
            return
        for command in (("daemon-reload",), ("reset-failed", UNIT)):
            _run("systemctl", *command)
        self._asked_s = time.monotonic()
        _run("systemctl", "restart", "--no-block", UNIT)

    def pause(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def tell(self, words: str) -> None:
        """At the console and in the journal, until it is taken back by ""."""
        try:
            if words:
                print(f"<3>{words}", flush=True)  # noqa: T201 an error, for the journal
                ISSUE.parent.mkdir(exist_ok=True)
                ISSUE.write_text(f"\n{words}\n\n", encoding="utf-8")
            else:
                ISSUE.unlink(missing_ok=True)
        except OSError as error:
            print(f"The console cannot be told: {error}", flush=True)  # noqa: T201

    def is_good(self) -> bool:
        """Whether the service answers and reads the device."""
        return answer().get("status") == "ok"

    def trouble(self, version: str, *, was_good: bool) -> str:
        """Wait until it answers well for some seconds on end; "" then, else what is wrong."""
        trial, restarts = Trial(version, asked_s=self._asked_s), _restarts()
        while True:
            why = trouble_of(version, was_good=was_good)
            ended = trial.look(time.monotonic(), begun_s=_begun_s(), why=why)
            if ended is not None:
                print(f"Version {version}: {trial.told()}", flush=True)  # noqa: T201 for the journal
                return f"{ended} {_last_log()}".strip() if ended else ""
            if _restarts() >= restarts + MOST_RESTARTS:
                return f"Version {version} ends by itself again and again. {_last_log()}"
            time.sleep(LOOK_S)

    def keep(self, to: Path) -> None:
        """The installed files as a package, where none was kept: for the first way back."""
        with tempfile.TemporaryDirectory(dir=to.parent, prefix="keep-") as folder:
            root = Path(folder, "root")
            _copy_installed(root)
            _copy_control(root / "DEBIAN")
            fresh = Path(folder, "kept.deb")
            build = ("-Zgzip", "-z1", "--root-owner-group", "--build", str(root), str(fresh))
            done = _run("dpkg-deb", *build, limit_s=PACKAGE_LIMIT_S)
            if done.returncode:
                raise OSError(f"The installed package cannot be kept: {_last_words(done.stdout)}")
            descriptor = os.open(fresh, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
            fresh.replace(to)


def _run(*command: str, limit_s: float = 120.0) -> "subprocess.CompletedProcess[str]":
    offline = command[0] != "systemctl"
    environment = _ENVIRONMENT if offline else {**_ENVIRONMENT, "SYSTEMD_OFFLINE": "0"}
    return subprocess.run(  # noqa: S603 our own arguments
        command,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=limit_s,
        check=False,
        env=environment,
    )


def _restarts() -> int:
    said = _run("systemctl", "show", "-P", "NRestarts", UNIT).stdout.strip()
    return int(said) if said.isdigit() else 0


def _begun_s() -> float:
    """When the newest process of the service was started, by the monotonic clock."""
    said = _run("systemctl", "show", "-P", "ExecMainStartTimestampMonotonic", UNIT).stdout.strip()
    return int(said) / 1e6 if said.isdigit() else 0.0


def _last_log() -> str:
    """The last thing the service wrote: mostly the reason."""
    lines = _run("journalctl", "-u", UNIT, "-n", "5", "-o", "cat", "_COMM=python3").stdout
    kept = [line for line in lines.strip().splitlines() if line]
    return f"Its last words: {kept[-1][:300]}" if kept else ""


def _last_words(said: str) -> str:
    lines = [line for line in said.strip().splitlines() if line]
    return " ".join(lines[-2:])[:500] if lines else "it gave no reason"


def _copy_installed(root: Path) -> None:
    (root / "DEBIAN").mkdir(parents=True)
    for line in _run("dpkg", "-L", PACKAGE).stdout.splitlines():
        source, target = Path(line), root / line.lstrip("/")
        if source.is_dir() and not source.is_symlink():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copymode(source, target)
        elif source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def _copy_control(target: Path) -> None:
    info = Path("/var/lib/dpkg/info")
    for name in _SCRIPTS:
        if (info / f"{PACKAGE}.{name}").exists():
            shutil.copy2(info / f"{PACKAGE}.{name}", target / name)
    lines = _run("dpkg-query", "-s", PACKAGE).stdout.splitlines()
    (target / "control").write_text(_control(lines), encoding="utf-8")


def _control(lines: Sequence[str]) -> str:
    """Without what dpkg adds of its own: the state, and the list of settings files."""
    kept, in_conffiles = [], False
    for line in lines:
        if not line.startswith(" "):
            in_conffiles = line.startswith("Conffiles:")
        if not in_conffiles and not line.startswith("Status:"):
            kept.append(line)
    return "\n".join(kept).strip() + "\n"
