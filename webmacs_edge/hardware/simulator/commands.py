"""The command channel of the virtual plant: one line in, one line out."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webmacs_edge.hardware.driver import Point
from webmacs_edge.hardware.entries import IMAGE_LENGTH
from webmacs_edge.hardware.simulator.disturbances import Fault, find_input
from webmacs_edge.hardware.simulator.driver import VirtualDriver

_MOST_SPEED = 1000.0
_LONGEST_HANG_S = 3600.0


class CommandError(Exception):
    """The line cannot be carried out; the text says why."""


Action = Callable[[VirtualDriver, list[str]], str]


@dataclass(frozen=True, slots=True)
class Command:
    """One word of the channel."""

    arguments: str
    count: int
    action: Action


def answer(driver: VirtualDriver, line: str) -> str:
    """Carry the line out; the answer starts with `ok` or `error`."""
    words = line.split()
    if not words:
        return "error: empty line; `help` lists the commands"
    name, *arguments = words
    command = COMMANDS.get(name)
    if command is None:
        return f"error: no command {name}; `help` lists them"
    if len(arguments) != command.count:
        return f"error: usage: {name} {command.arguments}".rstrip()
    try:
        return f"ok {command.action(driver, arguments)}".rstrip()
    except CommandError as error:
        return f"error: {error}"


def _fault(driver: VirtualDriver, arguments: list[str]) -> str:
    name, kind = arguments
    if kind not in set(Fault):
        raise CommandError(f"no fault {kind}; there are {', '.join(Fault)}")
    point = _input(driver, name)
    driver.disturbances.set(point, Fault(kind))
    return f"{point.id} {kind}"


def _clear(driver: VirtualDriver, arguments: list[str]) -> str:
    point = _input(driver, arguments[0])
    driver.disturbances.clear(point)
    return point.id


def _unplug(driver: VirtualDriver, arguments: list[str]) -> str:
    position = int(_number(arguments[0], 0, 255))
    if not driver.bus.unplug(position):
        raise CommandError(f"no module to unplug at position {position}")
    return f"unplugged {position}"


def _plug(driver: VirtualDriver, arguments: list[str]) -> str:
    position = int(_number(arguments[0], 0, 255))
    if not driver.bus.plug(position):
        raise CommandError(f"position {position} is not unplugged")
    return f"plugged {position}"


def _estop(driver: VirtualDriver, arguments: list[str]) -> str:
    pressed = _number(arguments[0], 0, 1) > 0
    if not driver.model.press_estop(pressed=pressed):
        raise CommandError("this configuration has no known emergency stop")
    return "pressed" if pressed else "released"


def _reset(driver: VirtualDriver, _arguments: list[str]) -> str:
    driver.start_reset()
    return "resetting"


def _hang(driver: VirtualDriver, arguments: list[str]) -> str:
    pause_s = _number(arguments[0], 0, _LONGEST_HANG_S)
    driver.paused_until_s = time.monotonic() + pause_s
    return f"hanging for {pause_s:g} s"


def _truncate(driver: VirtualDriver, arguments: list[str]) -> str:
    length = int(_number(arguments[0], 0, IMAGE_LENGTH))
    driver.image.truncate(length)
    return f"image has {length} bytes until reset"


def _replace(driver: VirtualDriver, _arguments: list[str]) -> str:
    driver.image.replace()
    return "image replaced"


def _speed(driver: VirtualDriver, arguments: list[str]) -> str:
    driver.speed = _number(arguments[0], 0, _MOST_SPEED)
    return f"speed {driver.speed:g}"


def _status(driver: VirtualDriver, _arguments: list[str]) -> str:
    is_paused = time.monotonic() < driver.paused_until_s
    unplugged = ",".join(str(position) for position in sorted(driver.bus.unplugged)) or "none"
    return (
        f"cycles={driver.cycles} overruns={driver.overruns} speed={driver.speed:g} "
        f"faults={len(driver.disturbances)} unplugged={unplugged} paused={int(is_paused)}"
    )


def _quit(driver: VirtualDriver, _arguments: list[str]) -> str:
    driver.is_quitting = True
    return "bye"


def _help(_driver: VirtualDriver, _arguments: list[str]) -> str:
    return "; ".join(f"{name} {c.arguments}".rstrip() for name, c in COMMANDS.items())


def _input(driver: VirtualDriver, name: str) -> Point:
    point = find_input(driver.layout, name)
    if point is None:
        raise CommandError(f"no input {name}; use a name from PiCtory, or position/name")
    return point


def _number(text: str, low: float, high: float) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise CommandError(f"{text} is not a number") from error
    if not low <= number <= high:
        raise CommandError(f"{text} is not from {low:g} to {high:g}")
    return number


COMMANDS: Mapping[str, Command] = {
    "fault": Command("POINT break|short|freeze", 2, _fault),
    "clear": Command("POINT", 1, _clear),
    "unplug": Command("POSITION", 1, _unplug),
    "plug": Command("POSITION", 1, _plug),
    "estop": Command("0|1", 1, _estop),
    "reset": Command("", 0, _reset),
    "hang": Command("SECONDS", 1, _hang),
    "truncate": Command("BYTES", 1, _truncate),
    "replace": Command("", 0, _replace),
    "speed": Command("FACTOR", 1, _speed),
    "status": Command("", 0, _status),
    "quit": Command("", 0, _quit),
    "help": Command("", 0, _help),
}
