"""The settings of one module, as PiCtory stores them: the defaults of its `mem` entries."""

from collections.abc import Iterable

from webmacs_edge.hardware.driver import Direction
from webmacs_edge.hardware.entries import Entry


class Settings:
    """The memory bytes of a module; entries of any width can be read back at any width."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._bits: dict[int, tuple[Entry, int | None]] = {}
        for entry in entries:
            if entry.section is Direction.memory:
                self._store(entry)

    def _store(self, entry: Entry) -> None:
        first = entry.byte * 8 + (entry.bit or 0)
        for n in range(entry.bits):
            value = None if entry.default is None else entry.default >> n & 1
            self._bits[first + n] = (entry, value)

    def number(self, byte: int, bits: int = 8, *, signed: bool = False) -> int | None:
        """The number stored there; None when the file has no such setting."""
        value = 0
        for n in range(bits):
            found = self._bits.get(byte * 8 + n)
            if found is None:
                return None
            entry, bit = found
            if bit is None:
                raise entry.cursor.error("This setting must be a number.")
            value |= bit << n
        return value - (1 << bits) if signed and value >> (bits - 1) else value

    def flag(self, byte: int, bit: int) -> bool:
        """Whether that bit is set; False when the file has no such setting."""
        found = self._bits.get(byte * 8 + bit)
        return found is not None and found[1] == 1
