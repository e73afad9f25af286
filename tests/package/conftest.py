"""Debian trees to boot and the package to try; both are made once and kept in `build/`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.package.box import Box, missing_tools
from tests.package.trees import make_tree
from webmacs_edge.config import RESOURCES

PACKAGES = RESOURCES / "dist"
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
    return make_tree(str(request.param))


@pytest.fixture
def box(tree: Path) -> Iterator[Box]:
    """A freshly booted Debian without a network."""
    with Box(tree) as box:
        yield box
