"""Whether a database was changed since: a number that costs microseconds to ask for."""

import sqlite3
from pathlib import Path


class VersionWatch:
    """The data version of a SQLite file, as a connection of its own sees it.

    It changes with every commit of anybody else, other processes included; nobody writes through
    this connection. Source: https://www.sqlite.org/pragma.html#pragma_data_version
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._is_closed = False

    def version(self) -> int | None:
        """A number that is another one after each commit; None while it cannot be told."""
        if self._is_closed:
            return None  # whoever asks late must not open the file again
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    f"{self._file.absolute().as_uri()}?mode=ro", uri=True, timeout=0
                )
            row = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            return None
        return int(row[0])

    def close(self) -> None:
        """Let go of the file, for good."""
        self._is_closed = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None
