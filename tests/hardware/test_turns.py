"""Writers of the stand-in's file take turns, and none of them waits for one that was stopped."""

import os
import threading
from pathlib import Path

import pytest

from webmacs_edge.hardware import turns
from webmacs_edge.hardware.turns import turn


@pytest.fixture
def handles(tmp_path: Path):
    """Of two programs."""
    file = tmp_path / "image"
    file.write_bytes(b"\0")
    opened = [os.open(file, os.O_RDWR) for _ in range(2)]
    yield opened
    for handle in opened:
        os.close(handle)


def test_one_after_the_other(handles: list[int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "TRIES", 1_000_000)  # as patient as it takes
    order: list[str] = []
    wants = threading.Event()

    def second() -> None:
        wants.set()
        with turn(handles[1]):
            order.append("second")

    with turn(handles[0]):
        thread = threading.Thread(target=second)
        thread.start()
        wants.wait(30)
        thread.join(0.05)
        order.append("first")
    thread.join(30)

    assert order == ["first", "second"]


def test_nobody_waits_for_one_that_was_stopped_while_writing(handles: list[int]):
    written = False

    with turn(handles[0]), turn(handles[1]):
        written = True

    assert written
