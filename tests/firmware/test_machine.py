"""The course of an update, cut at every step: the box comes up old or new, with its data."""

import errno
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from webmacs_updater.course import (
    CURRENT,
    JOURNAL,
    MOST_UNDOINGS,
    NEXT,
    OLD,
    PAUSES_S,
    RESULTS,
    STATE,
    PackageError,
    Plan,
)
from webmacs_updater.databases import Databases
from webmacs_updater.disk import Disk
from webmacs_updater.machine import Machine

OLD_VERSION, NEW_VERSION = "1.0.0", "1.2.0"
ID = "11111111-1111-4111-8111-111111111111"


class PowerCutError(BaseException):
    """Everything ends here."""


@dataclass
class World:
    """A box: what outlives a power cut is on `disk` and in these fields."""

    folder: Path
    cut_at: int = -1  # the step before which the power is cut
    steps: int = 0
    version: str = OLD_VERSION  # of the installed package; "" while it is half replaced
    is_running: bool = True
    is_held: bool = False
    is_sick: bool = False  # the new version never gets healthy
    breaks: bool = False  # the new package cannot be installed
    full: int = 0  # so many more times the old databases find no room on the disk
    old_refused: int = 0  # so many times dpkg finds no room for the old package
    no_room: bool = False  # for a new journal while the old version is put back
    paused_s: list[float] = field(default_factory=list)
    told: str = ""  # at the console
    has_schema: bool = False
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data, self.store = self.folder / "data", self.folder / "store"
        self.data.mkdir()
        self.store.mkdir()
        self.disk = Disk(self.store, self.reached)
        (self.data / "config.db").write_text("old schema")
        (self.data / "history.db").write_text("years of samples")
        (self.store / NEXT).write_text(NEW_VERSION)

    def machine(self) -> Machine:
        return Machine(self.disk, self, Databases(self.data, self.reached), now_s=lambda: 7.0)

    def reached(self, name: str) -> None:
        """One step further, or the end."""
        if self.no_room and self.is_held and name == f"write {JOURNAL}":
            self._refuse_after_trial()
        if name.startswith("put ") and self.full:
            self.full -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        if self.steps == self.cut_at:
            raise PowerCutError(name)
        self.steps += 1
        self.names.append(name)

    def _refuse_after_trial(self) -> None:
        if self.machine().phase in ("trial", "undoing", "stuck"):
            raise OSError(errno.ENOSPC, "No space left on device")

    def installed(self) -> tuple[str, bool]:
        return self.version or OLD_VERSION, bool(self.version)

    def install(self, package: Path) -> None:
        self.reached("unpack")
        if self.old_refused and package.read_text() == OLD_VERSION:
            self.old_refused -= 1
            raise PackageError("unable to fill tmp.i with padding: No space left on device")
        self.version, wanted = "", package.read_text()
        self.reached("configure")
        if self.breaks and wanted == NEW_VERSION:
            raise PackageError("its postinst failed")
        self.version = wanted

    def hold(self) -> None:
        self.is_held = True

    def stop(self) -> None:
        self.reached("stop")
        self.is_running = False

    def start(self) -> None:
        self.reached("start")
        self.is_held, self.is_running = False, True
        self._migrate()

    def trouble(self, version: str, *, was_good: bool) -> str:
        self.reached("look")
        if self.version != version:
            return f"{self.version} runs"
        return "It does not answer." if self.is_sick and version == NEW_VERSION else ""

    def keep(self, to: Path) -> None:
        self.reached("keep")
        to.write_text(self.version)

    def pause(self, seconds: float) -> None:
        self.paused_s += [seconds] if seconds else []

    def tell(self, words: str) -> None:
        self.told = words

    def boot(self) -> None:
        """As systemd does: recover, then the service, then the rest."""
        self.is_held, self.is_running = False, False
        self.machine().recover()
        if not self.is_held or self.machine().may_run:
            assert self.version, "half a package would be started"
            assert (self.data / "config.db").exists(), "an empty appliance would be started"
            self.is_running, self.is_held = True, False
            self._migrate()
        self.machine().resume()

    def _migrate(self) -> None:
        if self.has_schema and self.version == NEW_VERSION:
            (self.data / "config.db").write_text("new schema")

    def plan(self, **changes: Any) -> Plan:
        databases = ("config",) if self.has_schema else ()
        given: dict[str, Any] = {
            "id": ID, "action": "install", "version_from": OLD_VERSION, "version_to": NEW_VERSION,
            "databases": databases, "facts": {"sequence": 9, "keys": {"ab" * 32: "PEM"}},
        }  # fmt: skip
        return Plan(**{**given, **changes})

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = self.disk.read(RESULTS)["results"][-1]
        return found


@pytest.fixture
def worlds(tmp_path: Path) -> Callable[..., World]:
    numbers = iter(range(10_000))

    def make(**changes: Any) -> World:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return World(folder, **changes)

    return make


