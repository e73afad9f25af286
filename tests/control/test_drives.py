"""One output at a time: set point, image and state under every kind of order."""

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.control.rig import CLAIMS, FLAP, FLOW, HEATER, MUCH_FLOW, NO_FLOW, VALVE, Rig
from webmacs_edge.control.drive import FORCE_TRIES
from webmacs_edge.model.errors import DeviceIOError
from webmacs_edge.model.outputs import DuringUpdate, ValveCycle
from webmacs_edge.model.quality import Quality


@pytest.fixture
def rig():
    rig = Rig()
    rig.cycle()
    yield rig
    rig.close()


def claimed(rig, key, **changes):
    """The same rig with another claim on that output."""
    rig.claim({**CLAIMS, key: replace(CLAIMS[key], **changes)})
    rig.cycle()
    return rig


def test_nothing_is_written_before_somebody_commands_it(rig):
    rig.set(VALVE, 1)

    assert all(not rig.cycle() for _ in range(20))
    assert rig.state(VALVE) == "idle"
    assert rig.view(VALVE).image == 1
    assert rig.view(VALVE).set_point is None


def test_a_command_is_written_in_its_cycle_and_confirmed_in_the_next(rig):
    assert rig.command(VALVE, 1.0) == ""

    assert rig.count(VALVE) == 1
    assert rig.state(VALVE) == "pending"
    rig.cycle()
    assert rig.state(VALVE) == "confirmed"


def test_bits_of_others_in_the_same_byte_stay(rig):
    rig.image[12] = 0b1010_0101

    rig.command(VALVE, 1.0)

    assert rig.image[12] == 0b1010_1101


def test_a_rate_limit_holds_from_the_present_value_on(rig):
    rig.command(HEATER, 80.0)
    seen = [rig.value(HEATER)]
    for _ in range(70):
        rig.cycle()
        seen.append(rig.value(HEATER))

    steps = [after - before for before, after in pairwise(seen)]
    assert max(steps) <= 1.0 + 0.011
    assert seen[-1] == 80.0


def test_a_ramp_takes_its_time(rig):
    rig.command(HEATER, 30.0, over_s=4.0)

    rig.cycles(2.0)
    half = rig.value(HEATER)
    rig.cycles(2.5)

    assert 24.5 <= half <= 25.6
    assert rig.value(HEATER) == 30.0
    assert rig.state(HEATER) == "confirmed"


def test_a_gap_in_time_does_not_let_a_ramp_jump(rig):
    rig.command(HEATER, 80.0)
    rig.outputs.lost("The device is silent.")

    rig.cycle(60.0)

    assert rig.value(HEATER) <= 21.1


def test_a_pulse_ends_at_the_safe_value(rig):
    rig.command(VALVE, 1.0, pulse_s=0.5)
    rig.cycles(0.4)
    during = rig.count(VALVE)
    rig.cycles(0.3)

    assert (during, rig.count(VALVE), rig.state(VALVE)) == (1, 0, "confirmed")


def test_the_dead_man_lets_go_unless_commanded_again(rig):
    claimed(rig, VALVE, max_on_s=1.0)
    rig.command(VALVE, 1.0)
    rig.cycles(0.8)
    rig.command(VALVE, 1.0)
    rig.cycles(0.8)
    still_on = rig.count(VALVE)

    rig.cycles(0.5)

    assert (still_on, rig.count(VALVE), rig.state(VALVE)) == (1, 0, "forced")
    assert "without a new command" in rig.view(VALVE).reason
    assert rig.command(VALVE, 1.0) == ""


def test_the_least_times_refuse_with_what_is_left_and_never_hold_up_safety(rig):
    claimed(rig, VALVE, min_on_s=5.0, min_off_s=3.0)
    rig.cycles(3.0)
    rig.command(VALVE, 1.0)
    rig.cycle()

    assert "stay on for 5 s" in rig.command(VALVE, 0.0)
    rig.locks.all_safe = "All outputs were made safe by Ada."
    rig.cycle()
    rig.locks.all_safe = ""
    rig.cycle()

    assert rig.count(VALVE) == 0
    assert "stay off for 3 s" in rig.command(VALVE, 1.0)


def test_a_valve_cycle_repeats_and_ends_closed(rig):
    rig.command(VALVE, 1.0, cycle=ValveCycle(open_s=0.3, close_s=0.2, repeats=2))
    seen = [rig.count(VALVE)]
    for _ in range(15):
        rig.cycle()
        seen.append(rig.count(VALVE))

    assert "".join(map(str, seen)) == "1110011100000000"
    assert rig.state(VALVE) == "confirmed"


