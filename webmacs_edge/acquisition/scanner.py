"""The acquisition thread: reads the device on an absolute beat and hands scans to the loop."""

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable

from webmacs_edge.acquisition.bus import LostModules
from webmacs_edge.acquisition.conditioning import Conditioner
from webmacs_edge.acquisition.deadband import Deadband
from webmacs_edge.acquisition.decoding import Decoder
from webmacs_edge.acquisition.handover import Handover
from webmacs_edge.acquisition.points import Plan, Reading
from webmacs_edge.acquisition.relays import RelayWatch
from webmacs_edge.acquisition.silence import silent_scan, trusted
from webmacs_edge.acquisition.statistics import ScanStatistics
from webmacs_edge.acquisition.writer import Outputs, Writer
from webmacs_edge.hardware.driver import Driver, DriverInfo, Image, Layout
from webmacs_edge.model.errors import DriverError, DriverNotRunningError
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.0005  # measured: 0 overruns at 100 Hz under load, against 6 % with 5 ms
SILENT_SCAN_INTERVAL_S = 0.5
FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 2.0
NOT_IN_USE = text(
    "PiCtory has saved another configuration, but the driver still uses the old one. "
    "Reset the driver in PiCtory (Tools, Reset driver) to use the new one."
)
WAS_RESET = text("The driver was reset; its configuration is being read and compared.")
DISABLED = text(
    "It is disabled; an administrator can enable it on the page Devices. "
    "Outputs that it drove are at their safe values."
)


