"""A throw-away Debian system with a real, booted systemd, in which packages are tried.

Needs root, `systemd-nspawn` and `ip`; neither Docker nor systemd nor D-Bus of the host. The root
file system given is never written to: an overlay in RAM takes every change and is dropped at the
end. Each box has a network of its own in which nothing but the host is to be found, so whatever is
installed is installed offline.
"""

import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

BOOT_LIMIT_S = 90.0
STOP_LIMIT_S = 30.0
_PR_SET_PDEATHSIG = 1
_POWER_OFF = signal.SIGRTMIN + 4  # what systemd takes as the button
_count = itertools.count(1)
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/root",
    "TERM": "dumb",
    "DEBIAN_FRONTEND": "noninteractive",
    "SYSTEMD_PAGER": "",
    "SYSTEMD_COLORS": "0",
}
# systemd >= 256 refuses the older layout of control groups that a host may have: the box gets a
# mount namespace in which it finds the newer one alone.
_IN_OWN_GROUPS = (
    "umount -R /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup;"
    " mkdir -p /sys/fs/cgroup/$0; echo $$ > /sys/fs/cgroup/$0/cgroup.procs; "
    'exec "$@"'
)


def missing_tools() -> str:
    """Why no box can be made here, with the way out; "" when one can."""
    if os.geteuid() != 0:
        return "booting systemd needs root"
    wanted = {"systemd-nspawn": "systemd-container", "ip": "iproute2", "mmdebstrap": "mmdebstrap"}
    packages = [package for tool, package in wanted.items() if shutil.which(tool) is None]
    return f"apt-get install {' '.join(packages)}" if packages else ""


