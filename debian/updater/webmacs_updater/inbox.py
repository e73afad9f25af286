"""Taking what the service, or whoever has taken it over, has laid out; no link is followed."""

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webmacs_edge.firmware.container import MAX_BUNDLE_BYTES
from webmacs_edge.firmware.manifest import NUMBERS, Refusal

REQUEST = "request.json"
MAX_REQUEST_BYTES = 4096
_ID = re.compile(r"[0-9a-f-]{36}", re.ASCII)
_FILE = re.compile(r"[0-9a-f-]{36}\.tar", re.ASCII)
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = _LOOK | os.O_DIRECTORY


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for; every word of it may be a lie."""

    id: str
    action: str  # install | rollback
    file: str = ""
    allow_older: str = ""


@contextmanager
def opened_folder(path: Path, *inside: str) -> Iterator[int]:
    """A folder below `path`, none of whose parts below it is a link; its descriptor."""
    descriptor = os.open(path, _FOLDER)
    try:
        for name in inside:
            inner = os.open(name, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_file(name: str, folder: int, *, most: int) -> Iterator[int]:
    """A regular file of the folder that has no second name; Refusal for anything else."""
    try:
        descriptor = os.open(name, _LOOK | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        raise Refusal("file", f"{name} cannot be read: {error.strerror}.") from error
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
            raise Refusal("file", f"{name} is no plain file.")
        if facts.st_size > most:
            raise Refusal("huge", f"{name} is too large.")
        yield descriptor
    finally:
        os.close(descriptor)


def take_request(data_dir: Path) -> Request:
    """Read the request and remove it, so that it is not carried out twice."""
    with opened_folder(data_dir, "updates", "inbox") as inbox:
        try:
            with opened_file(REQUEST, inbox, most=MAX_REQUEST_BYTES) as file:
                content = os.read(file, MAX_REQUEST_BYTES)
        finally:
            remove(REQUEST, inbox)
    return _request(content)


@contextmanager
def opened_bundle(data_dir: Path, name: str) -> Iterator[int]:
    """The bundle that a request names."""
    with (
        opened_folder(data_dir, "updates") as folder,
        opened_file(name, folder, most=MAX_BUNDLE_BYTES) as file,
    ):
        yield file


def remove(name: str, folder: int) -> None:
    """Remove a name, whatever it is."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass
    except (IsADirectoryError, PermissionError):
        os.rmdir(name, dir_fd=folder)


def _request(content: bytes) -> Request:
    try:
        told = json.loads(content)
        request = Request(
            str(told["id"]),
            str(told["action"]),
            str(told.get("file", "")),
            str(told.get("allow_older", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refusal("request", f"The request cannot be read: {error}.") from error
    is_fit = (
        _ID.fullmatch(request.id)
        and request.action in ("install", "rollback")
        and (request.action == "rollback" or _FILE.fullmatch(request.file))
        and (not request.allow_older or NUMBERS.fullmatch(request.allow_older))
    )
    if not is_fit:
        raise Refusal("request", "The request says something unexpected.")
    return request
