"""What a wheel with drivers says about itself; read without running or unpacking anything."""

import configparser
import lzma
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from webmacs_edge.model.devices import OWN
from webmacs_edge.model.errors import InvalidError

GROUP = "webmacs.plugins"  # the entry points by which WebMACS 2.x finds drivers
MAX_FILES = 5_000
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_DRIVERS = 50
_MAX_TEXT_BYTES = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]{0,49}")
_DRIVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError, OSError,
)  # fmt: skip
_OBJECT = re.compile(r"[\w.]+:[\w.]+")


@dataclass(frozen=True, slots=True)
class Wheel:
    """The facts of a wheel that fits."""

    name: str  # in the one spelling that compares
    version: str
    plugin_ids: tuple[str, ...]


def read_wheel(path: Path) -> Wheel:
    """Check a file; InvalidError says why it is no wheel with drivers. Blocks: call in a thread."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_files(archive.infolist())
            folder = _facts_folder(archive)
            name, version = _metadata(_text(archive, f"{folder}/METADATA"))
            _text(archive, f"{folder}/WHEEL")
            drivers = _drivers(_text(archive, f"{folder}/entry_points.txt"))
    except KeyError as error:
        raise InvalidError(
            f"The file is no wheel with drivers: {error.args[0]}.", field="file"
        ) from error
    except _BROKEN as error:
        raise InvalidError(
            "The file is no wheel: it cannot be read as a ZIP archive.", field="file"
        ) from error
    return Wheel(name, version, drivers)


def _check_files(files: list[zipfile.ZipInfo]) -> None:
    """Nothing in it may be huge, or lie elsewhere once it is unpacked."""
    if len(files) > MAX_FILES:
        raise _unfit(f"it holds more than {MAX_FILES} files")
    if sum(file.file_size for file in files) > MAX_UNPACKED_BYTES:
        raise _unfit(f"unpacked it is larger than {MAX_UNPACKED_BYTES // 1024**2} MiB")
    for file in files:
        parts = PurePosixPath(file.filename).parts
        leads_away = not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]
        if leads_away or "\\" in file.orig_filename or "\x00" in file.orig_filename:
            raise _unfit("the path of a file in it leads elsewhere")
        if stat.S_ISLNK(file.external_attr >> 16):
            raise _unfit("it holds a symbolic link")


def _facts_folder(archive: zipfile.ZipFile) -> str:
    folders = {name.partition("/")[0] for name in archive.namelist() if "/" in name}
    found = [folder for folder in folders if folder.endswith(".dist-info")]
    if len(found) != 1:
        raise _unfit("it needs one folder that ends in .dist-info")
    return found[0]


def _text(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as file:
        content = file.read(_MAX_TEXT_BYTES + 1)
    if len(content) > _MAX_TEXT_BYTES:
        raise _unfit(f"{name} is too long")
    return content.decode("utf-8")


def _metadata(text: str) -> tuple[str, str]:
    headers = HeaderParser().parsestr(text)
    name, version = str(headers.get("Name", "")), str(headers.get("Version", ""))
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        raise _unfit("METADATA tells no name and version")
    return re.sub(r"[-_.]+", "-", name).lower(), version


def _drivers(text: str) -> tuple[str, ...]:
    parser = configparser.RawConfigParser(delimiters=("=",), strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign] # names keep their case
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise _unfit("entry_points.txt cannot be read") from error
    points = dict(parser[GROUP]) if parser.has_section(GROUP) else {}
    if not points:
        raise _unfit(f"it has no entry points [{GROUP}]")
    if len(points) > MAX_DRIVERS:
        raise _unfit(f"it has more than {MAX_DRIVERS} drivers")
    for name, target in points.items():
        if not _DRIVER.fullmatch(name) or not _OBJECT.match(target):
            raise _unfit("an entry point is not of the form driver = package.module:Class")
        if name in OWN:
            raise _unfit(f"{name} is a driver of this appliance")
    return tuple(points)


def _unfit(reason: str) -> InvalidError:
    return InvalidError(f"The file is no wheel that fits: {reason}.", field="file")
