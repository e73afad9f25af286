"""sd_notify: tells systemd that we are ready and alive (protocol of sd_notify(3))."""

import os
import socket
from pathlib import Path


def notify(state: str) -> bool:
    """Send `READY=1`, `WATCHDOG=1`, `STATUS=…`; False when systemd is not listening."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.connect(address)
            channel.sendall(state.encode())
        except OSError:
            return False
    return True


def watchdog_interval_s() -> float | None:
    """How often to send `WATCHDOG=1` (half of WATCHDOG_USEC); None when it is not asked for."""
    micros = os.environ.get("WATCHDOG_USEC", "")
    pid = os.environ.get("WATCHDOG_PID", "")
    if not micros.isdigit() or (pid and pid != str(os.getpid())):
        return None
    return int(micros) / 2_000_000


def runtime_dir() -> Path | None:
    """The folder that systemd made for this run (`RuntimeDirectory=`); None without one."""
    folder = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(folder) if folder else None
