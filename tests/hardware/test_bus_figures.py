"""The driver's own figures of the module bus."""

import pytest

from webmacs_edge.hardware.bus_figures import FILES, read_bus_figures


def write(root, name, text):
    file = root / FILES[name]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_system_without_the_driver_has_none(tmp_path):
    assert read_bus_figures(tmp_path) == {}


def test_what_the_driver_offers_is_read_under_our_names(tmp_path):
    for number, name in enumerate(FILES):
        write(tmp_path, name, f"{number}\n")

    assert read_bus_figures(tmp_path) == {name: number for number, name in enumerate(FILES)}


@pytest.mark.parametrize("text", ["", "\n", "fast", "12.5.3", "µ"])
def test_a_figure_that_is_no_number_is_left_out(tmp_path, text):
    write(tmp_path, "last_cycle_us", text)
    write(tmp_path, "cycles_missed", "7")

    assert read_bus_figures(tmp_path) == {"cycles_missed": 7}
