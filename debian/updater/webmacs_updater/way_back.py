"""Putting the version before and its databases back, and trying again where that fails."""

from typing import Any

from webmacs_updater.course import (
    BEFORE,
    CURRENT,
    JOURNAL,
    MOST_UNDOINGS,
    PAUSES_S,
    STUCK,
    PackageError,
    System,
)  # fmt: skip
from webmacs_updater.databases import Databases
from webmacs_updater.disk import Disk

FULL = "No space left"


class WayBack:
    """For the machine, which decides when it is taken."""

    def __init__(self, disk: Disk, system: System, databases: Databases) -> None:
        self._disk, self._system, self._databases = disk, system, databases

    def take(
        self, journal: dict[str, Any], why: str, *, stop: bool = False, tries: int = MOST_UNDOINGS
    ) -> bool:
        """The old package and the old databases; False: not now, and the service stays held."""
        journal["why"] = why
        self._system.hold()
        if stop:
            self._system.stop()
        _try_to_enter(self._disk, journal, "undoing")
        for at, pause_s in enumerate((0.0, *PAUSES_S)[:tries], start=1):
            self._system.pause(pause_s)
            journal["undoings"] = int(journal.get("undoings", 0)) + 1
            trouble = self._put_back(journal, is_last=at == tries)
            if not trouble:
                self._system.tell("")
                return True
        journal["trouble"] = trouble
        _try_to_enter(self._disk, journal, "stuck")
        self._system.tell(STUCK.format(to=journal["to"], old=journal["from"], trouble=trouble))
        return False

    def _put_back(self, journal: dict[str, Any], *, is_last: bool) -> str:
        """What was in the way; "" when all is back."""
        try:
            self._system.install(self._disk.path(CURRENT))
        except (PackageError, OSError) as error:
            if not is_last or FULL in str(error) or not self._system.installed()[1]:
                return f"The old package cannot be put back: {error}"
            # For good, such as a damaged file: what is installed is whole, and better than nothing.
            print(f"The old package cannot be put back: {error}", flush=True)  # noqa: T201
        try:
            if journal["databases"] and self._disk.has(BEFORE):
                self._databases.put_back(self._disk.path(BEFORE))
            enter(self._disk, journal, "settling")
        except OSError as error:
            return f"The databases cannot be put back: {error}."
        return ""


def enter(disk: Disk, journal: dict[str, Any], phase: str) -> None:
    """Write down that it is in this phase from now on."""
    journal["phase"] = phase
    try:
        disk.write(JOURNAL, journal)
    except OSError:
        disk.overwrite(JOURNAL, journal)  # within the block that it has


def _try_to_enter(disk: Disk, journal: dict[str, Any], phase: str) -> None:
    """On a full disk the phase before stays: it leads to the same."""
    try:
        enter(disk, journal, phase)
    except OSError as error:
        print(f"The journal of the update cannot be written: {error}", flush=True)  # noqa: T201
