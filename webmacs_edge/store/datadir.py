"""The data directory: one appliance at a time, private to it, with the key of this box."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webmacs_edge.model.errors import StoreError

KEY_FILE = "secret.key"
KEY_BYTES = 32


class DataDirInUseError(StoreError):
    """Another appliance holds the directory."""


@contextmanager
def hold_data_dir(path: Path) -> Iterator[Path]:
    """Create the directory and keep it for ourselves inside the block.

    DataDirInUseError when another process has it; StoreError when it cannot be written.
    """
    try:
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
        lock = os.open(path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise StoreError(
            f"The data directory {path} cannot be used: {error.strerror}. "
            "Give WEBMACS_DATA_DIR a directory that this user may write."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise DataDirInUseError(
            f"Another WebMACS Edge uses the data directory {path}. Stop it first, "
            "or give this one another WEBMACS_DATA_DIR."
        ) from error
    try:
        yield path
    finally:
        os.close(lock)


def is_data_dir_held(path: Path) -> bool:
    """Whether an appliance runs on the directory."""
    try:
        with (path / ".lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def load_secret_key(data_dir: Path) -> bytes:
    """The 32 random bytes of this box, made at the first call; only the owner may read them."""
    file = data_dir / KEY_FILE
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        return _make_key(file)
    if len(key) != KEY_BYTES:
        raise StoreError(
            f"{file} is damaged. Remove it to get a new one; everyone must then sign in again."
        )
    return key


def load_site_id(data_dir: Path) -> str:
    """The name of this box among others that share a database, made at the first call."""
    file = data_dir / "site.id"
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        data_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
        return write_private(file, f"box_{secrets.token_hex(4)}".encode()).decode()


def _make_key(file: Path) -> bytes:
    return write_private(file, secrets.token_bytes(KEY_BYTES))


def write_private(file: Path, content: bytes) -> bytes:
    """Write a file that is there as a whole or not at all, for its owner only."""
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(file)
    return content
