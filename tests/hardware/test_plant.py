"""The physics of the rig: the same seed the same numbers, and the right way round."""

import pytest

from webmacs_edge.hardware.simulator.plant import FluidBed, local_panel

OFF = {
    "blower_enable": 0.0,
    "blower_speed": 0.0,
    "heater_contactor": 0.0,
    "heater_power": 0.0,
    "feed_valve": 0.0,
}
BLOWING = OFF | {"blower_enable": 1.0, "blower_speed": 60.0}
HEATING = BLOWING | {"heater_contactor": 1.0, "heater_power": 50.0}


def run(bed, outputs, duration_s):
    """The readings after that time."""
    readings = {}
    for _ in range(round(duration_s / 0.5)):
        readings = bed.step(0.5, outputs)
    return readings


def test_the_same_seed_gives_the_same_readings():
    first, second = FluidBed(seed=7), FluidBed(seed=7)

    assert run(first, HEATING, 20) == run(second, HEATING, 20)


def test_another_seed_gives_other_noise():
    assert run(FluidBed(seed=7), HEATING, 5) != run(FluidBed(seed=8), HEATING, 5)


def test_a_faster_blower_moves_more_air_through_the_bed():
    bed = FluidBed()
    slow = run(bed, BLOWING, 15)
    fast = run(bed, BLOWING | {"blower_speed": 90.0}, 15)

    assert slow["air_flow"] == pytest.approx(72, abs=2)
    assert fast["air_flow"] == pytest.approx(108, abs=2)
    assert fast["windbox_pressure"] > slow["windbox_pressure"] + 5
    assert fast["blower_tacho"] > slow["blower_tacho"]


def test_below_fluidisation_the_pressure_drop_follows_the_flow():
    bed = FluidBed()
    packed = run(bed, BLOWING | {"blower_speed": 15.0}, 15)["bed_pressure_drop"]
    floating = run(bed, BLOWING | {"blower_speed": 50.0}, 15)["bed_pressure_drop"]

    assert packed == pytest.approx(25 * 18 / 35, abs=1)
    assert floating == pytest.approx(25, abs=3)


def test_the_heater_warms_windbox_then_bed_then_freeboard():
    readings = run(FluidBed(), HEATING, 60)

    assert readings["windbox_temperature"] > 100
    assert (
        readings["windbox_temperature"]
        > readings["bed_temperature"]
        > readings["freeboard_temperature"]
        > readings["ambient_temperature"] + 1
    )


def test_the_emergency_stop_ends_air_and_heat():
    bed = FluidBed()
    before = run(bed, HEATING, 60)
    bed.estop_ok = False
    after = run(bed, HEATING, 60)

    assert after["emergency_stop_ok"] == 0
    assert after["air_flow"] < 1 < before["air_flow"]
    assert after["windbox_temperature"] < before["windbox_temperature"] - 30


def test_heating_without_air_trips_and_releases_when_cool():
    bed = FluidBed()
    dry = OFF | {"heater_contactor": 1.0, "heater_power": 100.0}
    tripped = run(bed, dry, 30)
    released = run(bed, BLOWING, 120)

    assert tripped["overtemperature_ok"] == 0
    assert released["overtemperature_ok"] == 1


def test_feeding_empties_the_hopper_and_moistens_the_air():
    bed = FluidBed()
    before = run(bed, BLOWING, 5)
    after = run(bed, BLOWING | {"feed_valve": 1.0}, 60)

    assert after["hopper_level"] < before["hopper_level"] - 20
    assert after["humidity"] > before["humidity"] + 5


def test_an_empty_hopper_is_low_and_then_refilled():
    bed = FluidBed()
    run(bed, BLOWING | {"feed_valve": 1.0}, 105)
    low = run(bed, BLOWING, 0.5)
    full = run(bed, BLOWING | {"feed_valve": 1.0}, 10)
    full = run(bed, BLOWING, 90)

    assert low["hopper_low"] == 1
    assert full["hopper_low"] == 0


def test_long_steps_end_where_short_ones_do():
    long, short = FluidBed(), FluidBed()

    long.step(30.0, HEATING)
    run(short, HEATING, 30)

    assert long.bed_c == pytest.approx(short.bed_c, rel=1e-6)


def test_the_local_panel_keeps_the_rig_within_its_limits():
    bed = FluidBed()
    for second in range(1800):
        readings = bed.step(1.0, local_panel(float(second)))

        assert readings["overtemperature_ok"] == 1
        assert readings["bed_temperature"] < 300
    assert readings["air_flow"] > 40
