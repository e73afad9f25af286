"""Log lines with their fields, as journald reads them."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from webmacs_edge.journald import JournalHandler, is_journal


def _read(datagram: bytes) -> dict[str, str]:
    found = {}
    while datagram:
        name, _, rest = datagram.partition(b"\n")
        size = int.from_bytes(rest[:8], "little")
        found[name.decode()] = rest[8 : 8 + size].decode()
        datagram = rest[8 + size + 1 :]
    return found


@pytest.fixture
def log_to() -> Iterator[Callable[[Path], logging.Logger]]:
    """The recorder's log, handed over at that place."""
    log, handlers = logging.getLogger("webmacs_edge.history.recorder"), []

    def add(place: Path) -> logging.Logger:
        handlers.append(JournalHandler(place))
        log.addHandler(handlers[-1])
        return log

    yield add
    for handler in handlers:
        log.removeHandler(handler)
        handler.close()


def test_each_record_carries_its_stage_noun_and_error(tmp_path, log_to):
    place = tmp_path / "socket"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as journal:
        journal.bind(str(place))
        try:
            (tmp_path / "nothing").read_bytes()
        except OSError:
            log_to(place).exception("The disk of %s is full.\nPRIORITY=0", "history")
        found = _read(journal.recv(65536))

    assert found["MESSAGE"].startswith("The disk of history is full.\nPRIORITY=0")
    assert "Traceback" in found["MESSAGE"]
    assert found["PRIORITY"] == "3"
    assert (found["WEBMACS_STAGE"], found["WEBMACS_NOUN"]) == ("history", "recorder")
    assert found["WEBMACS_ERROR"] == "FileNotFoundError"


def test_without_a_journal_nothing_is_lost_but_the_line(tmp_path, monkeypatch, log_to):
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)

    log_to(tmp_path / "nobody").warning("Nobody hears it.")

    with (tmp_path / "err").open("w") as stream:
        assert not is_journal(stream)