class Box:
    """Boots on entry, is gone on exit; /var/lib may lie on a small disk of its own."""

    overlay_size = "3g"

    def __init__(self, rootfs: Path, *, var_mb: int = 0) -> None:
        number = next(_count)
        self.name = f"we{os.getpid() % 100000}x{number}"  # interfaces: 15 characters at most
        subnet = f"10.213.{(os.getpid() + 17 * number) % 250 + 1}"
        self.host_address, self.address = f"{subnet}.1", f"{subnet}.2"
        self._rootfs, self._var_mb = rootfs, var_mb
        self._work = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir="/var/tmp"))
        self.root = self._work / "root"
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Self:
        try:
            self._lay_over()
            self._connect()
            self.boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def boot(self) -> None:
        """Boot, or boot again after `cut_power` with the disk as it was."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            path = self._work / "notify"
            path.unlink(missing_ok=True)
            notices.bind(str(path))
            with (self._work / "console.log").open("ab") as console:
                self._process = subprocess.Popen(  # noqa: S603 # our own arguments
                    self._command(),
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=console,
                    preexec_fn=_die_with_parent,  # noqa: PLW1509 no other thread here
                    env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(path)},
                )
            self._wait_until_booted(notices)

    def cut_power(self) -> None:
        """Every process is gone at once; what they had given to the kernel reaches the disk."""
        os.kill(self._leader, signal.SIGKILL)
        if self._process is not None:
            self._process.wait(STOP_LIMIT_S)

    def run(self, *command: str, check: bool = True, timeout_s: float = 300) -> str:
        """Run a command inside as root; what it said."""
        inside = [
            "nsenter",
            "-t",
            str(self._leader),
            "-m",
            "-u",
            "-i",
            "-n",
            "-p",
            "-r",
            "-w",
            "--",
        ]
        done = subprocess.run(  # noqa: S603 # our own arguments
            [*inside, *command],
            env=_ENVIRONMENT,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert not (check and done.returncode), f"{command} -> {done.returncode}\n{done.stdout}"
        return done.stdout

    def put(self, source: Path, place: str) -> None:
        """Copy a file of the host into the box."""
        target = self.root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)

    def inside(self, place: str) -> Path:
        """A file as the box sees it now, also on what is mounted there."""
        return Path(f"/proc/{self._leader}/root{place}")

    def close(self) -> None:
        """Power off and forget everything."""
        if self._process is not None and self._process.poll() is None:
            self._power_off(self._process)
        run_here("ip", "netns", "del", self.name, check=False)
        run_here("ip", "link", "del", f"vb-{self.name}", check=False)
        if self._var_mb:
            run_here("umount", str(self.root / "var/lib"), check=False)
        run_here("umount", "-l", str(self.root), check=False)
        run_here("umount", "-l", str(self._work / "disk"), check=False)
        run_here("umount", "-l", str(self._work), check=False)
        shutil.rmtree(self._work, ignore_errors=True)

    def _lay_over(self) -> None:
        work = str(self._work)
        run_here("mount", "-t", "tmpfs", "-o", f"size={self.overlay_size},mode=755", "box", work)
        self._lay_changes()
        (self.root / "etc/hostname").write_text(f"{self.name}\n")
        if self._var_mb:
            self._lay_small_disk()

    def _lay_changes(self) -> None:
        """Where every change goes."""
        for name in ("upper", "inner", "root"):
            (self._work / name).mkdir()
        self._overlay(self._work)

    def _overlay(self, changes: Path) -> None:
        layers = f"lowerdir={self._rootfs},upperdir={changes}/upper,workdir={changes}/inner"
        run_here("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))

    def _lay_small_disk(self) -> None:
        image, place = self._work / "disk.img", self.root / "var/lib"
        with image.open("wb") as file:
            file.truncate(self._var_mb << 20)
        run_here("mkfs.ext4", "-q", "-m", "0", "-d", str(place), str(image))
        run_here("mount", "-o", "loop", str(image), str(place))

    def _connect(self) -> None:
        name, ours = self.name, f"vb-{self.name}"
        run_here("ip", "netns", "add", name)
        run_here("ip", "link", "add", ours, "type", "veth", "peer", "name", "host0", "netns", name)
        run_here("ip", "addr", "add", f"{self.host_address}/30", "dev", ours)
        run_here("ip", "link", "set", ours, "up")
        run_here("ip", "-n", name, "addr", "add", f"{self.address}/30", "dev", "host0")
        run_here("ip", "-n", name, "link", "set", "host0", "up")
        run_here("ip", "-n", name, "link", "set", "lo", "up")

    def _command(self) -> list[str]:
        nspawn = [
            "systemd-nspawn", "--quiet", "-D", str(self.root), "-M", self.name, "--register=no",
            "--keep-unit", "--notify-ready=yes", "--console=pipe", "--link-journal=no",
            "--resolv-conf=off", f"--network-namespace-path=/run/netns/{self.name}",
            # With these systemd inside enforces DevicePolicy= and IPAddressDeny=.
            "--system-call-filter=bpf", "--capability=CAP_BPF,CAP_PERFMON,CAP_NET_ADMIN", "--boot",
        ]  # fmt: skip
        own_groups = ["unshare", "-m", "--propagation", "private", "sh", "-c", _IN_OWN_GROUPS]
        return [*own_groups, f"box-{self.name}", *nspawn]

    def _wait_until_booted(self, notices: socket.socket) -> None:
        assert self._process is not None
        deadline_s = time.monotonic() + BOOT_LIMIT_S
        notices.settimeout(0.5)
        ready = False
        while not ready:
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise AssertionError(f"The box did not boot:\n{self._console()}")
            with contextlib.suppress(TimeoutError):
                for line in notices.recv(65536).decode().splitlines():
                    if line.startswith("X_NSPAWN_LEADER_PID="):
                        self._leader = int(line.partition("=")[2])
                    ready = ready or line == "READY=1"

    def _power_off(self, process: subprocess.Popen[bytes]) -> None:
        if self._leader:
            os.kill(self._leader, _POWER_OFF)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.cut_power()

    def _console(self) -> str:
        try:
            return (self._work / "console.log").read_text(errors="replace")[-3000:]
        except OSError:
            return ""


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def run_here(*command: str, check: bool = True) -> None:
    """A command of this machine."""
    subprocess.run(command, check=check, stderr=None if check else subprocess.DEVNULL)  # noqa: S603
