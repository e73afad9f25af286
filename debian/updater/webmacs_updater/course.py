"""What an update is made of: its files, its phases, its plan, and the system around it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

JOURNAL, RESULTS, STATE, PREVIOUS = "journal.json", "results.json", "state.json", "previous.json"
CURRENT, NEXT, OLD, HELPER = "current.deb", "next.deb", "previous.deb", "helper.deb"
BEFORE, OLD_DATA = "before", "previous-data"
MOST_RESULTS = 50
MOST_TRIALS = 2  # starts of the box during one trial: a version that crashes it is not tried on
PAUSES_S = (5.0, 15.0, 45.0, 120.0)  # between tries to go back
MOST_UNDOINGS = 1 + len(PAUSES_S)
AT_BOOT_UNDOINGS = 2  # the box shall come up
HELD = ("installing", "undoing", "stuck")  # half a package, or half a database, is never started
STUCK = (
    "Going back from version {to} to {old} has not worked: {trouble} WebMACS Edge is kept "
    "stopped, so that nothing is lost; what belongs to {old} is safe in "
    "/var/lib/webmacs-edge-updater. It is tried again every 10 minutes and at each start of this "
    "box. See what is in its way (a full disk?), then run: "
    "systemctl restart webmacs-edge-update-resume"
)
CUT = "The power was cut, or the box was restarted, while the update was {phase}."


class PackageError(Exception):
    """The package manager refused."""


class System(Protocol):
    """What is outside of our folder."""

    def installed(self) -> tuple[str, bool]:
        """The version, and whether the package is wholly installed."""

    def install(self, package: Path) -> None:
        """Replace the package; PackageError when that fails."""

    def hold(self) -> None:
        """From now on the service is not started by anybody."""

    def stop(self) -> None:
        """Stop the service."""

    def start(self) -> None:
        """Let it be started, and start it again with what is installed."""

    def trouble(self, version: str, *, was_good: bool) -> str:
        """Wait until this version is healthy; "" when it is, else what is wrong."""

    def keep(self, to: Path) -> None:
        """Make the installed package a file again."""

    def pause(self, seconds: float) -> None:
        """Wait."""

    def tell(self, words: str) -> None:
        """Say this at the console and in the journal until it is taken back by ""."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was checked and is to be done; its package lies in `next.deb`."""

    id: str
    action: str  # install | rollback
    version_from: str
    version_to: str
    databases: tuple[str, ...] = ()  # whose schema changes
    was_good: bool = True
    facts: dict[str, Any] = field(default_factory=dict)  # sequence, floor, schema, keys, revoked
