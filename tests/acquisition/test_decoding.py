"""Images of which only what has changed is read again: the same as reading them whole."""

import random
from dataclasses import replace

from tests.acquisition.test_points import make_event
from tests.plant import make_layout, make_point
from webmacs_edge.acquisition.bus import ERRORS
from webmacs_edge.acquisition.decoding import Decoder
from webmacs_edge.acquisition.points import build_plan
from webmacs_edge.hardware.driver import StatusBits

STATUS = StatusBits(20, 8, {1: "wire break"})


def make_plan():
    """Three modules: switches, two analog values with a status byte behind them, and one more."""
    base = replace(make_point(name=ERRORS, bits=16, address=30), device=0)
    points = [base]
    for bit in range(8):
        points.append(replace(make_point(name=f"I_{bit}", bits=1, bit=bit, address=0), device=31))
    for at in (16, 18):
        point = make_point(name=f"A_{at}", bits=16, signed=True, address=at, status=STATUS)
        points.append(replace(point, device=32))
    points.append(replace(make_point(name="last", bits=32, address=24), device=33))
    layout = make_layout(*points)
    events = [make_event(point, id=at, factor=0.5) for at, point in enumerate(points[1:])]
    events.append(make_event(replace(points[1], name="gone", address=1), id=99, point_id="gone"))
    return build_plan(layout, events)


def told(reading):
    """All that a reading says."""
    return reading.natives, reading.values, reading.qualities, reading.reasons, reading.forced


def test_whatever_changes_it_reads_what_the_whole_image_says():
    plan, chance = make_plan(), random.Random(7)  # noqa: S311 the same images every time
    decoder, image = Decoder(plan), bytearray(64)
    lost = None
    for _ in range(500):
        for _ in range(chance.choice((0, 1, 1, 4))):
            image[chance.choice((0, 5, 16, 17, 18, 20, 24, 27))] = chance.randrange(256)
        image[30] = chance.choice((0, 0, 0, 9))
        lost = chance.choice((lost, lost, lost, None, frozenset({32})))

        assert told(decoder.decode(bytes(image), lost)) == told(plan.decode(bytes(image), lost))


def test_a_reading_that_was_given_out_stays_as_it_is():
    decoder = Decoder(make_plan())
    first = decoder.decode(bytes(64), None)
    before = [list(part) for part in told(first)[:3]]
    second = decoder.decode(b"\xff" * 30 + bytes(34), None)

    assert [list(part) for part in told(first)[:3]] == before
    assert second.values != first.values


def test_only_modules_whose_bytes_changed_are_read_again():
    decoder = Decoder(make_plan())
    first = decoder.decode(bytes(64), None)
    unused = bytearray(64)
    unused[40] = 1

    assert decoder.decode(bytes(unused), None) is first
