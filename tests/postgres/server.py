"""A private PostgreSQL server: in a directory of its own, on a socket in it, gone at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

BINARIES = Path("/usr/lib/postgresql")
_PATHS = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "log_min_messages": "fatal",
}


def newest_binaries() -> Path | None:
    """Where `initdb` and `pg_ctl` of the newest version are, if there is any."""
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    return found[-1].parent if found else None


class Server:
    """Starts and stops; `url` names its one database."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._user = _account()
        self._process: subprocess.Popen[bytes] | None = None
        self.directory = Path(tempfile.mkdtemp(prefix="webmacs-pg-"))
        if self._user is not None:
            shutil.chown(self.directory, self._user)
        self.url = f"postgresql+asyncpg://webmacs@/postgres?host={self.directory}"
        self._run("initdb", "-D", self._data, "-U", "webmacs", "-A", "trust", "-N", "-E", "UTF8")
        lines = [f"{name} = '{value}'" for name, value in SETTINGS.items()]
        with (self.directory / "data" / "postgresql.conf").open("a") as conf:
            conf.write("\n".join([*lines, f"unix_socket_directories = '{self.directory}'\n"]))

    def start(self) -> None:
        """Start, and wait until it answers; it ends with us, however we end."""
        server = str(self._binaries / "postgres")
        command = ["setpriv", "--pdeathsig", "QUIT", server, "-D", self._data]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 our own command
                command, user=self._user, cwd=self.directory, stdout=log, stderr=log, env=_PATHS
            )
        self._run("pg_isready", "-q", "-h", str(self.directory), tries=500)

    def start_again(self) -> None:
        """Start if a test has left it stopped."""
        if not self.is_running:
            self.start()

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._process is not None

    def stop(self, mode: str = "immediate") -> None:
        """Stop: `immediate` as if the plug were pulled."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")
        if self._process is not None:
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop and leave nothing behind."""
        if self.is_running:
            self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _data(self) -> str:
        return str(self.directory / "data")

    def _run(self, program: str, *arguments: str, tries: int = 1) -> None:
        command = [str(self._binaries / program), *arguments]
        for left in reversed(range(tries)):
            done = subprocess.run(  # noqa: S603 our own command
                command, user=self._user, cwd=self.directory, env=_PATHS, check=left == 0,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            if done.returncode == 0:
                return
            time.sleep(0.02)


def _account() -> str | None:
    """The server refuses to run as root: an account to use instead, None to stay who we are."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