@pytest.mark.parametrize("end", ["command", "interlock", "lost", "leave", "other writer"])
def test_a_valve_cycle_is_over_after_every_kind_of_end(rig, end):
    rig.command(VALVE, 1.0, cycle=ValveCycle(open_s=0.3, close_s=0.2, repeats=50))
    if end == "command":
        rig.command(VALVE, 0.0)
    elif end == "interlock":
        rig.set(FLOW, 0)
    elif end == "lost":
        rig.outputs.lost("The device is silent.")
    elif end == "leave":
        rig.apply(rig.outputs.leave())
        assert rig.count(VALVE) == 0
        return
    else:
        rig.cycle()
        rig.set(VALVE, 0)
    rig.cycles(2.0)

    assert rig.count(VALVE) == 0
    assert not rig.view(VALVE).is_cycling


def test_another_writer_takes_over_and_there_is_no_duel(rig):
    rig.command(VALVE, 1.0)
    rig.cycle()

    rig.set(VALVE, 0)

    assert all(not rig.cycle() for _ in range(20))
    assert rig.state(VALVE) == "overridden"
    assert any("taken over" in it.text for it in rig.tidings.take_all())


def test_a_bounded_hold_writes_again_so_many_times(rig):
    claimed(rig, VALVE, holds=2)
    rig.command(VALVE, 1.0)
    rig.cycle()
    written = 0
    for _ in range(6):
        rig.set(VALVE, 0)
        written += bool(rig.cycle())

    assert written == 2
    assert rig.state(VALVE) == "overridden"


def test_safe_is_written_against_another_writer_a_few_times_only(rig):
    rig.command(VALVE, 1.0)
    rig.set(FLOW, 0)
    rig.cycle()
    written = 0
    for _ in range(3 * FORCE_TRIES):
        rig.set(VALVE, 1)
        written += bool(rig.cycle())

    assert written == FORCE_TRIES
    assert rig.state(VALVE) == "overridden"


def test_an_interlock_forces_also_what_nobody_commanded_through_us(rig):
    rig.set(VALVE, 1)
    rig.cycle()

    rig.set(FLOW, 10)
    rig.cycle()

    assert rig.count(VALVE) == 0
    assert rig.state(VALVE) == "forced"


@pytest.mark.parametrize("quality", [Quality.BAD, Quality.STALE])
def test_an_input_that_nobody_knows_counts_as_tripped(rig, quality):
    rig.command(VALVE, 1.0)

    rig.flow_quality = quality
    rig.cycle()

    assert rig.count(VALVE) == 0
    assert "not known" in rig.view(VALVE).reason


def test_a_forced_input_counts_as_tripped_unless_the_interlock_allows_it(rig):
    rig.command(VALVE, 1.0)
    rig.forced = frozenset({0})
    rig.cycle()
    refused = rig.count(VALVE), rig.view(VALVE).reason

    allowing = replace(NO_FLOW.conditions[0], allows_forced=True)
    rig.claim(CLAIMS, (replace(NO_FLOW, conditions=(allowing,)), MUCH_FLOW))
    rig.cycle()

    assert refused[0] == 0
    assert "is forced, not measured" in refused[1]
    assert rig.command(VALVE, 1.0) == ""
    assert rig.count(VALVE) == 1


def test_a_forbidding_interlock_leaves_things_where_they_are(rig):
    rig.command(FLAP, 10.0)
    rig.cycles(5.0)
    rig.set(FLOW, 95)

    refusal = rig.command(FLAP, 20.0)

    assert "Much flow" in refusal
    assert rig.value(FLAP) == 10.0
    assert rig.command(FLAP, 0.0) == ""


def test_a_latched_interlock_stays_until_it_is_reset(rig):
    rig.claim(CLAIMS, (replace(NO_FLOW, is_latching=True), MUCH_FLOW))
    rig.command(VALVE, 1.0)
    rig.set(FLOW, 0)
    rig.cycle()
    said: list[str] = []

    def reset(guards) -> None:
        said.append(guards.get("no flow").reset())

    rig.cycle()
    rig.outputs.call(reset)
    rig.cycle()
    rig.set(FLOW, 50)
    refusal = rig.command(VALVE, 1.0)
    rig.outputs.call(reset)
    rig.cycle()

    assert "cannot be reset yet" in said[0]
    assert "No flow" in refusal
    assert said[1] == ""
    assert rig.command(VALVE, 1.0) == ""


