"""Telling the plant process of a demo to fail, from another process."""

import socket
from pathlib import Path

PLANT_ANSWER_S = 10.0


def tell_plant(socket_path: Path, command: str) -> str:
    """Send one command to the plant process of a demo; its answer."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.settimeout(PLANT_ANSWER_S)
            channel.connect(str(socket_path))
            channel.sendall(command.encode() + b"\n")
            return channel.makefile().readline().strip()
    except OSError as error:
        raise OSError(
            f"No plant answers at {socket_path}: {error.strerror or error}. Is the demo running?"
        ) from error
