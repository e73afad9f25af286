"""`webmacs-edge doctor --hardware`: the driver contract tried by hand on the device of this box."""

import asyncio
from collections.abc import Callable, Iterable

from webmacs_edge.config import Settings
from webmacs_edge.doctor import make_driver
from webmacs_edge.hardware.pictory import CANDIDATES, find_config
from webmacs_edge.hardware.trial import Step, Target, look, starve, switch
from webmacs_edge.model.errors import ConfigurationError, DriverError, InvalidError
from webmacs_edge.store.datadir import is_data_dir_held

Say = Callable[[str], None]
Ask = Callable[[str], str]
ALL_TO_ZERO = "all outputs to 0"
_MARKS = {True: "✓", False: "✗", None: "–"}


async def run_hardware_trial(
    settings: Settings, *, say: Say, ask: Ask, output: str = "", with_watchdog: bool = False
) -> int:
    """Look at everything; with `output` also write, after it was confirmed. 0 when all is well."""
    target = _target(settings)
    say(f"Trying {make_driver(settings, only_looks=True).info().place}. Nothing is written.")
    faults = await _run(look(target), say)
    if output:
        faults += await _try_outputs(
            settings, target, output, say=say, ask=ask, with_watchdog=with_watchdog
        )
    say("All is well." if not faults else f"{faults} step(s) failed.")
    return 1 if faults else 0


async def _try_outputs(
    settings: Settings, target: Target, output: str, *, say: Say, ask: Ask, with_watchdog: bool
) -> int:
    if is_data_dir_held(settings.data_dir):
        say("✗ Outputs: the appliance is running and may drive them. Stop it first.")
        return 1
    say(f"{output} is going to be turned over for a third of a second, and back. Nothing else is")
    say("written. Make sure that whatever hangs on it may move now.")
    if ask(f"Type {output} to do so: ").strip() != output:
        say("– Outputs: nothing was written.")
        return 0
    faults = await _run(switch(target, output), say)
    if not with_watchdog or faults:
        return faults
    say(f"{output} is going to be switched on, and then the driver is left alone: it sets ALL")
    say("outputs of ALL modules to 0, those of other programs too. They stay at 0 afterwards.")
    if ask(f"Type “{ALL_TO_ZERO}” to do so: ").strip() != ALL_TO_ZERO:
        say("– Watchdog: it was not armed.")
        return 0
    return await _run(starve(target, output), say)


async def _run(steps: Iterable[Step], say: Say) -> int:
    """Say each step as it comes; how many failed."""
    faults, going_on = 0, iter(steps)
    try:
        while (step := await asyncio.to_thread(next, going_on, None)) is not None:
            say(f"{_MARKS[step.is_good]} {step.name}: {step.words}")
            faults += step.is_good is False
    except (DriverError, InvalidError) as error:
        say(f"✗ {error}")
        return faults + 1
    return faults


def _target(settings: Settings) -> Target:
    try:
        config = find_config(settings.config_rsc)
    except ConfigurationError:
        config = CANDIDATES[0]
    return Target(settings.process_image, config)