def test_a_failed_write_of_a_first_command_changes_nothing(rig):
    rig.write_error = DeviceIOError("The device answered with an input/output error.")

    refusal = rig.command(VALVE, 1.0)
    rig.write_error = None

    assert "input/output" in refusal
    assert rig.state(VALVE) == "idle"
    assert not rig.cycle()


def test_after_a_failed_write_what_we_drive_goes_to_safe_as_soon_as_it_can(rig):
    rig.command(VALVE, 1.0)
    rig.cycle()
    rig.write_error = DeviceIOError("The device answered with an input/output error.")
    rig.ask(VALVE, 0.0)
    rig.set(FLOW, 10)
    rig.cycles(1.0)
    rig.write_error = None

    rig.cycle()

    assert rig.count(VALVE) == 0


def test_a_device_that_was_lost_finds_its_outputs_forced_safe(rig):
    rig.command(VALVE, 1.0)
    rig.cycle()

    rig.outputs.lost("The device is silent.")
    rig.cycle()

    assert rig.count(VALVE) == 0
    assert rig.state(VALVE) == "forced"


def test_commands_to_a_lost_device_are_refused_and_not_done_later(rig):
    answer = rig.ask(VALVE, 1.0)

    rig.outputs.lost("The device is silent.")
    rig.cycles(1.0)
    rig.turn_loop()

    assert "The device is silent." in str(answer.exception())
    assert rig.count(VALVE) == 0


def test_a_command_that_comes_too_late_is_dropped(rig):
    rig.ask(VALVE, 1.0)

    rig.cycle(10.0)

    assert rig.count(VALVE) == 0


def test_a_saved_but_not_loaded_configuration_refuses_commands_except_to_safe(rig):
    rig.command(VALVE, 1.0)
    rig.notice = "PiCtory has saved another configuration."

    assert "PiCtory" in rig.command(HEATER, 50.0)
    assert rig.command(VALVE, 0.0) == ""


def test_another_layout_makes_every_place_void(rig):
    rig.command(VALVE, 1.0)

    rig.outputs.opened(replace(rig.layout, saved_at="2026-11-24 12:00:00"))
    rig.set(FLOW, 0)

    assert not rig.cycle()
    assert rig.outputs.leave() == {}


def test_an_output_that_is_no_longer_claimed_goes_to_safe_first(rig):
    rig.command(VALVE, 1.0)
    rig.cycle()

    rig.claim({HEATER: CLAIMS[HEATER]})
    rig.cycle()

    assert rig.count(VALVE) == 0
    assert not rig.cycle()


def test_a_narrower_range_forces_what_is_outside_of_it(rig):
    rig.command(HEATER, 30.0)
    rig.cycles(2.0)

    claimed(rig, HEATER, max_value=25.0)

    assert rig.value(HEATER) == 20.0
    assert rig.state(HEATER) == "forced"


def test_a_silent_event_loop_forces_what_was_commanded(rig):
    rig.command(VALVE, 1.0)
    block = rig.locks.block("", mono_ns=rig.mono_ns)
    rig.locks.beat()

    silent = rig.locks.block("", mono_ns=rig.locks._loop_seen_ns + 10_100_000_000)  # noqa: SLF001

    assert block is None
    assert silent
    assert silent.forces
    assert "did not answer for 10 s" in silent.words


def test_a_failed_stage_forces_what_was_commanded_and_nothing_else(rig):
    rig.command(VALVE, 1.0)
    rig.set(FLAP, 60)
    rig.locks.report("rules", "a bug")

    rig.cycle()

    assert (rig.count(VALVE), rig.count(FLAP)) == (0, 60)
    rig.locks.report("rules", "")
    assert rig.command(VALVE, 1.0) == ""


def test_on_the_way_out_for_an_update_some_outputs_hold(rig):
    claimed(rig, VALVE, during_update=DuringUpdate.hold)
    rig.command(VALVE, 1.0)
    rig.command(FLAP, 10.0)
    rig.cycles(3.0)
    rig.locks.is_updating = True
    rig.locks.is_stopping = True

    rig.cycle()
    rig.apply(rig.outputs.leave())

    assert (rig.count(VALVE), rig.value(FLAP)) == (1, 0.0)


def test_a_flood_of_commands_is_bounded(rig):
    taken = [rig.outputs.ask(None) for _ in range(1001)]
    rig.outputs._waiting.clear()  # noqa: SLF001

    assert taken.count(False) == 1


def test_counts_are_rounded_inwards_so_that_no_value_leaves_the_range(rig):
    rig.command(FLAP, 30.2)
    rig.cycles(8.0)

    assert rig.value(FLAP) == 30.0
