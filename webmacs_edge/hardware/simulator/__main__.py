"""`python -m webmacs_edge.hardware.simulator`: the virtual plant as a process of its own."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from webmacs_edge.hardware.simulator.channel import Channel
from webmacs_edge.hardware.simulator.commands import answer
from webmacs_edge.hardware.simulator.driver import make_driver, run_loop
from webmacs_edge.hardware.simulator.poller import Poller
from webmacs_edge.model.errors import WebmacsError

EXIT_BAD_INPUT = 2
_FASTEST_HZ = 500.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to quit, signalled, or left alone by the parent process."""
    parent_pid = os.getppid()
    options = _parser().parse_args(arguments)
    if options.parent and options.parent != parent_pid:
        return 0  # the parent was gone before we began
    if options.parent:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; it stops us
    try:
        _run(options, parent_pid)
    except (WebmacsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        return 0
    return 0


def _run(options: argparse.Namespace, parent_pid: int) -> None:
    driver = make_driver(options.image, options.config, seed=options.seed, speed=options.speed)
    signal.signal(signal.SIGTERM, lambda *_: setattr(driver, "is_quitting", True))
    poller = Poller()
    channel = None
    if options.socket:
        channel = Channel(options.socket, poller, lambda line: answer(driver, line))
    try:
        run_loop(driver, poller, hz=options.hz, parent_pid=parent_pid)
    finally:
        if channel is not None:
            channel.close()
        driver.image.close()


def _cycle_hz(text: str) -> float:
    number = float(text)
    if not 1.0 <= number <= _FASTEST_HZ:
        raise ValueError(text)  # argparse turns it into a usage message
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m webmacs_edge.hardware.simulator",
        description="A virtual Revolution Pi: keeps a process image file alive.",
    )
    parser.add_argument("--image", type=Path, required=True, help="the image file to own")
    parser.add_argument("--config", type=Path, required=True, help="the config.rsc to play")
    parser.add_argument("--socket", type=Path, help="Unix socket of the command channel")
    parser.add_argument("--hz", type=_cycle_hz, default=50.0, help="cycles a second (50)")
    parser.add_argument("--speed", type=float, default=1.0, help="time factor (1)")
    parser.add_argument("--seed", type=int, default=1, help="of the noise (1)")
    parser.add_argument("--parent", type=int, default=0, help="process id to live and die with")
    return parser


if __name__ == "__main__":
    sys.exit(main())
