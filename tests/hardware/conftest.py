"""Virtual plants for the tests of the hardware."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.process import VirtualRevPi


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
    with_plant = RevPi(plant.image_path, plant.config_path, simulated=True)
    with_plant.open()
    yield with_plant
    with_plant.close()


@pytest.fixture
def shared_driver(shared_plant: VirtualRevPi) -> Iterator[RevPi]:
    """The driver, open on the shared rig."""
    with_plant = RevPi(shared_plant.image_path, shared_plant.config_path, simulated=True)
    with_plant.open()
    yield with_plant
    with_plant.close()
