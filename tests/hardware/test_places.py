"""Where a demo's plant lives, and what killed demos leave behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from webmacs_edge.hardware.simulator.places import PREFIX, plant_place

_DEMO = """
import sys, time
from pathlib import Path
from webmacs_edge.hardware.simulator.places import plant_place
with plant_place(Path(sys.argv[1])) as place:
    (place / "image").write_bytes(bytes(4096))
    print(place, flush=True)
    time.sleep(600)
"""


def _demo(where: Path) -> tuple["subprocess.Popen[str]", Path]:
    command = [sys.executable, "-c", _DEMO, str(where)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 our own
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def _end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_what_a_killed_demo_has_left_goes_at_the_next_start_and_what_is_in_use_stays(
    tmp_path: Path,
):
    for number in range(200):  # of an older release, say: many, and in the way of none
        (tmp_path / f"{PREFIX}{number:08}").mkdir()
    others = set(tmp_path.iterdir())
    killed, left = _demo(tmp_path)
    running, used = _demo(tmp_path)
    try:
        _end(killed)
        assert (left / "image").exists()
        with plant_place(tmp_path) as ours:
            assert set(tmp_path.iterdir()) - others == {used, ours}
            assert (used / "image").exists()
    finally:
        _end(running)

    with plant_place(tmp_path) as ours:
        assert set(tmp_path.iterdir()) - others == {ours}
    assert set(tmp_path.iterdir()) == others


def test_what_is_not_plainly_ours_is_left_alone(tmp_path: Path):
    where, others = tmp_path / "shm", tmp_path / "others"
    for place in (where / f"{PREFIX}without-lock", where / "another-name", others):
        place.mkdir(parents=True)
    (where / "another-name" / ".lock").touch()
    (others / ".lock").touch()
    (where / f"{PREFIX}link").symlink_to(others)
    (where / f"{PREFIX}file").touch()
    (where / f"{PREFIX}link-for-lock").mkdir()
    (where / f"{PREFIX}link-for-lock" / ".lock").symlink_to(others / ".lock")
    before = sorted(where.rglob("*"))
    if os.geteuid() == 0:  # of somebody else
        (where / f"{PREFIX}other-user").mkdir()
        (where / f"{PREFIX}other-user" / ".lock").touch()
        os.chown(where / f"{PREFIX}other-user", 12345, 12345)
        before = sorted(where.rglob("*"))

    with plant_place(where) as ours:
        assert ours.is_dir()

    assert sorted(where.rglob("*")) == before
    assert (others / ".lock").exists()
