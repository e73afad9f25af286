"""The files inside a backup: a tar archive, compressed, written and read piece by piece.

gzip because it is in every Python and on every machine: what was measured is compressed already,
so that a stronger one would gain little; any `tar` can open a backup that is not sealed.
"""

import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

PIECE_BYTES = 256 * 1024
_BLOCK = 512
_LEVEL = 1
_GZIP = 31  # zlib's word for it


@dataclass(frozen=True, slots=True)
class Member:
    """One file; its size is known before its content."""

    name: str
    size: int
    parts: Iterable[bytes]


def pack(members: Iterable[Member]) -> Iterator[bytes]:
    """The compressed archive."""
    made = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    for part in _archive(members):
        packed = made.compress(part)
        yield packed  # also when empty: whoever asked for a piece gets a say
    yield made.flush()


def _archive(members: Iterable[Member]) -> Iterator[bytes]:
    for member in members:
        head = tarfile.TarInfo(member.name)
        head.size, head.mode = member.size, 0o600
        yield head.tobuf(tarfile.USTAR_FORMAT)
        written = 0
        for part in member.parts:
            written += len(part)
            yield part
        if written != member.size:
            raise ValueError(f"{member.name} has {written} bytes and not {member.size}")
        yield b"\0" * (-written % _BLOCK)
    yield b"\0" * 2 * _BLOCK


def unpack(parts: Iterable[bytes]) -> Iterator[Member]:
    """The files, each to be read before the next; InvalidError at a fault."""
    stream = _Stream(_inflate(parts))
    while True:
        block = stream.take(_BLOCK)
        if not block.strip(b"\0"):
            stream.drain()
            return
        try:
            head = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.TarError, ValueError) as error:
            raise InvalidError(
                text("The backup is damaged: a file has no readable head.")
            ) from error
        if not head.isreg() or head.size < 0:
            raise InvalidError(
                text("The backup holds “{name}”, which is no file of ours.", name=head.name)
            )
        yield Member(head.name, head.size, stream.pieces(head.size))
        stream.finish()


class _Stream:
    """Reads exact lengths from pieces of any."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._waiting = b""
        self._left = 0  # of the file that is being read, with its padding

    def take(self, size: int) -> bytes:
        while len(self._waiting) < size:
            more = next(self._pieces, None)
            if more is None:
                raise InvalidError(text("The backup was cut off: its end is missing."))
            self._waiting += more
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return taken

    def pieces(self, size: int) -> Iterator[bytes]:
        self._left = size + -size % _BLOCK
        return self._read(size)

    def _read(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self.take(min(size, PIECE_BYTES))
            size -= len(piece)
            self._left -= len(piece)
            yield piece

    def drain(self) -> None:
        """Read on to the end, where the checksum of the whole is."""
        rest = self._waiting.strip(b"\0") or any(it.strip(b"\0") for it in self._pieces)
        if rest:
            raise InvalidError(text("There is something behind the end of the backup."))

    def finish(self) -> None:
        """Skip what nobody read of the file."""
        while self._left:
            self._left -= len(self.take(min(self._left, PIECE_BYTES)))


def _inflate(parts: Iterable[bytes]) -> Iterator[bytes]:
    made = zlib.decompressobj(_GZIP)
    try:
        for part in parts:
            waiting, piece = part, b"more"
            while (waiting or len(piece) == PIECE_BYTES) and not made.eof:
                piece = made.decompress(waiting, PIECE_BYTES)
                waiting = made.unconsumed_tail
                if piece:
                    yield piece
            if made.eof and (made.unused_data or waiting):
                raise InvalidError(text("There is something behind the end of the backup."))
    except zlib.error as error:
        raise InvalidError(text("This is no backup of WebMACS Edge, or it is damaged.")) from error
    if not made.eof:
        raise InvalidError(text("The backup was cut off: its end is missing."))
