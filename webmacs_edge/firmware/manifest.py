"""What a release says about itself, signed; pure rules.

The root helper that installs uses this very file, so that both read alike: standard library and
`model.text` only.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webmacs_edge.model.text import text

FORMAT = 1
PRODUCT = "webmacs-edge"
HELPER = "webmacs-edge-updater"
PACKAGES = (PRODUCT, HELPER)
MAX_MANIFEST_BYTES = 64 * 1024
MAX_FILES = 8
MAX_FILE_BYTES = 200 * 1024 * 1024
MAX_KEYS = 8
CHANNELS = ("stable", "beta")
NUMBERS = re.compile(r"(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,90}\.deb", re.ASCII)
_WORD = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SEQUENCES = 2**53


class Refusal(Exception):  # noqa: N818 it is none of ours that failed
    """Why an update is not installed: `kind` for programs, the message for people."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A Debian package that the bundle carries."""

    name: str
    package: str
    arch: str
    size: int
    sha256: str
    installed_kib: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A release; times are seconds since 1970."""

    version: str
    sequence: int
    floor: int  # no release before this sequence may follow, whoever asks
    channel: str
    created_s: int
    expires_s: int
    min_version: str
    systems: tuple[str, ...]
    pythons: tuple[str, ...]
    schema: Mapping[str, str]
    changelog: str
    files: tuple[PackageFile, ...]
    new_keys: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()


def numbers(version: str) -> tuple[int, int, int] | None:
    """MAJOR.MINOR.PATCH as numbers; None for anything else."""
    found = NUMBERS.fullmatch(version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def read_manifest(content: bytes) -> Manifest:
    """Refusal (`manifest`) unless it says all that it must, and nothing that is unknown."""
    try:
        told = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
        return _manifest(told)
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        raise Refusal(
            "manifest", text("The manifest of this update cannot be read: {why}.", why=str(error))
        ) from error


def files_for(manifest: Manifest, arch: str) -> Sequence[PackageFile]:
    """The packages of this architecture: the appliance first."""
    found = [it for it in manifest.files if it.arch in (arch, "all")]
    return sorted(found, key=lambda it: PACKAGES.index(it.package))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _manifest(told: dict[str, Any]) -> Manifest:
    if told["format"] != FORMAT:
        raise ValueError(f"its format {told['format']!r:.20} is of another time")
    if told["product"] != PRODUCT:
        raise ValueError(f"it is for another product, {told['product']!r:.50}")
    keys = told.get("keys", {})
    manifest = Manifest(
        version=_version(told["version"]),
        sequence=_whole(told["sequence"]),
        floor=_whole(told.get("floor", 0)),
        channel=_one_of(CHANNELS, told["channel"]),
        created_s=_time(told["created"]),
        expires_s=_time(told["expires"]),
        min_version=_version(told.get("min_version", "0.0.0")),
        systems=_words(told["systems"]),
        pythons=_words(told["pythons"]),
        schema={_word(name): _word(value) for name, value in told["schema"].items()},
        changelog=_text(told.get("changelog", ""), 20_000),
        files=tuple(_file(it) for it in _list(told["files"], MAX_FILES)),
        new_keys=tuple(_text(it, 1000) for it in _list(keys.get("add", []), MAX_KEYS)),
        revoked=tuple(_hash(it) for it in _list(keys.get("revoke", []), MAX_KEYS)),
    )
    names = {it.name for it in manifest.files}
    places = {(it.package, it.arch) for it in manifest.files}
    if not len(names) == len(places) == len(manifest.files):
        raise ValueError("a file stands twice")
    return manifest


def _file(told: dict[str, Any]) -> PackageFile:
    name = told["name"]
    if not isinstance(name, str) or not _FILE.fullmatch(name):
        raise ValueError(f"the file name {name!r:.60} is none")
    size = _whole(told["size"])
    if not 0 < size <= MAX_FILE_BYTES:
        raise ValueError(f"{name} is too large")
    return PackageFile(
        name,
        _one_of(PACKAGES, told["package"]),
        _word(told["arch"]),
        size,
        _hash(told["sha256"]),
        _whole(told["installed_kib"]),
    )


def _version(value: Any) -> str:
    if not isinstance(value, str) or numbers(value) is None:
        raise ValueError(f"{value!r:.50} is no version")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _SEQUENCES:
        raise ValueError(f"{value!r:.50} is no whole number")
    return value


def _time(value: Any) -> int:
    at = datetime.fromisoformat(_text(value, 40))
    if at.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return int(at.timestamp())


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise ValueError(f"{value!r:.50} is no text of {longest} characters at most")
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise ValueError(f"{value!r:.50} is no word")
    return value


def _words(value: Any) -> tuple[str, ...]:
    return tuple(_word(it) for it in _list(value, MAX_FILES))


def _hash(value: Any) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise ValueError(f"{value!r:.70} is no SHA-256")
    return value


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"there must be a list of {most} at most")
    return value


def _one_of(known: Sequence[str], value: Any) -> str:
    if value not in known:
        raise ValueError(f"{value!r:.50} is none of {', '.join(known)}")
    return str(value)
