"""The course of an update, step by step on the disk: whatever cuts it, the next start ends it.

preparing  nothing has changed yet
snapshot   the service is stopped, its databases are being copied; nothing has changed yet
installing the package is being replaced               -> cut: back
trial      the new version runs and must prove itself  -> cut: goes on, or back
finishing  it has; what was kept is sorted             -> cut: goes on
undoing    the old package and databases are put back  -> cut: once more
stuck      that has not worked yet: the service is held, and it is tried again now and then
settling   the old version runs again
"""

import time
from collections.abc import Callable
from typing import Any

from webmacs_updater.course import (
    AT_BOOT_UNDOINGS,
    BEFORE,
    CURRENT,
    CUT,
    HELD,
    HELPER,
    JOURNAL,
    MOST_RESULTS,
    MOST_TRIALS,
    NEXT,
    OLD,
    OLD_DATA,
    PREVIOUS,
    RESULTS,
    STATE,
    PackageError,
    Plan,
    System,
)  # fmt: skip
from webmacs_updater.databases import Databases
from webmacs_updater.disk import Disk
from webmacs_updater.way_back import WayBack, enter


class Machine:
    """Carries plans out, and ends what was interrupted."""

    def __init__(
        self,
        disk: Disk,
        system: System,
        databases: Databases,
        *,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._disk, self._system, self._databases = disk, system, databases
        self._way_back = WayBack(disk, system, databases)
        self._now_s = now_s

    @property
    def phase(self) -> str:
        """Where it stands; "idle" when nothing is under way."""
        return str(self._disk.read(JOURNAL).get("phase", "idle"))

    @property
    def may_run(self) -> bool:
        """Whether the service may be started as things are."""
        return self.phase not in HELD

    def begin(self, plan: Plan) -> str:
        """Carry a plan out; returns how it ended: completed, failed or rolled_back."""
        journal: dict[str, Any] = {
            "id": plan.id, "action": plan.action, "from": plan.version_from,
            "to": plan.version_to, "databases": list(plan.databases),
            "was_good": plan.was_good, "facts": plan.facts, "since": int(self._now_s()),
        }  # fmt: skip
        enter(self._disk, journal, "preparing")
        if self._disk.read("current.json").get("version") != plan.version_from:
            self._disk.drop("current.json")
            self._system.keep(self._disk.path(CURRENT))
            self._disk.write("current.json", {"version": plan.version_from})
        if plan.databases:
            enter(self._disk, journal, "snapshot")
            self._system.hold()
            self._system.stop()
            self._databases.take(self._disk.path(BEFORE), plan.databases)
        enter(self._disk, journal, "installing")
        self._system.hold()
        try:
            self._system.install(self._disk.path(NEXT))
        except PackageError as error:
            return self._undo(journal, f"The package could not be installed: {error}")
        if plan.action == "rollback" and plan.databases:
            self._databases.put_back(self._disk.path(OLD_DATA))
        enter(self._disk, journal, "trial")
        self._system.start()
        return self._try(journal)

    def abort(self, why: str) -> str:
        """End a plan that something unexpected stopped, such as a full disk."""
        journal = self._disk.read(JOURNAL)
        if self.phase in ("installing", "trial"):
            return self._undo(journal, why)
        if self.phase not in ("preparing", "snapshot"):
            return self.phase  # ended at the next start of the box
        self._system.start()
        return self._end(journal, "failed", why)

    def recover(self) -> str:
        """At boot, before the service starts: put the files right; returns the phase."""
        journal = self._disk.read(JOURNAL)
        phase = self.phase
        if phase in ("preparing", "snapshot"):
            self._end(journal, "failed", CUT.format(phase="prepared") + " Nothing was changed.")
        elif phase == "trial":
            self._recover_trial(journal)
        elif phase in HELD:
            why = str(journal.get("why") or CUT.format(phase="installed"))
            self._way_back.take(journal, why, tries=AT_BOOT_UNDOINGS)
        return self.phase

    def resume(self) -> str:
        """After a boot, once the service may start: end what `recover` has put right."""
        journal = self._disk.read(JOURNAL)
        if self.phase == "trial" and self._system.installed() != (journal["to"], True):
            self.recover()  # on its way back already, which a full disk left no room to write
            journal = self._disk.read(JOURNAL)
        goes_on = {"trial": self._try, "finishing": self._finish, "settling": self._settle}
        goes = goes_on.get(self.phase)
        if goes is None:
            return self.phase
        self._system.start()
        return goes(journal)

    def _recover_trial(self, journal: dict[str, Any]) -> None:
        journal["trials"] = int(journal.get("trials", 0)) + 1
        if self._system.installed() != (journal["to"], True):
            self._way_back.take(journal, CUT.format(phase="tried"), tries=AT_BOOT_UNDOINGS)
        elif journal["trials"] > MOST_TRIALS:
            why = "The box was restarted again and again while it was tried."
            self._way_back.take(journal, why, tries=AT_BOOT_UNDOINGS)
        else:
            enter(self._disk, journal, "trial")

    def _try(self, journal: dict[str, Any]) -> str:
        why = self._system.trouble(journal["to"], was_good=bool(journal["was_good"]))
        return self._undo(journal, why) if why else self._finish(journal)

    def _finish(self, journal: dict[str, Any]) -> str:
        """Sort what was kept. Every step may be done again."""
        enter(self._disk, journal, "finishing")
        disk, facts = self._disk, journal["facts"]
        if disk.has(NEXT):
            if disk.read("current.json").get("version") == journal["from"]:
                self._keep_old(journal)
                if disk.has(CURRENT):  # else it was moved before a cut
                    disk.move(CURRENT, OLD)
                disk.drop("current.json")
            disk.move(NEXT, CURRENT)
        current = {"version": journal["to"], "sequence": int(facts.get("sequence", 0))}
        disk.write("current.json", current)
        self._remember(facts)
        if disk.has(HELPER):
            self._renew_helper()
        return self._end(journal, "completed" if journal["action"] == "install" else "rolled_back")

    def _keep_old(self, journal: dict[str, Any]) -> None:
        """What going back by hand needs: of the history only the schema must not differ."""
        disk = self._disk
        if disk.has(BEFORE):
            for file in sorted(disk.path(BEFORE).glob("history.db*")):
                file.unlink()
            disk.move(BEFORE, OLD_DATA)
        if not journal["databases"]:
            disk.drop(OLD_DATA)  # of a version before the one that is kept now
        sequence = int(disk.read("current.json").get("sequence", 0))  # 0: not installed by us
        old = {"version": journal["from"], "databases": journal["databases"], "sequence": sequence}
        disk.write(PREVIOUS, old)

    def _remember(self, facts: dict[str, Any]) -> None:
        state = self._disk.read(STATE)
        for name in ("sequence", "floor"):
            state[name] = max(int(state.get(name, 0)), int(facts.get(name, 0)))
        state["revoked"] = sorted({*state.get("revoked", []), *facts.get("revoked", [])})
        for fingerprint, pem in facts.get("keys", {}).items():
            self._disk.path("keys").mkdir(exist_ok=True)
            self._disk.write_text(f"keys/{fingerprint[:16]}.pub", pem)
        self._disk.write(STATE, state)

    def _renew_helper(self) -> None:
        """Last of all: when this fails, the old helper stays and the new version runs."""
        try:
            self._system.install(self._disk.path(HELPER))
        except PackageError as error:
            print(f"The helper itself could not be renewed: {error}", flush=True)  # noqa: T201
        self._disk.drop(HELPER)

    def _undo(self, journal: dict[str, Any], why: str) -> str:
        if not self._way_back.take(journal, why, stop=True):
            return "stuck"
        self._system.start()
        return self._settle(journal)

    def _settle(self, journal: dict[str, Any]) -> str:
        """The outcome of going back is told, whatever it is; the service stays started."""
        why = str(journal.get("why", ""))
        trouble = self._system.trouble(journal["from"], was_good=bool(journal["was_good"]))
        is_back = self._system.installed() == (journal["from"], True)
        if trouble or not is_back:
            words = f"{why} Going back to {journal['from']} has not worked: "
            return self._end(journal, "failed", words + (trouble or "the package is damaged."))
        return self._end(journal, "undone", why)

    def _end(self, journal: dict[str, Any], outcome: str, why: str = "") -> str:
        result = {
            "id": journal.get("id", ""), "action": journal.get("action", ""),
            "from": journal.get("from", ""), "to": journal.get("to", ""), "outcome": outcome,
            "why": why, "started": journal.get("since", 0), "ended": int(self._now_s()),
        }  # fmt: skip
        self.note(result)
        for name in (NEXT, HELPER, BEFORE):
            self._disk.drop(name)
        self._disk.write(JOURNAL, {"phase": "idle"})
        return outcome

    def note(self, result: dict[str, Any]) -> None:
        """Tell how a request has ended; once for each."""
        results = list(self._disk.read(RESULTS).get("results", []))
        if not results or {**results[-1], "ended": 0} != {**result, "ended": 0}:
            results.append(result)
        self._disk.write(RESULTS, {"results": results[-MOST_RESULTS:]})