class Scanner:
    """Owns the driver: nothing else touches the device.

    `on_scan` and `on_layout` are called in the event loop. A device that cannot be opened or
    read is tried again for ever; `problem` then says what is wrong and what to do.
    """

    def __init__(
        self,
        driver: Driver,
        *,
        scan_hz: float,
        on_scan: Callable[[Scan], None],
        on_layout: Callable[[Layout], None],
        outputs: Outputs | None = None,
    ) -> None:
        self._driver = driver
        self._writer = Writer(driver, outputs)
        self._on_layout = on_layout
        self._period_ns = int(1e9 / scan_hz)
        self._stale_after_ns = max(3 * self._period_ns, 1_000_000_000)
        self.scan_hz = scan_hz
        self.info: DriverInfo = driver.info()
        self.problem = self.notice = ""
        self.is_enabled = True  # False: the device is held but neither read nor opened anew
        self.statistics = ScanStatistics()
        self._handover = Handover(on_scan, self.statistics)
        self._layout: Layout | None = None
        self._plan: Plan | None = None
        self._planned_for: Layout | None = None
        self._was_down = False  # the driver did not run when it was last asked
        self._deadband: Deadband | None = None
        self._image = b""  # the last one read
        self._decoder: Decoder | None = None
        self._refined: Reading | None = None  # the same, as it was handed over
        self._lost: frozenset[int] | None = None  # modules that did not answer then
        self._lost_modules = LostModules(driver.lost_modules)
        self.relays = RelayWatch(driver.relay_cycles)
        self.conditioner = Conditioner(period_ns=self._period_ns)
        self._last_good_ns = time.monotonic_ns()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="acquisition")
        self.died: BaseException | None = None

    def start(self, on_death: Callable[[str], None]) -> None:
        """Start the thread; `on_death` is called in the loop if it ends by a fault."""
        self._handover.start()
        self._on_death = on_death
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; blocks up to a cycle, so call it in a thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def write_problem(self) -> str:
        """What is wrong with writing outputs, with the way out; "" when nothing is."""
        return self._writer.problem or self._driver.watchdog_problem

    def use(self, plan: Plan, layout: Layout) -> None:
        """Scan by this plan from the next cycle on, for as long as this layout holds."""
        self._planned_for, self._plan = layout, plan

    def _run(self) -> None:
        try:
            retry_s = FIRST_RETRY_S
            while not self._stopping.is_set():
                self._wait_until_enabled()
                if self._open():
                    cycles = self.statistics.cycles
                    self._scan_until_trouble()
                    retry_s = FIRST_RETRY_S if self.statistics.cycles > cycles else retry_s
                self._sit_out(retry_s)
                retry_s = min(LONGEST_RETRY_S, retry_s * 2)
        except BaseException as error:  # a bug: the process must stop, not go blind
            self.died = error
            log.critical("The acquisition thread died.", exc_info=error)
            self._handover.call(self._on_death, "acquisition")
        finally:
            self._writer.leave()
            self.conditioner.keep()

    def _open(self) -> bool:
        try:
            self._driver.close()
            self._driver.open()
            self._driver.read()
        except DriverError as error:
            self._fail(error)
            return False
        layout = self._driver.layout()
        if layout != self._layout:
            self._layout, self._plan = layout, None  # an old plan would read other points' bytes
            self._image = b""
        self.notice, self._was_down = "", False
        self._writer.opened(layout)
        self._handover.call(self._on_layout, self._layout)
        return True

    def _scan_until_trouble(self) -> None:
        """Cycle on the grid t0 + k * period until the device has failed for too long."""
        deadline_ns = time.monotonic_ns() + self._period_ns
        while not self._wait_until(deadline_ns):
            if not self.is_enabled:
                self._wait_until_enabled()
                return  # opened anew, so that the driver's watchdog is armed again
            woken_ns = time.monotonic_ns()
            self.statistics.beats += 1
            self.statistics.lateness.add((woken_ns - deadline_ns) / 1e6)
            if not self._cycle():
                return
            done_ns = time.monotonic_ns()
            self.statistics.work.add((done_ns - woken_ns) / 1e6)
            deadline_ns += self._period_ns
            if done_ns > deadline_ns:
                missed = (done_ns - deadline_ns) // self._period_ns + 1
                self.statistics.overruns += missed
                deadline_ns += missed * self._period_ns

    def _wait_until(self, deadline_ns: int) -> bool:
        """Sleep until the deadline; True when the thread shall stop."""
        left_s = (deadline_ns - time.monotonic_ns()) / 1e9
        if left_s > 0:
            time.sleep(left_s)  # absolute enough: the next deadline does not depend on this wake
        return self._stopping.is_set()

    def _cycle(self) -> bool:
        """One cycle; False when the device has been silent for too long."""
        try:
            image = self._driver.read()
        except DriverError as error:
            self.statistics.failures += 1
            self._was_down |= isinstance(error, DriverNotRunningError)
            if time.monotonic_ns() - self._last_good_ns < self._stale_after_ns:
                return True
            self._fail(error)
            return False
        if self._was_reset():
            return False  # what was read may be another layout's: it is not even decoded
        self._last_good_ns = image.mono_ns
        self.statistics.cycles += 1
        if self.problem:
            log.info("The device is read again.")
            self.problem = ""
        scan = self._scan(image)
        self._writer.follow(image, scan, notice=self.notice)
        if scan is not None:
            self._handover.give(scan)
        return True

    def _was_reset(self) -> bool:
        """Whether everything known of the device has to be found out anew; notes what else was."""
        happened = self._driver.events()
        if self._was_down or "driver-reset" in happened:
            self.statistics.resets += 1
            self._fail(WAS_RESET)
            self._keep_outputs()
            return True
        if "configuration-restored" in happened:
            self.notice = ""
        elif happened and self.notice != NOT_IN_USE:
            self.notice = NOT_IN_USE
            log.warning("%s", self.notice)
        return False

    def _keep_outputs(self) -> None:
        """The outputs are as the driver was told to start; closing must not zero them."""
        with contextlib.suppress(DriverError):
            self._driver.disarm()

    def _scan(self, image: Image) -> Scan | None:
        plan = self._plan
        if plan is None or self._planned_for is not self._layout or len(image.data) < plan.length:
            return None
        self.statistics.base_status = plan.bus.status(image.data)
        self.relays.look(image.mono_ns)
        lost = self._lost_modules.look(plan.bus.errors(image.data), image.mono_ns)
        deadband, decoded = self._decode(plan, image.data, lost)
        reading = self._refined = self.conditioner.refine(
            plan, decoded, image=image.data, mono_ns=image.mono_ns
        )
        recorded = deadband.select(reading, cycle=self.statistics.cycles, mono_ns=image.mono_ns)
        return Scan(
            at_ms=now_ms(),
            mono_ns=image.mono_ns,
            keys=plan.keys,
            values=tuple(reading.values),
            qualities=tuple(reading.qualities),
            recorded=recorded,
            reasons=reading.reasons,
            forced=reading.forced,
        )

    def _decode(
        self, plan: Plan, image: bytes, lost: frozenset[int] | None
    ) -> tuple[Deadband, Reading]:
        """The image as this plan reads it."""
        deadband, decoder = self._deadband, self._decoder
        if deadband is None or deadband.plan is not plan or decoder is None:
            deadband, decoder = self._deadband, self._decoder = Deadband(plan), Decoder(plan)
            self._refined = None
        self._image, self._lost = image, lost
        return deadband, decoder.decode(image, lost)

    def _wait_until_enabled(self) -> None:
        """While the device is disabled, hold it and say that its values are old."""
        if not self.is_enabled:
            self._writer.rest()
        while not self.is_enabled and not self._stopping.is_set():
            self._fail(DISABLED)
            self._sit_out(SILENT_SCAN_INTERVAL_S)
            self._last_good_ns = time.monotonic_ns()  # later trouble is judged from here

    def _sit_out(self, pause_s: float) -> None:
        """Wait before the next try, telling watchers that their values are old."""
        until_s = time.monotonic() + pause_s
        while time.monotonic() < until_s and not self._stopping.is_set():
            self.statistics.beats += 1
            self._writer.lost(self.problem)
            self._publish_silence()
            self._stopping.wait(min(SILENT_SCAN_INTERVAL_S, pause_s))

    def _publish_silence(self) -> None:
        """Say that all is stale: with the last known values, but never with a bad one."""
        plan = self._plan
        if plan is None or self._planned_for is not self._layout:
            return
        last: tuple[float | None, ...] = ()
        recorded: tuple[int, ...] = ()
        if self._image:
            deadband, decoded = self._decode(plan, self._image, self._lost)
            last, recorded = trusted(self._refined or decoded), deadband.select_lost()
        reason = self.problem or text("The device is not being read.")
        self._handover.give(silent_scan(plan.keys, last, recorded=recorded, reason=reason))

    def _fail(self, error: DriverError | str) -> None:
        if str(error) != self.problem:
            log.warning("The device is not being read: %s", error)
        self.problem = str(error)