def test_a_good_update_ends_with_the_new_version_and_a_way_back(worlds):
    world = worlds()

    assert world.machine().begin(world.plan()) == "completed"

    assert (world.version, world.is_running, world.is_held) == (NEW_VERSION, True, False)
    assert (world.store / OLD).read_text() == OLD_VERSION
    assert (world.store / CURRENT).read_text() == NEW_VERSION
    assert world.disk.read(STATE)["sequence"] == 9
    assert world.disk.read("current.json") == {"version": NEW_VERSION, "sequence": 9}
    assert list((world.store / "keys").iterdir())
    assert not world.disk.has(NEXT)
    assert "stop" not in world.names  # without a change of tables it runs on until the restart


def test_a_version_that_is_not_healthy_is_taken_back_with_its_data_and_the_reason(worlds):
    world = worlds(is_sick=True, has_schema=True)

    assert world.machine().begin(world.plan()) == "undone"

    assert world.version == OLD_VERSION
    assert (world.data / "config.db").read_text() == "old schema"
    assert (world.result()["outcome"], world.result()["why"]) == ("undone", "It does not answer.")
    assert world.machine().phase == "idle"
    assert "sequence" not in world.disk.read(STATE)


def test_a_package_that_cannot_be_installed_is_taken_back(worlds):
    world = worlds(breaks=True)

    assert world.machine().begin(world.plan()) == "undone"

    assert (world.version, world.is_running) == (OLD_VERSION, True)
    assert "its postinst failed" in world.result()["why"]


@pytest.mark.parametrize("has_schema", [True, False])
@pytest.mark.parametrize("fault", ["", "is_sick", "breaks"])
def test_the_power_may_be_cut_at_every_step(worlds, fault: str, has_schema: bool):
    given = {"has_schema": has_schema, **({fault: True} if fault else {})}
    whole = worlds(**given)
    whole.machine().begin(whole.plan())

    for step in range(whole.steps):
        world = worlds(cut_at=step, **given)
        with pytest.raises(PowerCutError):
            world.machine().begin(world.plan())
        _boot_until_quiet(world)
        _check(world, fault=fault, where=whole.names[step])
    assert whole.steps >= (20 if has_schema else 15)


def test_the_power_may_be_cut_again_while_the_first_cut_is_mended(worlds):
    given = {"has_schema": True, "is_sick": True}
    whole = worlds(**given)
    whole.machine().begin(whole.plan())
    tried = 0

    for step in range(0, whole.steps, 3):
        for second in range(0, 25, 4):
            world = worlds(cut_at=step, **given)
            with pytest.raises(PowerCutError):
                world.machine().begin(world.plan())
            world.cut_at = world.steps + second
            try:
                world.boot()
            except PowerCutError:
                tried += 1
            _boot_until_quiet(world)
            _check(world, fault="is_sick", where=f"{step} and {second}")
    assert tried > 20


def test_a_version_that_makes_the_box_restart_is_given_up(worlds):
    world = worlds()
    world.cut_at = -1
    world.trouble = functools.partial(_cut)

    with pytest.raises(PowerCutError):
        world.machine().begin(world.plan())
    for _ in range(3):
        if world.machine().phase == "trial":
            with pytest.raises(PowerCutError):
                world.boot()
    del world.trouble
    world.boot()

    assert world.version == OLD_VERSION
    assert "again and again" in world.result()["why"]


def test_going_back_by_hand_brings_the_old_version_and_its_data(worlds):
    world = worlds(has_schema=True)
    world.machine().begin(world.plan())
    world.disk.copy(OLD, NEXT)

    ended = world.machine().begin(
        world.plan(action="rollback", version_from=NEW_VERSION, version_to=OLD_VERSION)
    )

    assert ended == "rolled_back"
    assert world.version == OLD_VERSION
    assert (world.data / "config.db").read_text() == "old schema"
    assert (world.data / "history.db").read_text() == "years of samples"
    assert world.disk.read(STATE)["sequence"] == 9  # nobody is led back further by this


def test_going_back_by_hand_may_be_cut_at_every_step(worlds):
    def prepared(cut: int = -1) -> tuple[World, Plan]:
        world = worlds(has_schema=True)
        world.machine().begin(world.plan())
        world.disk.copy(OLD, NEXT)
        world.cut_at = world.steps + cut if cut >= 0 else -1
        plan = world.plan(action="rollback", version_from=NEW_VERSION, version_to=OLD_VERSION)
        return world, plan

    whole, plan = prepared()
    before = whole.steps
    whole.machine().begin(plan)

    for step in range(whole.steps - before):
        world, plan = prepared(step)
        with pytest.raises(PowerCutError):
            world.machine().begin(plan)
        _boot_until_quiet(world)
        schema = "old schema" if world.version == OLD_VERSION else "new schema"
        assert (world.data / "config.db").read_text() == schema, step
        assert world.machine().phase == "idle"


