"""Reads the rows of a damaged history file page by page, without SQLite and its trees.

Whatever page is damaged, only its own rows are lost. The rows carry checksums of their own, which
whoever takes them must check. Format: https://www.sqlite.org/fileformat2.html
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from webmacs_edge.store.history_rows import Chunk, JournalRow, Rollup
from webmacs_edge.store.records import Value, decode_record, varint

Row = Chunk | Rollup | JournalRow
PAGE_SIZES = (512, 1024, 2048, 4096)  # that our files have or had
PROBED_BYTES = 2**20
LARGEST_ROW_BYTES = 64 * 2**20

_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR = 13, 10, 2
_FILE_HEADER_BYTES = 100
_WAL_HEADER, _FRAME_HEADER = struct.Struct(">8I"), struct.Struct(">6I")
_BAD = (IndexError, ValueError, struct.error, TypeError)
_CHUNK_KINDS = (int, int, int, int, bytes)
_JOURNAL_COLUMNS, _ROLLUP_COLUMNS = 3, 10


class _Limits(NamedTuple):
    """How much of a row stands in a page itself; the rest is in overflow pages."""

    most: int
    least: int


def salvage_rows(file: Path) -> Iterator[Row]:
    """Every row of the history's tables that can still be read, in the order of the pages."""
    with file.open("rb") as handle:
        pages = _Pages(handle, file.with_name(file.name + "-wal"))
        try:
            for number in range(1, pages.count + 1):
                if number not in pages.free:
                    yield from _rows(pages, number)
        finally:
            pages.close()


