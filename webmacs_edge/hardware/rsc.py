"""config.rsc as text: fetch it, strip the comments the driver accepts, turn it into plain data."""

import json
import os
import re
import stat
from pathlib import Path

from webmacs_edge.model.errors import ConfigurationError

MAX_BYTES = 8 * 1024 * 1024  # the largest file seen is 0.3 MB

_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*+"|(?P<comment>//[^\n]*|#[^\n]*)')
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SAVE_AGAIN = "Open the project in PiCtory and save it again as start configuration."


def fetch_text(path: Path) -> str:
    """The text of the file; ConfigurationError when it cannot be had."""
    try:
        raw = _fetch_bytes(path)
    except FileNotFoundError as error:
        message = "The file does not exist. Save a start configuration in PiCtory or name another."
        raise ConfigurationError(str(path), "", message) from error
    except PermissionError as error:
        message = "This user may not read the file. Allow it with chmod a+r."
        raise ConfigurationError(str(path), "", message) from error
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}. Check the disk and the path."
        raise ConfigurationError(str(path), "", message) from error
    return _decode(raw, str(path))


def _fetch_bytes(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            message = "This is not a file (a directory or a device). Name the config.rsc itself."
            raise ConfigurationError(str(path), "", message)
        if status.st_size > MAX_BYTES:
            size_mb = status.st_size / 1e6
            message = (
                f"The file is {size_mb:.0f} MB large; a PiCtory configuration stays below "
                f"{MAX_BYTES / 1e6:.0f} MB. Name the config.rsc that PiCtory saved."
            )
            raise ConfigurationError(str(path), "", message)
        return _read_all(handle)
    finally:
        os.close(handle)


def _read_all(handle: int) -> bytes:
    parts = []
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _decode(raw: bytes, source: str) -> str:
    if raw.startswith(_UTF16_MARKS):
        message = f"The file is in UTF-16, but PiCtory writes UTF-8. {_SAVE_AGAIN}"
        raise ConfigurationError(source, "byte 0", message)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"The byte 0x{raw[error.start]:02x} is not UTF-8 text. {_SAVE_AGAIN}"
        raise ConfigurationError(source, f"line {line}, byte {error.start}", message) from error


def parse_json(text: str, source: str) -> object:
    """The data in the text; comments (`//`, `#`) and a byte order mark are skipped."""
    body = text.removeprefix("\ufeff")
    if not body.strip():
        raise ConfigurationError(source, "", f"The file is empty. {_SAVE_AGAIN}")
    if not body.isprintable() and "\x00" in body:
        message = f"The file has zero bytes in it; it is damaged. {_SAVE_AGAIN}"
        raise ConfigurationError(source, f"character {body.index(chr(0))}", message)
    has_comments = "//" in body or "#" in body
    plain = _STRING_OR_COMMENT.sub(_blank_comment, body) if has_comments else body
    try:
        return json.loads(plain, object_pairs_hook=_unique, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        message = f"This is not JSON ({error.msg}); the file is cut off or damaged. {_SAVE_AGAIN}"
        raise ConfigurationError(source, place, message) from error
    except ValueError as error:
        raise ConfigurationError(source, "", f"{error} {_SAVE_AGAIN}") from error
    except RecursionError as error:
        message = f"The data is nested too deeply to be a PiCtory file. {_SAVE_AGAIN}"
        raise ConfigurationError(source, "", message) from error


def _blank_comment(match: re.Match[str]) -> str:
    comment = match.group("comment")
    return match.group() if comment is None else " " * len(comment)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) == len(pairs):
        return data
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    raise ValueError(f"The key {twice[:40]!r} stands twice in one object.")


def _refuse(word: str) -> object:
    raise ValueError(f"The file holds {word}, which is not a number.")