def test_a_disk_that_is_full_before_anything_changed_leaves_all_as_it_was(worlds):
    world = worlds(has_schema=True)
    machine = world.machine()
    world.disk.path("before.partial").write_text("in the way")  # so that no folder can be made

    with pytest.raises(OSError, match=r"before\.partial"):
        machine.begin(world.plan())
    assert machine.abort("The disk is full.") == "failed"

    assert (world.version, world.is_running) == (OLD_VERSION, True)
    assert world.result()["why"] == "The disk is full."


def test_going_back_is_tried_again_until_there_is_room(worlds):
    world = worlds(is_sick=True, has_schema=True, full=MOST_UNDOINGS - 1)

    assert world.machine().begin(world.plan()) == "undone"

    assert world.paused_s == list(PAUSES_S)
    assert (world.data / "config.db").read_text() == "old schema"
    assert (world.is_running, world.is_held, world.told) == (True, False, "")


def test_a_way_back_that_stays_shut_is_told_and_the_service_held_until_it_opens(worlds):
    world = worlds(is_sick=True, has_schema=True, full=MOST_UNDOINGS + 2)

    assert world.machine().begin(world.plan()) == "stuck"

    assert (world.machine().phase, world.is_running, world.is_held) == ("stuck", False, True)
    assert "No space left on device" in world.told
    assert "webmacs-edge-update-resume" in world.told
    world.boot()  # still full: held on, not started without its data
    assert (world.machine().phase, world.is_running, world.is_held) == ("stuck", False, True)
    world.boot()
    assert (world.data / "config.db").read_text() == "old schema"
    assert (world.is_running, world.is_held, world.told) == (True, False, "")
    assert (world.result()["outcome"], world.result()["why"]) == ("undone", "It does not answer.")


def test_an_old_package_without_room_waits_for_it_and_the_sick_one_is_not_started_instead(worlds):
    world = worlds(is_sick=True, has_schema=True, old_refused=MOST_UNDOINGS)

    assert world.machine().begin(world.plan()) == "stuck"

    assert (world.version, world.is_running, world.is_held) == (NEW_VERSION, False, True)
    assert "No space left on device" in world.told
    world.boot()
    assert (world.version, world.is_running) == (OLD_VERSION, True)
    assert (world.data / "config.db").read_text() == "old schema"


def test_a_full_disk_still_learns_that_the_way_back_is_being_taken(worlds):
    world = worlds(is_sick=True, has_schema=True, full=MOST_UNDOINGS)
    world.no_room = True  # from the trial on, for any new file

    assert world.machine().begin(world.plan()) == "stuck"

    assert world.machine().phase == "stuck"
    assert world.machine().resume() == "stuck"  # started by nobody meanwhile
    world.no_room = False
    world.boot()
    assert world.result()["outcome"] == "undone"
    assert (world.data / "config.db").read_text() == "old schema"


def test_a_journal_that_cannot_be_read_holds_nothing_up(worlds):
    world = worlds()
    world.disk.path(JOURNAL).write_text('{"phase": "inst')

    world.boot()

    assert (world.version, world.is_running) == (OLD_VERSION, True)


def test_links_laid_out_by_the_service_draw_no_file_into_a_copy(tmp_path: Path):
    world = World(tmp_path)
    secret = tmp_path / "shadow"
    secret.write_text("of root")
    (world.data / "config.db").unlink()
    (world.data / "config.db").symlink_to(secret)
    (world.data / "history.db-wal").hardlink_to(secret)

    Databases(world.data).take(tmp_path / "copy", ("config", "history"))
    Databases(world.data).put_back(tmp_path / "copy")

    assert {path.name for path in (tmp_path / "copy").iterdir()} == {"history.db"}
    assert json.dumps(secret.read_text()) == '"of root"'


def _cut(version: str, *, was_good: bool) -> str:
    raise PowerCutError(version)


def _boot_until_quiet(world: World) -> None:
    world.cut_at = -1
    world.boot()
    world.boot()  # nothing is left to do


def _check(world: World, *, fault: str, where: str) -> None:
    """Old or new, wholly, with the data that belong to it, and told."""
    assert world.version in ((OLD_VERSION,) if fault else (OLD_VERSION, NEW_VERSION)), where
    is_new = world.version == NEW_VERSION
    schema = "new schema" if is_new and world.has_schema else "old schema"
    assert (world.data / "config.db").read_text() == schema, where
    assert (world.data / "history.db").read_text() == "years of samples", where
    assert (world.is_running, world.is_held) == (True, False), where
    assert world.machine().phase == "idle", where
    if world.disk.has(RESULTS):  # else nothing had begun
        assert (world.result()["outcome"] == "completed") is is_new, where
        assert is_new or world.result()["why"], where
