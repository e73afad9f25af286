"""One output in the acquisition thread: its set point, what the image shows, and its way there."""

from dataclasses import replace

from webmacs_edge.control.orders import Binding, Block, Order, View
from webmacs_edge.control.phases import Phases
from webmacs_edge.control.places import Place
from webmacs_edge.model.outputs import Activity, OutputState, approach, slope_of, wait_s
from webmacs_edge.model.text import text

FORCE_TRIES = 5  # how often safe is written against another writer before we give up
_LONGEST_STEP_NS = 2_000_000_000  # after a gap the output goes on, it does not jump

IDLE, PENDING, CONFIRMED = OutputState.idle, OutputState.pending, OutputState.confirmed
OVERRIDDEN, FORCED = OutputState.overridden, OutputState.forced


class Drive:
    """Decides each cycle what shall be in the image; writes nothing itself.

    `observe` takes the image in, `step` says what to write, `wrote` or `failed` what became of it.
    """

    def __init__(self, binding: Binding, place: Place) -> None:
        self.binding = binding
        self.place = place.within(binding.claim.min_value, binding.claim.max_value)
        self.safe_count = self.place.count(binding.claim.safe_value)
        self.state = IDLE
        self.reason = ""
        self.refusal = ""
        self.order: Order | None = None
        self.seen: int | None = None  # count in the newest image
        self.written: int | None = None  # count that we wrote last; None while it is not ours
        self._is_on = False
        self._turned_ns = 0  # when it last went on or off
        self._aim = self._target = binding.claim.safe_value
        self._slope: float | None = None
        self._phases: Phases | None = None
        self._ends_ns: int | None = None  # of a pulse
        self._dead_man_ns: int | None = None
        self._stepped_ns: int | None = None
        self._must_rewrite = False
        self._holds = self._tries = 0
        self._given_up = ""  # the block that somebody else wrote against until we gave up

    @property
    def is_ours(self) -> bool:
        """Whether its value is there because we were told so."""
        return self.state in (PENDING, CONFIRMED, FORCED)

    def observe(self, image: bytes, *, mono_ns: int) -> None:
        """Take in what the image shows."""
        is_first, self.seen = self.seen is None, self.place.take(image)
        is_on = self.seen != self.safe_count
        if is_first or is_on != self._is_on:
            self._is_on, self._turned_ns = is_on, mono_ns
        if self.written is None or not self.is_ours:
            return
        if self.seen != self.written:
            self._meet_other_writer()
        elif self.state is PENDING and self._aim == self._target:
            self.state = CONFIRMED

    def refusal_of(self, order: Order, block: Block | None, *, mono_ns: int) -> str:
        """Why the order cannot be carried out now; "" when it can."""
        claim, goes_safe = self.binding.claim, self._goes_safe(order)
        if block is not None and not goes_safe:
            return block.words
        if self.state is FORCED and self._is_on and not goes_safe:
            return text("It has not reached its safe value yet. {reason}", reason=self.reason)
        if goes_safe and self._is_on and self._phases is None and self._ends_ns is None:
            left_s = wait_s(claim.min_on_s, self._turned_ns, mono_ns=mono_ns)
            if left_s:
                return text(
                    "It has to stay on for {min_on:g} s, {left:.0f} s more. "
                    "“All outputs safe” does not wait.",
                    min_on=claim.min_on_s,
                    left=left_s,
                )
        if not goes_safe and not self._is_on:
            left_s = wait_s(claim.min_off_s, self._turned_ns, mono_ns=mono_ns)
            if left_s:
                return text(
                    "It has to stay off for {min_off:g} s, {left:.0f} s more.",
                    min_off=claim.min_off_s,
                    left=left_s,
                )
        return ""

    def accept(self, order: Order, *, mono_ns: int) -> None:
        """Set out for what the order says; it has passed `refusal_of`."""
        if not self.is_ours:
            self.written = None
        if self.seen != self.place.count(self._aim):  # start from what is there
            self._aim = self.place.value(self._within(self.seen))
        self.state, self.order, self.reason, self.refusal = PENDING, order, "", ""
        self._stop_moving()
        self._target = order.value
        self._slope = slope_of(self.binding.claim, order.value - self._aim, over_s=order.over_s)
        self._holds = self.binding.claim.holds
        if order.pulse_s is not None:
            self._ends_ns = mono_ns + int(order.pulse_s * 1e9)
        if order.cycle is not None:
            self._phases = Phases(order.cycle, mono_ns=mono_ns)
            self._slope = self.binding.claim.rate_per_s
        self._wind_dead_man(mono_ns)

    def step(self, block: Block | None, *, mono_ns: int) -> int | None:
        """The count to write now; None when nothing is to be written."""
        dt_s = self._elapsed_s(mono_ns)
        self._heed(block)
        if not self.is_ours:
            return None
        if self.state is not FORCED:
            self._keep_time(mono_ns)
        if self.state is FORCED:
            self._aim = self._target = self.binding.claim.safe_value
        else:
            self._aim = approach(self._aim, self._target, slope_per_s=self._slope, dt_s=dt_s)
        count = self.place.count(self._aim)
        needs_writing = count != self.written or self._must_rewrite
        self._must_rewrite = False
        return count if needs_writing else None

    def wrote(self, count: int) -> None:
        """The count is in the image."""
        if self.state is CONFIRMED and count != self.written:
            self.state = PENDING
        self.written = count

    def failed(self, words: str) -> None:
        """The image could not be written: what we drive goes to safe as soon as it can be."""
        if self.written is None and self.state is not FORCED:
            self.let_go("")
            return
        self.force(text("The device could not be written: {words}", words=words))

    def force(self, reason: str) -> None:
        """Go to safe at once and stay there."""
        if self.state is FORCED:
            return
        if not self.is_ours:
            self.written = None
        self._stop_moving()
        self.state, self.reason, self._tries = FORCED, reason, FORCE_TRIES

    def let_go(self, reason: str, state: OutputState = IDLE) -> None:
        """What is in the image is not ours any more."""
        self._stop_moving()
        self.state, self.reason, self.written = state, reason, None
        self._must_rewrite = False

    def blink(self) -> None:
        """The device was not read for a while: time that passed unseen moves nothing."""
        self._stepped_ns = None

    def fits(self, place: Place) -> bool:
        """Whether that is the place that this drive writes, read in the same way."""
        mine = self.place
        return replace(mine, lowest=0, highest=0) == replace(place, lowest=0, highest=0)

    def rebind(self, binding: Binding, place: Place) -> None:
        """Another claim for the same place; what it does not allow any more goes to safe."""
        self.binding = binding
        self.place = place.within(binding.claim.min_value, binding.claim.max_value)
        self.safe_count = self.place.count(binding.claim.safe_value)
        claim = binding.claim
        values = (self._aim, self._target)
        if self.is_ours and not all(claim.min_value <= v <= claim.max_value for v in values):
            self.force(text("Its allowed range was changed."))

    def view(self, blocks: tuple[str, ...]) -> View:
        """How it stands now."""
        return View(
            binding=self.binding,
            state=self.state,
            set_point=self._target if self.is_ours else None,
            image=None if self.seen is None else self.place.value(self.seen),
            reason=self.reason,
            blocked_by=blocks,
            order=self.order,
            refusal=self.refusal,
            activity=self._activity,
            repeat=self._phases.repeat if self._phases is not None else 0,
            left_s=self._left_s(),
        )

    @property
    def _activity(self) -> Activity:
        if self.state not in (PENDING, CONFIRMED):
            return Activity.none
        if self._phases is not None:
            return Activity.cycle
        if self._ends_ns is not None:
            return Activity.pulse
        return Activity.ramp if self._aim != self._target else Activity.none

    def _left_s(self) -> float | None:
        """How long until the end of a pulse or the dead man sends it to safe."""
        ends = [it for it in (self._ends_ns, self._dead_man_ns) if it is not None]
        if not ends or self._stepped_ns is None:
            return None
        return max(0.0, (min(ends) - self._stepped_ns) / 1e9)

    def _heed(self, block: Block | None) -> None:
        if block is None:
            self._given_up = ""
            return
        if not block.forces:
            self._freeze(block.words)
            return
        is_left_on = block.untouched_too and self.seen != self.safe_count
        if (self.is_ours or is_left_on) and self._given_up != block.words:
            self.force(block.words)

    def _freeze(self, words: str) -> None:
        """Move no further, unless to safe; what runs by itself ends there."""
        if self.state not in (PENDING, CONFIRMED):
            return
        if self._phases is not None:
            self._go_safe(words)
        elif self._aim != self._target and self._target_count() != self.safe_count:
            self._target, self.reason = self._aim, words

    def _meet_other_writer(self) -> None:
        """The image differs from what we wrote, and we were not it."""
        if self.state is FORCED and self._tries:
            self._tries -= 1
            self._must_rewrite = True
        elif self.state is not FORCED and self._holds:
            self._holds -= 1
            self._must_rewrite = True
        else:
            self._given_up = self.reason if self.state is FORCED else ""
            self.let_go(text("Another program has taken over this output."), OVERRIDDEN)

    def _keep_time(self, mono_ns: int) -> None:
        """End what has an end."""
        if self._phases is not None and self._phases.is_over(mono_ns):
            self._next_phase(mono_ns)
        if self._ends_ns is not None and mono_ns >= self._ends_ns:
            self._go_safe("")
        if self._dead_man_ns is not None and mono_ns >= self._dead_man_ns:
            longest_s = self.binding.claim.max_on_s
            self.force(
                text("It was on for {longest:g} s without a new command.", longest=longest_s)
            )

    def _next_phase(self, mono_ns: int) -> None:
        assert self._phases is not None  # noqa: S101 asked only then
        self._phases = self._phases.next(mono_ns)
        if self._phases is None:
            self._go_safe("")
            return
        claim = self.binding.claim
        value = self.order.value if self.order is not None else claim.safe_value
        self._target = value if self._phases.is_open else claim.safe_value
        self._wind_dead_man(mono_ns)

    def _go_safe(self, reason: str) -> None:
        """Leave a pulse or a cycle for the safe value."""
        self._stop_moving()
        self._target = self.binding.claim.safe_value
        self.reason = reason

    def _stop_moving(self) -> None:
        self._slope = self._phases = self._ends_ns = self._dead_man_ns = None

    def _wind_dead_man(self, mono_ns: int) -> None:
        longest_s, goes_on = self.binding.claim.max_on_s, self._target_count() != self.safe_count
        self._dead_man_ns = mono_ns + int(longest_s * 1e9) if longest_s and goes_on else None

    def _target_count(self) -> int:
        return self.place.count(self._target)

    def _goes_safe(self, order: Order) -> bool:
        return order.cycle is None and self.place.count(order.value) == self.safe_count

    def _within(self, count: int | None) -> int:
        known = self.safe_count if count is None else count
        return min(self.place.highest, max(self.place.lowest, known))

    def _elapsed_s(self, mono_ns: int) -> float:
        before_ns, self._stepped_ns = self._stepped_ns, mono_ns
        if before_ns is None:
            return 0.0
        return min(mono_ns - before_ns, _LONGEST_STEP_NS) / 1e9
