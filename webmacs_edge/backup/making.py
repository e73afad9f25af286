"""Makes a backup: a stream of bytes of one moment, while the appliance goes on."""

import hashlib
import json
import shutil
import socket
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from webmacs_edge import __version__
from webmacs_edge.backup.members import PIECE_BYTES, Member, pack
from webmacs_edge.backup.sealing import seal
from webmacs_edge.model.backups import Manifest, Wanted
from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.store.config_copies import copy_whole as copy_config
from webmacs_edge.store.config_copies import is_sound
from webmacs_edge.store.datadir import KEY_FILE, load_secret_key
from webmacs_edge.store.history_copy import HistorySnapshot
from webmacs_edge.store.migrate import revision_of_file

WORK = "backup.tmp"  # in the data directory; whatever lies there is of a backup that was cut short
PRIVATE = (KEY_FILE, "audit.head", "site.id", "tls/certificate.pem", "tls/key.pem")
SETTINGS_NAME = "settings.toml"
MAX_PRIVATE_BYTES = 1024 * 1024
_KEY_PURPOSE = "mark of the key in backups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is backed up."""

    data_dir: Path
    site_name: str
    settings_file: Path | None = None


@dataclass(slots=True)
class Course:
    """How far it is, for whoever watches."""

    manifest: Manifest | None = None
    size_bytes: int = 0
    is_wanted: bool = True  # False: give it up
    listed: list[tuple[str, int, str]] = field(default_factory=list)  # name, size, SHA-256


def make_backup(
    source: Source,
    wanted: Wanted,
    *,
    at_ms: int,
    passphrase: str = "",
    course: Course | None = None,
) -> Generator[bytes]:
    """The bytes of the file; StoreError when a database cannot be read or the copy not be made.

    Each piece is a bite of work of some ten milliseconds: ask for it in a thread. Keys and the
    settings file are in it only when a passphrase seals it.
    """
    course = course or Course()
    try:
        with ExitStack() as stack:
            members = _members(
                source, wanted, course=course, stack=stack, at_ms=at_ms, has_keys=bool(passphrase)
            )  # fmt: skip
            packed = pack(members)
            for part in seal(packed, passphrase) if passphrase else packed:
                course.size_bytes += len(part)
                if not course.is_wanted:
                    raise StoreError(text("The backup was given up: the appliance stops."))
                yield part
    except (sqlite3.Error, OSError) as error:
        raise StoreError(text("The backup could not be made: {error}.", error=error)) from error


def _members(
    source: Source,
    wanted: Wanted,
    *,
    course: Course,
    stack: ExitStack,
    at_ms: int,
    has_keys: bool,
) -> Iterator[Member]:
    """The history's moment comes first: each channel in it is then in the settings too."""
    history = None
    if (source.data_dir / "history.db").is_file():
        history = stack.enter_context(closing(HistorySnapshot(source.data_dir / "history.db")))
    config = _copied_config(source, stack)
    course.manifest = Manifest(
        version=__version__,
        created_ms=at_ms,
        scope=wanted.scope,
        days=wanted.days,
        config_revision=revision_of_file(config),
        history_version=history.schema.version if history else 0,
        site_name=source.site_name,
        host=socket.gethostname(),
        key_mark=key_mark(load_secret_key(source.data_dir)),
        has_keys=has_keys,
    )
    noted = _Noting(course)
    yield noted.whole("manifest.json", json.dumps(course.manifest.as_json()).encode())
    yield noted.file("config.db", config)
    if has_keys:
        for name, file in _private_files(source):
            yield noted.whole(f"files/{name}", file.read_bytes())
    if history is not None and wanted.scope != "config":
        yield from _history_members(history, noted, wanted.from_ms(at_ms))
    end = {"members": course.listed, "rows": noted.rows}
    content = json.dumps(end).encode()
    yield Member("end.json", len(content), (content,))


def _history_members(
    history: HistorySnapshot, noted: "_Noting", from_ms: int | None
) -> Iterator[Member]:
    yield noted.whole("history/schema.json", json.dumps(asdict(history.schema)).encode())
    for number, (table, rows, piece) in enumerate(history.pieces(from_ms)):
        noted.rows[table] += rows
        yield noted.whole(f"history/{number:08d}.part", piece)


class _Noting:
    """Notes size and hash of each member while it is written."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self.rows: Counter[str] = Counter()

    def whole(self, name: str, content: bytes) -> Member:
        self._course.listed.append((name, len(content), hashlib.sha256(content).hexdigest()))
        cut = (content[at : at + PIECE_BYTES] for at in range(0, len(content), PIECE_BYTES))
        return Member(name, len(content), cut)

    def file(self, name: str, file: Path) -> Member:
        size = file.stat().st_size

        def parts() -> Iterator[bytes]:
            seen = hashlib.sha256()
            with file.open("rb") as content:
                while part := content.read(PIECE_BYTES):
                    seen.update(part)
                    yield part
            self._course.listed.append((name, size, seen.hexdigest()))

        return Member(name, size, parts())


def _copied_config(source: Source, stack: ExitStack) -> Path:
    work = source.data_dir / WORK
    work.mkdir(mode=0o700, exist_ok=True)
    folder = stack.enter_context(tempfile.TemporaryDirectory(dir=work))
    copy = Path(folder) / "config.db"
    copy_config(source.data_dir / "config.db", copy)
    if not is_sound(copy):
        raise StoreError(text("The settings' database is damaged; webmacs-edge doctor says more."))
    return copy


def _private_files(source: Source) -> Iterator[tuple[str, Path]]:
    found = [(name, source.data_dir / name) for name in PRIVATE]
    if source.settings_file is not None:
        found.append((SETTINGS_NAME, source.settings_file))
    for name, file in found:
        if file.is_file() and file.stat().st_size <= MAX_PRIVATE_BYTES:
            yield name, file


def key_mark(box_key: bytes) -> str:
    """The same for the same key, and of no use to find it."""
    return derive_key(box_key, _KEY_PURPOSE).hex()[:16]


def remove_leftovers(data_dir: Path) -> None:
    """What backups left behind that were cut short by a power cut; only where none runs."""
    shutil.rmtree(data_dir / WORK, ignore_errors=True)
