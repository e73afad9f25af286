"""The virtual Revolution Pi from outside: its directory, its process, its command channel."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from webmacs_edge.children import own_python
from webmacs_edge.hardware.simulator.rig import rig_text
from webmacs_edge.model.errors import DriverError, DriverNotRunningError

START_LIMIT_S = 15.0
_STOP_LIMIT_S = 3.0
_ANSWER_LIMIT_S = 5.0
_LONGEST_SOCKET_PATH = 100  # the kernel allows 107 bytes


class VirtualRevPi:
    """A directory with `config.rsc` and `image`, and the process that keeps the image alive.

    Without `config` the demo rig's own is written; with it, that file is played.
    """

    def __init__(
        self,
        directory: Path,
        *,
        config: Path | None = None,
        hz: float = 50.0,
        speed: float = 1.0,
        seed: int = 1,
    ) -> None:
        self.directory = directory
        self.image_path = directory / "image"
        self.config_path = directory / "config.rsc"
        self._options = [f"--hz={hz}", f"--speed={speed}", f"--seed={seed}"]
        self._log_path = directory / "plant.log"
        self._given_config = config
        self._socket_directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id; 0 when none was started."""
        return self._process.pid if self._process is not None else 0

    @property
    def socket_path(self) -> Path:
        """Where the command channel listens; elsewhere when the directory's path is too long."""
        path = self.directory / "commands.sock"
        if len(str(path).encode()) <= _LONGEST_SOCKET_PATH:
            return path
        if self._socket_directory is None:
            self._socket_directory = Path(tempfile.mkdtemp(prefix="webmacs-plant-"))
        return self._socket_directory / "commands.sock"

    def start(self) -> None:
        """Write the files and start the process; returns when the image is alive."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._write_config()
        self._launch()

    def restart(self) -> None:
        """Stop the process if it lives and start it anew on the same files."""
        self._end_process()
        self._launch()

    def stop(self) -> None:
        """End the process; the files stay."""
        self._end_process()
        if self._socket_directory is not None:
            shutil.rmtree(self._socket_directory, ignore_errors=True)
            self._socket_directory = None

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def command(self, line: str) -> str:
        """Send one line (`help` lists them); the answer starts with `ok` or `error`."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
                peer.settimeout(_ANSWER_LIMIT_S)
                peer.connect(str(self.socket_path))
                peer.sendall(line.encode() + b"\n")
                return _receive_line(peer)
        except OSError as error:
            raise DriverNotRunningError(
                f"The plant process does not answer ({error}). Start the virtual plant again."
            ) from error

    def _write_config(self) -> None:
        if self._given_config is None:
            self.config_path.write_text(rig_text(), encoding="utf-8")
        elif self._given_config.resolve() != self.config_path.resolve():
            shutil.copyfile(self._given_config, self.config_path)

    def _launch(self) -> None:
        with self._log_path.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 # our own module
                self._command_line(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        deadline_s = time.monotonic() + START_LIMIT_S
        while not self._has_begun():
            if not self.is_alive() or time.monotonic() > deadline_s:
                self.stop()
                raise DriverError(f"The virtual plant did not start: {self._last_words()}")
            time.sleep(0.01)

    def _command_line(self) -> list[str]:
        return [
            *own_python("webmacs_edge.hardware.simulator"),
            f"--image={self.image_path}",
            f"--config={self.config_path}",
            f"--socket={self.socket_path}",
            f"--parent={os.getpid()}",
            *self._options,
        ]

    def _has_begun(self) -> bool:
        try:
            return "cycles=0 " not in self.command("status")
        except DriverNotRunningError:
            return False

    def _last_words(self) -> str:
        text = self._log_path.read_text(encoding="utf-8", errors="replace").strip()
        return text.splitlines()[-1] if text else f"it gave no reason within {START_LIMIT_S:g} s."

    def _end_process(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()


def _receive_line(peer: socket.socket) -> str:
    received = b""
    while not received.endswith(b"\n"):
        part = peer.recv(4096)
        if not part:
            raise ConnectionError("it hung up")
        received += part
    return received.decode().rstrip("\n")
