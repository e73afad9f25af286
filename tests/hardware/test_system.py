"""The box itself as a device: figures from files of the kernel, or none."""

from pathlib import Path

import pytest

from webmacs_edge.hardware.system import Box

STAT = "cpu  {} 0 0 {} 0 0 0 0 0 0\ncpu0 1 1 1 1\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    folder = tmp_path / "proc"
    folder.mkdir()
    (folder / "stat").write_text(STAT.format(100, 900))
    (folder / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 250 kB\n")
    return folder


def thermal(root: Path, number: int, kind: str, milli: str) -> None:
    zone = root / "class" / "thermal" / f"thermal_zone{number}"
    zone.mkdir(parents=True)
    (zone / "type").write_text(f"{kind}\n")
    (zone / "temp").write_text(f"{milli}\n")


def test_the_processor_is_busy_as_much_as_since_the_last_look(tmp_path: Path, proc: Path):
    box = Box(tmp_path, proc=proc, sys=tmp_path)

    first = box.read()["cpu_percent"]
    (proc / "stat").write_text(STAT.format(125, 975))

    assert first is None
    assert box.read()["cpu_percent"] == pytest.approx(25.0)


def test_memory_and_disk_are_parts_of_what_there_is(tmp_path: Path, proc: Path):
    figures = Box(tmp_path, proc=proc, sys=tmp_path).read()

    assert figures["memory_percent"] == pytest.approx(75.0)
    assert figures["disk_percent"] is not None
    assert 0 <= figures["disk_percent"] <= 100


def test_the_temperature_is_that_of_the_processor(tmp_path: Path, proc: Path):
    thermal(tmp_path, 0, "battery", "21000")
    thermal(tmp_path, 1, "cpu-thermal", "48500")

    assert Box(tmp_path, proc=proc, sys=tmp_path).read()["temperature"] == pytest.approx(48.5)


@pytest.mark.parametrize("milli", ["-274000", "999000", "warm", ""])
def test_a_sensor_that_talks_nonsense_is_passed_over(tmp_path: Path, proc: Path, milli: str):
    thermal(tmp_path, 0, "cpu-thermal", milli)
    thermal(tmp_path, 1, "board", "30000")

    assert Box(tmp_path, proc=proc, sys=tmp_path).read()["temperature"] == pytest.approx(30.0)


def test_what_the_system_does_not_say_is_none(tmp_path: Path):
    figures = Box(tmp_path / "gone", proc=tmp_path, sys=tmp_path).read()

    assert set(figures.values()) == {None}


@pytest.mark.parametrize("text", ["", "cpu", "cpu a b c d e", "\x00\xff", "cpu 1 2 3\n"])
def test_files_in_another_form_are_no_figures(tmp_path: Path, text: str):
    for name in ("stat", "meminfo"):
        (tmp_path / name).write_text(text, encoding="latin-1")

    figures = Box(tmp_path, proc=tmp_path, sys=tmp_path).read()

    assert (figures["cpu_percent"], figures["memory_percent"]) == (None, None)
