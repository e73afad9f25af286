"""A driver in a process of its own, where the shim is loaded: calls in, answers out, pickled."""

import contextlib
import fcntl
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, cast

from tests.hardware.shim.kernel import DEVICE, Kernel
from webmacs_edge.hardware.driver import DriverInfo, Image, Layout
from webmacs_edge.hardware.revpi import RevPi

_ROOT = Path(__file__).parents[3]


class Remote:
    """`Driver` to whoever holds it; `pid` is the process that really has the device."""

    def __init__(self, kernel: Kernel, *, watchdog_ms: int = 0) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 # our own module
            [sys.executable, "-m", __name__, str(kernel.config_path), str(watchdog_ms)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **kernel.environment},
            cwd=_ROOT,
        )
        self.pid = self._process.pid

    def call(self, name: str, *arguments: Any) -> Any:
        """Call it there; what it raises is raised here."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            pickle.dump((name, arguments), self._process.stdin)
            self._process.stdin.flush()
            is_error, answer = pickle.load(self._process.stdout)  # noqa: S301 # our own process
        if is_error:
            raise answer
        return answer

    def open(self) -> None:
        self.call("open")

    def layout(self) -> Layout:
        return cast("Layout", self.call("layout"))

    def read(self) -> Image:
        return cast("Image", self.call("read"))

    def write(self, changes: Mapping[int, tuple[int, int]]) -> None:
        self.call("write", dict(changes))

    def feed(self) -> None:
        self.call("feed")

    def disarm(self) -> None:
        self.call("disarm")

    @property
    def watchdog_problem(self) -> str:
        return str(self.call("watchdog_problem"))

    def events(self) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self.call("events"))

    def relay_cycles(self) -> Mapping[int, tuple[int, ...]]:
        return cast("Mapping[int, tuple[int, ...]]", self.call("relay_cycles"))

    def lost_modules(self) -> Collection[int] | None:
        return cast("Collection[int] | None", self.call("lost_modules"))

    def info(self) -> DriverInfo:
        return cast("DriverInfo", self.call("info"))

    def close(self) -> None:
        self.call("close")

    def ioctl(self, number: int, argument: bytes = b"") -> bytes:
        """One ioctl on a handle of its own; the argument as the driver left it."""
        return bytes(self.call("ioctl", number, argument))

    def end(self) -> None:
        """End the process, in whatever state it is."""
        self._process.kill()
        self._process.communicate()


def _ioctl(number: int, argument: bytes) -> bytes:
    handle = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
    given = bytearray(argument)
    try:
        fcntl.ioctl(handle, number, given)
    finally:
        os.close(handle)
    return bytes(given)


def _answer(driver: RevPi, name: str, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        if name == "ioctl":
            return False, _ioctl(*arguments)
        member = getattr(driver, name)
        return False, member(*arguments) if callable(member) else member
    except Exception as error:  # noqa: BLE001 # raised anew on the other side
        return True, error


def _serve(config_path: Path, watchdog_ms: int) -> None:
    driver = RevPi(Path(DEVICE), config_path, watchdog_ms=watchdog_ms)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            name, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 # our own process
            pickle.dump(_answer(driver, name, arguments), sys.stdout.buffer)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
