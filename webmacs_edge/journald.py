"""Log lines for journald with their fields: journalctl WEBMACS_STAGE=history -o verbose."""

import logging
import os
import socket
from pathlib import Path
from typing import TextIO

_SOCKET = Path("/run/systemd/journal/socket")
_PRIORITIES = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}
_MOST_BYTES = 48 * 1024  # of a field; more needs another way to hand it over


def is_journal(stream: TextIO) -> bool:
    """Whether this stream ends in journald, which then takes more than text."""
    try:
        end = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{end.st_dev}:{end.st_ino}" and _SOCKET.exists()


class JournalHandler(logging.Handler):
    """Sends each record as one datagram; never waits and never fails."""

    def __init__(self, place: Path = _SOCKET) -> None:
        super().__init__()
        self._place = str(place)
        self._channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._channel.settimeout(0)

    def emit(self, record: logging.LogRecord) -> None:
        """Send it; what journald does not take is lost, as on a full disk."""
        try:
            self._channel.sendto(b"".join(map(_field, _fields(record).items())), self._place)
        except OSError:
            pass
        except Exception:  # noqa: BLE001 a message that does not fit its arguments
            self.handleError(record)

    def close(self) -> None:
        """Let go of the socket."""
        self._channel.close()
        super().close()


def _fields(record: logging.LogRecord) -> dict[str, str]:
    ours = record.name.removeprefix("webmacs_edge.").split(".")
    text = logging.Formatter("%(message)s").format(record)  # with the traceback
    found = {
        "MESSAGE": text,
        "PRIORITY": str(_PRIORITIES.get(record.levelname, 6)),
        "SYSLOG_IDENTIFIER": "webmacs-edge",
        "LOGGER": record.name,
        "CODE_FILE": record.pathname,
        "CODE_LINE": str(record.lineno),
        "CODE_FUNC": record.funcName or "",
        "WEBMACS_STAGE": ours[0],
        "WEBMACS_NOUN": ours[-1],
    }
    if record.exc_info and record.exc_info[0]:
        found["WEBMACS_ERROR"] = record.exc_info[0].__name__
    return found


def _field(item: tuple[str, str]) -> bytes:
    """By length, so that lines of a message cannot pass for fields."""
    value = item[1].encode(errors="replace")[:_MOST_BYTES]
    return item[0].encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
