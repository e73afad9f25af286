"""What the service answers, by its socket on this box."""

import json
import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path

SOCKET = Path("/run/webmacs-edge/local.sock")


def trouble_of(version: str, *, was_good: bool) -> str:
    """What is missing for it to be well; "" when nothing is."""
    said = answer()
    if not said:
        return f"Version {version} does not answer."
    if said.get("version") != version:
        return f"Version {said.get('version')!s:.50} answers instead of {version}."
    if said.get("database") != "ok":
        return f"The database of version {version} does not answer."
    if was_good and said.get("status") != "ok":
        return f"Version {version} does not read the device, as the one before did."
    if not _has_pages():
        return f"The pages of version {version} do not answer."
    return ""


class _Local(HTTPConnection):
    """To the service, by its socket on this box: we have no network."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(SOCKET))


def _get(path: str) -> tuple[int, bytes]:
    connection = _Local("localhost", timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(1 << 20)
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


def answer() -> dict[str, object]:
    """What it says of its health; {} when it does not answer."""
    _, content = _get("/health")
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _has_pages() -> bool:
    status, content = _get("/sign-in")
    return status in (302, 303, 307) or (status == 200 and b"<html" in content)  # noqa: PLR2004
