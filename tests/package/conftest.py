"""Debian trees to boot and the package to try; both are made once and kept in `build/`."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.package.box import Box, missing_tools
from webmacs_edge.config import RESOURCES

PACKAGES = RESOURCES / "dist"
TREES = RESOURCES / "build" / "trees"
INCLUDED = "systemd,systemd-sysv,dbus,python3,ca-certificates,openssl,tzdata,libstdc++6"
SUITES = tuple(os.environ.get("PACKAGE_SUITES", "bookworm,trixie").split(","))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here; without root or the tools say why it is left out."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    reason = missing_tools() if here else ""
    for item in here:
        item.add_marker(pytest.mark.package)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def package() -> Path:
    """The package of this machine's architecture, built by `make deb`."""
    found = sorted(PACKAGES.glob("webmacs-edge_*_amd64.deb"))
    assert found, "There is no package in dist/. Build it with: make deb"
    return found[-1]


@pytest.fixture(scope="session", params=SUITES)
def tree(request: pytest.FixtureRequest) -> Path:
    """A bootable Debian of minimal size."""
    folder = TREES / str(request.param)
    if not folder.exists():
        draft = folder.with_suffix(
            ".new"
        )  # half of a tree, where somebody ended us, does not count
        shutil.rmtree(draft, ignore_errors=True)
        draft.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(  # noqa: S603 # our own arguments
            ["mmdebstrap",  # noqa: S607 # of Debian
             "--quiet", "--variant=minbase", f"--include={INCLUDED}",
             "--customize-hook=: > $1/etc/machine-id", request.param, draft, *mirror()],
            check=True,
        )  # fmt: skip
        draft.rename(folder)
    return folder


def mirror() -> list[str]:
    """Where this machine gets its Debian from, for mmdebstrap."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    addresses = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    plain = [line for line in addresses.stdout.splitlines() if "security" not in line]
    return plain[:1]


@pytest.fixture
def box(tree: Path) -> Iterator[Box]:
    """A freshly booted Debian without a network."""
    with Box(tree) as box:
        yield box
