"""Power cuts as a disk sees them: copies of a block device without the page cache."""

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.power_cut import cut, make_disk, run

CUTS = int(os.environ.get("WEBMACS_TEST_IMAGE_CUTS", "1"))  # 50 take some minutes


@pytest.fixture
def own_disks(tmp_path: Path) -> None:
    """Skips where no loop device can be made."""
    if os.getuid() != 0:
        pytest.skip("Loop devices need root.")
    try:
        make_disk(tmp_path / "image", tmp_path / "place")
        run("umount", str(tmp_path / "place"))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"No loop device can be made: {error}.")


@pytest.mark.usefixtures("own_disks")
async def test_a_copy_of_the_disk_at_any_moment_holds_all_that_was_promised(tmp_path):
    for number in range(CUTS):
        directory = tmp_path / str(number)
        directory.mkdir()
        wait_s = 1.5 + 3 * random.random()  # noqa: S311 a moment of its own

        promised, found = await cut(directory, wait_s)

        assert found > promised
        shutil.rmtree(directory)
