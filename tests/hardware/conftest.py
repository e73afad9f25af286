"""Virtual plants for the tests of the hardware."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hardware.readings import beat, open_driver
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.hardware.simulator.rig import rig_text


@pytest.fixture(scope="module")
def shared_plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualRevPi]:
    """A running rig for the tests of one module that leave it as they found it."""
    with VirtualRevPi(tmp_path_factory.mktemp("plant")) as plant:
        yield plant


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[VirtualRevPi]:
    """A running rig of the test's own."""
    with VirtualRevPi(tmp_path / "plant") as plant:
        yield plant


@pytest.fixture
def driver(plant: VirtualRevPi) -> Iterator[RevPi]:
    """The driver, open on the test's own rig."""
    opened = open_driver(plant)
    yield opened
    opened.close()


@pytest.fixture
def shared_driver(shared_plant: VirtualRevPi) -> Iterator[RevPi]:
    """The driver, open on the shared rig."""
    opened = open_driver(shared_plant)
    yield opened
    opened.close()


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    """The rig's configuration as a file."""
    path = tmp_path / "config.rsc"
    path.write_text(rig_text())
    return path


@pytest.fixture
def image_path(tmp_path: Path) -> Path:
    """An image of zeros that nobody keeps writing; fresh however late somebody first looks."""
    path = tmp_path / "image"
    path.write_bytes(bytes(4096))
    beat(path)
    return path
