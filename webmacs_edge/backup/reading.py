"""Reads a backup from its beginning to its end and believes nothing of it that is not proven."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from webmacs_edge.backup.making import PRIVATE, SETTINGS_NAME
from webmacs_edge.backup.members import PIECE_BYTES, Member, unpack
from webmacs_edge.backup.sealing import MAGIC, is_sealed, unseal
from webmacs_edge.model.backups import Manifest, read_manifest
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.store.history_copy import MAX_PIECE_BYTES

_SMALL_BYTES = 16 * 2**20  # of whatever is read as JSON
_PART = re.compile(r"history/\d{8}\.part")
_FILES = frozenset(f"files/{name}" for name in (*PRIVATE, SETTINGS_NAME))


class Taker(Protocol):
    """Whoever does something with what is in a backup."""

    def start(self, manifest: Manifest) -> None:
        """What it says of itself; raises to refuse it."""

    def config(self, size: int, parts: Iterable[bytes]) -> None:
        """The settings' database; every part must be read."""

    def private(self, name: str, content: bytes) -> None:
        """A file of the data directory."""

    def schema(self, found: dict[str, Any]) -> None:
        """How the tables of the history were made."""

    def piece(self, content: bytes) -> None:
        """Rows of the history."""


@dataclass(slots=True)
class Report:
    """What was found in a backup that is whole."""

    manifest: Manifest
    members: int = 0
    size_bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict)


def read_backup(source: BinaryIO, taker: Taker, *, passphrase: str = "") -> Report:
    """Hand everything to `taker`, then check that it was all; InvalidError names what is wrong."""
    reading, seen = _Reading(taker), list[tuple[str, int, str]]()
    try:
        for member in unpack(_opened(source, passphrase)):
            watched = _Watched(member)
            reading.take(Member(member.name, member.size, watched))
            seen.append(watched.finish())
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidError(text("The backup is damaged: it cannot be understood.")) from error
    return reading.check(seen)


def check_backup(source: BinaryIO, *, passphrase: str = "") -> Report:
    """Read all of it and keep nothing."""
    return read_backup(source, _Nobody(), passphrase=passphrase)


def is_sealed_file(file: Path) -> bool:
    """Whether it needs a passphrase."""
    with file.open("rb") as content:
        return is_sealed(content.read(len(MAGIC)))


def _opened(source: BinaryIO, passphrase: str) -> Iterator[bytes]:
    start = source.read(len(MAGIC))

    def parts() -> Iterator[bytes]:
        yield start
        while part := source.read(PIECE_BYTES):
            yield part

    if not is_sealed(start):
        return parts()
    if not passphrase:
        raise InvalidError(
            text("This backup is sealed. Give the passphrase it was made with."),
            field="passphrase",
        )
    return unseal(parts(), passphrase)


class _Watched:
    """Hashes what goes by."""

    def __init__(self, member: Member) -> None:
        self._member, self._hash = member, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for part in self._member.parts:
            self._hash.update(part)
            yield part

    def finish(self) -> tuple[str, int, str]:
        for part in self._member.parts:  # what the taker left
            self._hash.update(part)
        return self._member.name, self._member.size, self._hash.hexdigest()


class _Reading:
    def __init__(self, taker: Taker) -> None:
        self._taker = taker
        self._manifest: Manifest | None = None
        self._end: dict[str, Any] | None = None
        self._rows: Counter[str] = Counter()

    def take(self, member: Member) -> None:
        name = member.name
        if (self._manifest is None) != (name == "manifest.json") or self._end is not None:
            raise InvalidError(text("This is no backup of WebMACS Edge, or it is out of order."))
        if name == "manifest.json":
            self._manifest = read_manifest(_json(member))
            self._taker.start(self._manifest)
        elif name == "end.json":
            self._end = _json(member)
        elif name == "config.db":
            self._taker.config(member.size, member.parts)
        elif name in _FILES:
            self._taker.private(name.removeprefix("files/"), _whole(member, _SMALL_BYTES))
        elif name == "history/schema.json":
            self._taker.schema(_json(member))
        elif _PART.fullmatch(name):
            self._take_piece(_whole(member, MAX_PIECE_BYTES))
        else:
            raise InvalidError(
                text("The backup holds “{name}”, which is no file of ours.", name=name[:100])
            )

    def _take_piece(self, content: bytes) -> None:
        head = json.loads(content[4 : 4 + int.from_bytes(content[:4], "big")])
        self._rows[str(head["table"])] += len(head["rows"])
        self._taker.piece(content)

    def check(self, seen: list[tuple[str, int, str]]) -> Report:
        """That nothing is missing, nothing is more, and everything is as it was."""
        if self._manifest is None or self._end is None:
            raise InvalidError(text("The backup was cut off: its end is missing."))
        listed = [tuple(entry) for entry in self._end["members"]]
        if [entry for entry in seen if entry[0] != "end.json"] != listed:
            raise InvalidError(text("The backup was changed or damaged: the checksums differ."))
        if dict(self._rows) != dict(self._end["rows"]) or "config.db" not in {it[0] for it in seen}:
            raise InvalidError(text("The backup is not whole: something is missing in it."))
        return Report(self._manifest, len(seen), sum(size for _, size, _ in seen), dict(self._rows))


def _whole(member: Member, limit: int) -> bytes:
    if member.size > limit:
        raise InvalidError(text("The backup holds a file that is larger than any of ours."))
    return b"".join(member.parts)


def _json(member: Member) -> dict[str, Any]:
    found = json.loads(_whole(member, _SMALL_BYTES))
    if not isinstance(found, dict):
        raise TypeError(member.name)
    return found


class _Nobody:
    def start(self, manifest: Manifest) -> None:
        """Keep nothing."""

    def config(self, size: int, parts: Iterable[bytes]) -> None:
        """Keep nothing."""

    def private(self, name: str, content: bytes) -> None:
        """Keep nothing."""

    def schema(self, found: dict[str, Any]) -> None:
        """Keep nothing."""

    def piece(self, content: bytes) -> None:
        """Keep nothing."""
