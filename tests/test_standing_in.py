"""A virtual plant stands in only where there is no doubt that nothing real is there."""

import pytest

from webmacs_edge.config import load_settings
from webmacs_edge.hardware.presence import is_revpi_here
from webmacs_edge.standing_in import with_stand_in


def test_without_a_revolution_pi_a_virtual_plant_stands_in_with_data_of_its_own(tmp_path):
    settings, is_virtual = with_stand_in(load_settings(data_dir=tmp_path), is_here=lambda _: False)

    assert is_virtual
    assert settings.data_dir == tmp_path / "simulation"


@pytest.mark.parametrize(
    "given",
    [
        {"simulate": "never"},
        {"process_image": "/dev/piControl0"},
        {"config_rsc": "/etc/revpi/config.rsc"},
        {"output_sole_writer": True},
        {"database_url": "postgresql://a:b@127.0.0.1/c"},
    ],
)
def test_whoever_named_hardware_or_a_database_gets_a_fault_instead(tmp_path, given):
    settings = load_settings(data_dir=tmp_path, **given)

    assert with_stand_in(settings, is_here=lambda _: False) == (settings, False)


def test_an_appliance_that_has_measured_is_never_simulated(tmp_path):
    (tmp_path / "config.db").touch()
    settings = load_settings(data_dir=tmp_path)

    assert with_stand_in(settings, is_here=lambda _: False) == (settings, False)


def test_a_process_image_is_a_revolution_pi(tmp_path):
    image = tmp_path / "piControl0"
    image.touch()

    assert is_revpi_here(image)
