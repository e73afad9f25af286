"""Fixtures on the shim of piControl, for whoever tests with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hardware.shim.kernel import ABSENT, COMPILER, Kernel, build


@pytest.fixture(scope="session")
def shim_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shim, compiled once; skipped, and said so, where nothing can compile it."""
    if COMPILER is None:
        pytest.skip(ABSENT)
    return build(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def kernel(tmp_path: Path, shim_library: Path) -> Iterator[Kernel]:
    """A device with the demo rig's configuration, whose driver runs."""
    with Kernel(tmp_path / "kernel", shim_library) as kernel:
        yield kernel
