"""The layout against the reference: what revpimodio2 makes of the same file and the same bytes."""

import random
import warnings
from contextlib import contextmanager

import pytest
import revpimodio2

from tests.hardware.samples import REFUSED, real_files, with_module
from webmacs_edge.hardware.driver import Direction
from webmacs_edge.hardware.entries import IMAGE_LENGTH
from webmacs_edge.hardware.modules import MODULES
from webmacs_edge.hardware.pictory import load_layout
from webmacs_edge.hardware.simulator.codec import take
from webmacs_edge.hardware.simulator.modules import assemble, module, to_text
from webmacs_edge.hardware.simulator.rig import rig_text
from webmacs_edge.model.errors import ConfigurationError

DROPPED_BY_THEM = {"common_config_unknown": {64}}  # a device of an unknown type
WITHOUT_LENGTH = {"relais"}  # one bit wide without a bit address: no bytes at all for them

DIRECTIONS = {300: Direction.input, 301: Direction.output, 302: Direction.memory}
IMAGES = 3


@contextmanager
def reference(config_path, image_path):
    """revpimodio2 on the file and image; its tolerances come as warnings."""
    with warnings.catch_warnings(record=True):
        modio = revpimodio2.RevPiModIO(
            monitoring=True, procimg=str(image_path), configrsc=str(config_path)
        )
        try:
            yield modio
        finally:
            modio.exit(full=True)


def write_noise(path, seed):
    """An image of random bytes."""
    content = random.Random(seed).randbytes(IMAGE_LENGTH)  # noqa: S311 # no secret
    path.write_bytes(content)
    return content


def their_points(modio):
    """All entries of the reference by name; names are unique in these files."""
    return {
        io.name: io
        for device in modio.device
        for group in (device.get_inputs, device.get_outputs, device.get_memories)
        for io in group()
    }


def our_points(layout, name):
    """Our points by name, without the bits that we cut from words."""
    dropped = DROPPED_BY_THEM.get(name, set())
    words = {point.id for point in layout.points}
    return {
        point.name: point
        for point in layout.points
        if point.device not in dropped
        and point.name not in WITHOUT_LENGTH
        and point.id.rpartition(".")[0] not in words
    }


def as_stored(value, point):
    """Any reading of theirs as an unsigned number."""
    number = int.from_bytes(value, "little") if isinstance(value, bytes) else int(value)
    return number % (1 << point.bits)


def check_against_reference(config_path, directory):
    layout = load_layout(config_path)
    image_path = directory / "image"
    ours = our_points(layout, config_path.stem)
    for seed in range(IMAGES):
        content = write_noise(image_path, seed)
        with reference(config_path, image_path) as modio:
            modio.readprocimg()
            theirs = their_points(modio)
            assert theirs.keys() - WITHOUT_LENGTH == ours.keys()
            for name, point in ours.items():
                check_point(point, theirs[name], content)


def check_point(point, io, content):
    assert (point.address, point.direction) == (io.address, DIRECTIONS[io.type]), point.id
    assert point.exported == io.export, point.id
    if point.direction is Direction.memory:
        return  # their value is the default text, not the image
    assert (point.bit is not None) == (type(io.value) is bool), point.id
    ours = take(content, point) % (1 << point.bits)
    assert ours == as_stored(io.value, point), point.id


@pytest.mark.parametrize("path", real_files())
def test_a_real_file_is_laid_out_as_the_reference_does_or_refused(path, tmp_path):
    if path.stem not in REFUSED:
        check_against_reference(path, tmp_path)
        return

    with pytest.raises(ConfigurationError, match=REFUSED[path.stem]):
        load_layout(path)


def test_the_generated_rig_is_laid_out_as_the_reference_does(tmp_path):
    path = tmp_path / "config.rsc"
    path.write_text(rig_text())

    check_against_reference(path, tmp_path)


@pytest.mark.parametrize("product_type", [t for t, m in MODULES.items() if m.layouts])
def test_every_generated_module_is_laid_out_as_the_reference_does(product_type, tmp_path):
    path = tmp_path / "config.rsc"
    is_base = MODULES[product_type].is_base
    config = assemble([module(product_type, 0)]) if is_base else with_module(product_type)
    path.write_text(to_text(config))

    check_against_reference(path, tmp_path)


def test_aio_values_have_the_sign_of_the_reference(tmp_path):
    path = tmp_path / "config.rsc"
    path.write_text(to_text(with_module(103)))
    content = write_noise(tmp_path / "image", 7)
    points = [p for p in load_layout(path).points if p.name.startswith(("InputV", "RTDV"))]

    with reference(path, tmp_path / "image") as modio:
        modio.readprocimg()
        theirs = [modio.io[point.name].value for point in points]

    assert [take(content, point) for point in points] == theirs
    assert min(theirs) < 0 < max(theirs)