class _Pages:
    """The pages of a file, with what its WAL holds of them."""

    def __init__(self, handle: BinaryIO, wal: Path) -> None:
        header = handle.read(_FILE_HEADER_BYTES).ljust(_FILE_HEADER_BYTES, b"\0")
        self.size = _page_size(header) or _guess_page_size(handle)
        reserved = header[20] if header.startswith(b"SQLite format 3\0") else 0
        self.usable = self.size - reserved
        self._handle = handle
        self._wal: BinaryIO | None = None
        self._in_wal: dict[int, int] = {}
        with suppress(OSError):
            self._wal = wal.open("rb")
            self._in_wal = _committed_frames(self._wal, self.size)
        self.count = max([handle.seek(0, 2) // self.size, *self._in_wal])
        self.free: set[int] = set()
        with suppress(*_BAD):
            self.free = self._free_pages(struct.unpack_from(">I", self.read(1), 32)[0])

    def read(self, number: int) -> bytes:
        """The newest committed content of a page; fewer bytes where the file ends."""
        handle, at = self._handle, (number - 1) * self.size
        if number in self._in_wal and self._wal is not None:
            handle, at = self._wal, self._in_wal[number]
        try:
            handle.seek(at)
            return handle.read(self.size)
        except OSError:
            return b""  # this part of the disk cannot be read

    def close(self) -> None:
        """Let go of the WAL."""
        if self._wal is not None:
            self._wal.close()

    def _free_pages(self, trunk: int) -> set[int]:
        free: set[int] = set()
        while trunk and trunk not in free and trunk <= self.count:
            free.add(trunk)
            page = self.read(trunk)
            trunk, count = struct.unpack_from(">II", page)
            free.update(struct.unpack_from(f">{min(count, self.usable // 4 - 2)}I", page, 8))
        return free


def _page_size(header: bytes) -> int:
    (size,) = struct.unpack_from(">H", header, 16)
    size = 65_536 if size == 1 else size
    return size if size >= 512 and size & (size - 1) == 0 else 0  # noqa: PLR2004


def _guess_page_size(handle: BinaryIO) -> int:
    """Of a file whose head is damaged: where the pages begin that look like pages of a table."""

    def pages_of_tables(size: int) -> float:
        starts = range(size, min(handle.seek(0, 2), PROBED_BYTES), size)
        found = 0
        for at in starts:
            handle.seek(at)
            found += handle.read(1)[0] in {_TABLE_LEAF, _INDEX_LEAF}
        return found / max(1, len(starts))

    shares = {size: pages_of_tables(size) for size in PAGE_SIZES}
    enough = max(shares.values()) * 0.75  # every second page of half the size is none
    return next(size for size in PAGE_SIZES if shares[size] >= enough)


def _committed_frames(wal: BinaryIO, size: int) -> dict[int, int]:
    """Where the WAL has the newest committed content of which page."""
    found: dict[int, int] = {}
    pending: dict[int, int] = {}
    header = wal.read(_WAL_HEADER.size)
    if len(header) < _WAL_HEADER.size:
        return found
    salts = _WAL_HEADER.unpack(header)[4:6]
    while len(header := wal.read(_FRAME_HEADER.size)) == _FRAME_HEADER.size:
        number, committed, *rest = _FRAME_HEADER.unpack(header)
        pending[number] = wal.tell()
        if tuple(rest[:2]) != salts or len(wal.read(size)) < size:
            break
        if committed:
            found |= pending
            pending = {}
    return found


def _rows(pages: _Pages, number: int) -> Iterator[Row]:
    page = pages.read(number)
    at = _FILE_HEADER_BYTES if number == 1 else 0
    if len(page) < pages.size or page[at] not in {_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR}:
        return
    kind = page[at]
    (count,) = struct.unpack_from(">H", page, at + 3)
    first = at + (12 if kind == _INDEX_INTERIOR else 8)
    for position in range(first, min(first + 2 * count, pages.size - 1), 2):
        (cell,) = struct.unpack_from(">H", page, position)
        with suppress(*_BAD):
            row = _row(pages, page, cell, kind=kind)
            if row is not None:
                yield row


def _row(pages: _Pages, page: bytes, at: int, *, kind: int) -> Row | None:
    if kind == _INDEX_INTERIOR:
        at += 4  # the page below
    length, at = varint(page, at)
    rowid = 0
    if kind == _TABLE_LEAF:
        rowid, at = varint(page, at)
    values = decode_record(_payload(pages, page, at, length=length, is_table=kind == _TABLE_LEAF))
    if kind == _TABLE_LEAF:
        return _table_row(rowid, values)
    return _rollup(values) if len(values) == _ROLLUP_COLUMNS else None


def _table_row(rowid: int, values: list[Value]) -> Row | None:
    if tuple(map(type, values)) == _CHUNK_KINDS:
        return Chunk(*values)  # type: ignore[arg-type]  # just compared
    if len(values) == _JOURNAL_COLUMNS and isinstance(values[2], bytes):
        return JournalRow(rowid, _integer(values[1]), values[2])
    return None


def _rollup(values: list[Value]) -> Rollup:
    channel, t0, t1, n, *numbers, worst, env = values
    if env is not None and not isinstance(env, bytes):
        raise ValueError("env")
    low, high, total, last = (_number(number) for number in numbers)
    whole = (_integer(channel), _integer(t0), _integer(t1), _integer(n))
    return Rollup(*whole, low, high, total, last, _integer(worst), env)


def _integer(value: Value) -> int:
    if not isinstance(value, int):
        raise ValueError("integer")  # noqa: TRY004 read as a damaged row
    return value


def _number(value: Value) -> float:
    if not isinstance(value, int | float):
        raise ValueError("number")  # noqa: TRY004 read as a damaged row
    return float(value)


def _payload(pages: _Pages, page: bytes, at: int, *, length: int, is_table: bool) -> bytes:
    if length > LARGEST_ROW_BYTES:
        raise ValueError("length")
    limits = _limits(pages.usable, is_table=is_table)
    if length <= limits.most:
        return page[at : at + length]
    local = limits.least + (length - limits.least) % (pages.usable - 4)
    if local > limits.most:
        local = limits.least
    parts, rest = [page[at : at + local]], length - local
    (following,) = struct.unpack_from(">I", page, at + local)
    while rest > 0 and following:
        overflow = pages.read(following)
        (following,) = struct.unpack_from(">I", overflow)
        parts.append(overflow[4 : min(pages.usable, 4 + rest)])
        rest -= len(parts[-1])
    return b"".join(parts)


def _limits(usable: int, *, is_table: bool) -> _Limits:
    least = (usable - 12) * 32 // 255 - 23
    return _Limits(usable - 35 if is_table else (usable - 12) * 64 // 255 - 23, least)
