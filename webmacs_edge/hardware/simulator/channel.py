"""The Unix socket that carries the command lines."""

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

from webmacs_edge.hardware.simulator.poller import Poller

_LONGEST_LINE = 1000

Answer = Callable[[str], str]


class Channel:
    """Listens on a socket; every line received is answered by one line."""

    def __init__(self, path: Path, poller: Poller, answer: Answer) -> None:
        self._path = path
        self._poller = poller
        self._answer = answer
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._listener.setblocking(False)  # noqa: FBT003 # the name says it
        poller.add(self._listener.fileno(), self._accept)
        self._connections: set[_Connection] = set()

    def close(self) -> None:
        """Hang up on everybody and remove the socket."""
        for connection in list(self._connections):
            self.drop(connection)
        self._poller.remove(self._listener.fileno())
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def drop(self, connection: "_Connection") -> None:
        """Hang up on one caller."""
        self._connections.discard(connection)
        self._poller.remove(connection.peer.fileno())
        connection.peer.close()

    def _accept(self) -> None:
        peer, _ = self._listener.accept()
        peer.setblocking(False)  # noqa: FBT003 # the name says it
        connection = _Connection(peer, self._answer, self.drop)
        self._connections.add(connection)
        self._poller.add(peer.fileno(), connection.receive)


class _Connection:
    """One caller and the line being typed."""

    def __init__(
        self, peer: socket.socket, answer: Answer, drop: Callable[["_Connection"], None]
    ) -> None:
        self.peer = peer
        self._answer = answer
        self._drop = drop
        self._pending = b""

    def receive(self) -> None:
        """Answer the complete lines; hang up when the caller does or talks nonsense."""
        try:
            data = self.peer.recv(4096)
        except OSError:
            data = b""
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            reply = self._answer(line.decode("utf-8", "replace"))
            with contextlib.suppress(OSError):  # the caller left; noticed at the next receive
                self.peer.sendall(reply.encode() + b"\n")
        if not data or len(self._pending) > _LONGEST_LINE:
            self._drop(self)
