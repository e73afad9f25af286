"""Power cuts: `python -m bench.power_cut [CUTS] [SECONDS]` needs root, for loop devices.

A recorder writes to an ext4 of its own. Again and again it is stopped, the block device is copied
without what only the page cache knows, and the copy is mounted and opened: every sample of an
answered flush must be there, once, and the file must be sound.
"""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.history.conftest import history_in
from tests.history.scans import stored
from tests.history.victim import CHANNELS, at_ms, value

SIZE_MIB = 192


def run(*command: str) -> None:
    """Run a command that must work."""
    subprocess.run(command, check=True, capture_output=True)


def make_disk(image: Path, place: Path) -> None:
    """An ext4 of its own."""
    with image.open("wb") as file:
        file.truncate(SIZE_MIB * 2**20)
    run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
    mount(image, place)


def mount(image: Path, place: Path) -> None:
    """Make the files of an image readable."""
    place.mkdir(exist_ok=True)
    run("mount", "-o", "loop", str(image), str(place))


async def check(copy: Path, place: Path, promised: int) -> int:
    """How many scans the copy holds; AssertionError when a promised one is missing or doubled."""
    mount(copy, place)
    try:
        async with history_in(place) as history:
            counts = []
            for key in (1, CHANNELS // 2, CHANNELS):
                rows = await stored(history, key)
                assert rows == [(at_ms(index), value(index), 0) for index in range(len(rows))]
                counts.append(len(rows))
        with closing(sqlite3.connect(place / "history.db")) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert not [name for name in os.listdir(place) if "damaged" in name]  # noqa: PTH208 a name
        assert len(set(counts)) == 1
        assert counts[0] > promised, (counts[0], promised)
        return counts[0]
    finally:
        run("umount", str(place))


async def cut(directory: Path, wait_s: float) -> tuple[int, int]:
    """One power cut on a fresh disk: scans that were promised, and scans that were found."""
    image, place, copy = directory / "image", directory / "disk", directory / "copy"
    make_disk(image, place)
    command = (sys.executable, "-m", "tests.history.victim", str(place), "0")
    with (directory / "promises").open("w+") as promises:
        victim = await asyncio.create_subprocess_exec(*command, stdout=promises)
        try:
            await asyncio.sleep(wait_s)
            victim.send_signal(signal.SIGSTOP)
            lines = (directory / "promises").read_text().split("\n")[:-1]
            shutil.copyfile(image, copy)
        finally:
            victim.kill()
            await victim.wait()
            run("umount", str(place))
    promised = int(lines[-1]) if lines else -1
    return promised, await check(copy, directory / "after", promised)


async def main() -> None:
    """Cut again and again; say what was found."""
    cuts, longest_s = map(float, [*sys.argv[1:3], *("50", "6")[len(sys.argv) - 1 :]])
    if os.getuid() != 0:
        sys.exit("Loop devices need root.")
    started_s, scans = time.monotonic(), 0
    for number in range(int(cuts)):
        with tempfile.TemporaryDirectory() as directory:
            _, found = await cut(Path(directory), random.uniform(1.5, longest_s))
            scans += found
            print(f"cut {number + 1}: {found} scans of {CHANNELS} channels, nothing missing")
    print(f"{int(cuts)} cuts, {scans} scans, all that was promised is there, all files are sound;")
    print(f"{time.monotonic() - started_s:.0f} s in all.")


if __name__ == "__main__":
    asyncio.run(main())
