"""What the board shows, and when."""

import pytest

from tests.control.rig import FLOW, HEATER, VALVE, Rig


@pytest.fixture
def rig():
    rig = Rig()
    rig.cycle()
    yield rig
    rig.close()


def shown(rig: Rig, key: int):
    """The board as it hangs there, nothing drawn anew for us."""
    return rig.outputs.board.outputs[str(key)]


def test_a_command_is_on_the_board_when_its_answer_comes(rig: Rig):
    rig.command(VALVE, 1.0)

    assert shown(rig, VALVE).set_point == 1.0


def test_what_nobody_touched_is_not_drawn_again_in_every_cycle(rig: Rig):
    before = shown(rig, HEATER)
    rig.command(VALVE, 1.0)

    assert shown(rig, HEATER) is before


def test_a_trip_shows_what_it_blocks_in_its_own_cycle(rig: Rig):
    rig.set(FLOW, 0)
    rig.cycle()

    assert shown(rig, HEATER).blocked_by
    assert any(view.cause for view in rig.outputs.board.interlocks.values())


def test_an_image_that_somebody_else_changed_is_shown_within_a_moment(rig: Rig):
    before = shown(rig, HEATER).image
    rig.set(HEATER, 3000)
    rig.cycles(0.3)

    assert shown(rig, HEATER).image != before
