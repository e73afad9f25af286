"""Two watchers: has the configuration been saved anew, and does the stand-in driver still write."""

import hashlib
import os
import time
from pathlib import Path

_NS = 1_000_000_000


class ConfigWatch:
    """Tells, at most every `interval_s`, whether the content of a file has changed."""

    def __init__(self, path: Path, *, interval_s: float = 2.0) -> None:
        self._path = path
        self._interval_ns = int(interval_s * _NS)
        self._next_ns = 0
        self._stamp = self._take_stamp()
        self._first = self._digest = self._take_digest()

    @property
    def is_as_at_first(self) -> bool:
        """Whether the content is what it was when the watch began."""
        return self._digest == self._first

    def has_changed(self, mono_ns: int) -> bool:
        """True once per change; a file that is gone or unreadable counts when it is back."""
        if mono_ns < self._next_ns:
            return False
        self._next_ns = mono_ns + self._interval_ns
        stamp = self._take_stamp()
        if stamp is None or stamp == self._stamp:
            return False
        digest = self._take_digest()
        if digest is None:
            return False
        self._stamp = stamp
        changed = digest != self._digest
        self._digest = digest
        return changed

    def _take_stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _take_digest(self) -> str | None:
        try:
            return hashlib.sha256(self._path.read_bytes()).hexdigest()
        except OSError:
            return None


class Pulse:
    """Measures how long a regular file has not been written, immune to steps of the clock."""

    def __init__(self) -> None:
        self._mtime_ns = -1
        self._written_ns = 0
        self._looked_ns = 0

    def silence_s(self, status: os.stat_result, mono_ns: int) -> float:
        """Seconds since the last write by somebody else, as of `mono_ns`."""
        if status.st_mtime_ns != self._mtime_ns:
            age_ns = max(0, time.time_ns() - status.st_mtime_ns)
            if self._mtime_ns >= 0:
                age_ns = min(age_ns, mono_ns - self._looked_ns)
            self._mtime_ns = status.st_mtime_ns
            self._written_ns = mono_ns - age_ns
        self._looked_ns = mono_ns
        return (mono_ns - self._written_ns) / _NS

    def ignore_own_write(self, status: os.stat_result) -> None:
        """Take the present time of change as known: it was ours."""
        self._mtime_ns = status.st_mtime_ns
