"""How well this machine lets anybody keep time, while something else is measured on it.

As a program (`python -m bench.witness 100 0.5 0`): a process on that core which wakes up on every
beat, works for so many ms as it takes when nothing disturbs, and tells at its standard input's end
what it saw. It knows nothing of the appliance: where its work, the same every time, takes several
times the CPU time that it usually takes, the machine was given to somebody else meanwhile. On a
real RevPi nobody else is there; on a shared virtual machine that happens, in bursts.
"""

import asyncio
import json
import os
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from webmacs_edge.acquisition.statistics import Histogram, ScanStatistics

AROUND_S = 0.02  # a stall is seen at the end of a beat only, and what it held up comes later
_SLOWER = 3.0
_TRIES = 50
_STEPS = 500
_MOST = 10_000


@dataclass(slots=True)
class Witness:
    """What processes of the same priority saw, one on each core; filled in when they stop."""

    work_ms: float  # of each beat, when nothing disturbs
    beats: int = 0
    overran: int = 0  # were not done with their work before the next beat
    late_ms: float = 0.0  # at most
    stalls: list[float] = field(default_factory=list)  # when work was slow; monotonic, in order
    began_s: float = field(default_factory=time.monotonic)
    ended_s: float = 0.0

    def __str__(self) -> str:
        """For the end of a row."""
        return (
            f"processes beside it that work {self.work_ms:g} ms on each beat overran "
            f"{self.overran} of {self.beats}, late by at most {self.late_ms:.0f} ms; "
            f"in {len(self.stalls)} of them the work took {_SLOWER:g} times its CPU time or more: "
            f"stalls within {AROUND_S * 1000:g} ms of {self.share():.0%} of the time"
        )

    def share(self) -> float:
        """How much of the time `explains`, from 0 to 1: so much it would explain by chance."""
        ends = [self.began_s, *(at_s + AROUND_S for at_s in self.stalls)]
        starts = [*(at_s - AROUND_S for at_s in self.stalls), self.ended_s]
        calm_s = sum(max(0.0, start - end) for end, start in zip(ends, starts, strict=True))
        return 1.0 - calm_s / (self.ended_s - self.began_s)

    def explains(self, at_s: float) -> bool:
        """Whether the machine was seen to stall about then."""
        place = bisect_left(self.stalls, at_s - AROUND_S)
        return place < len(self.stalls) and self.stalls[place] <= at_s + AROUND_S

    def was_calm(self, since_s: float, until_s: float) -> bool:
        """Whether the machine was not seen to stall between these moments."""
        place = bisect_left(self.stalls, since_s)
        return place == len(self.stalls) or self.stalls[place] > until_s + AROUND_S

    def unexplained(self, moments: Sequence[float]) -> int:
        """How many of these moments are not the machine's."""
        return sum(not self.explains(at_s) for at_s in moments)

    def calm(self, measured: Sequence[tuple[float, float]]) -> list[float]:
        """In order, what was measured at moments (the first of each pair) without a stall."""
        return sorted(value for at_s, value in measured if not self.explains(at_s))


class Noted(Histogram):
    """A histogram that keeps every duration, with its moment."""

    def __init__(self) -> None:
        super().__init__()
        self.each: list[tuple[float, float]] = []  # monotonic s, ms

    def add(self, duration_ms: float) -> None:
        """Count one duration."""
        self.each.append((time.monotonic(), duration_ms))
        super().add(duration_ms)


class Moments(ScanStatistics):
    """Statistics of the cycle that note when it overran, and how late each cycle was."""

    def __init__(self) -> None:
        self.overran_at: list[float] = []
        self.late = Noted()
        super().__init__(lateness=self.late)

    def __setattr__(self, name: str, value: object) -> None:
        """Note the moment as well."""
        if name == "overruns" and value:
            self.overran_at.append(time.monotonic())
        super().__setattr__(name, value)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of them do not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@asynccontextmanager
async def watching(hz: float, *, work_ms: float = 0.5) -> AsyncIterator[Witness]:
    """Let a witness on each core watch the machine meanwhile."""
    witness = Witness(work_ms)
    async with AsyncExitStack() as stack:
        for core in sorted(os.sched_getaffinity(0)):
            await stack.enter_async_context(_on_core(core, hz, witness))
        yield witness
    witness.ended_s = time.monotonic()
    witness.stalls.sort()


@asynccontextmanager
async def _on_core(core: int, hz: float, witness: Witness) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.witness", str(hz), str(witness.work_ms), str(core),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 30.0)  # it knows how fast it is
    try:
        yield
    finally:
        told, _ = await asyncio.wait_for(process.communicate(b""), 10.0)
        found = json.loads(told)
        witness.beats += found["beats"]
        witness.overran += found["overran"]
        witness.late_ms = max(witness.late_ms, found["late_ms"])
        witness.stalls += found["stalls"]


def be_anybody() -> None:
    """The priority of any other program, also when started by the appliance's process."""
    os.setpriority(os.PRIO_PROCESS, 0, max(0, os.getpriority(os.PRIO_PROCESS, 0)))


def _work(steps: int) -> int:
    total = 0
    for step in range(steps):
        total += step * step % 7
    return total


def _steps_for(work_ms: float) -> int:
    """How many steps take so long when nothing disturbs: by the best of many tries."""
    best_s = float("inf")
    for _ in range(_TRIES):
        began_s = time.perf_counter()
        _work(_STEPS)
        best_s = min(best_s, time.perf_counter() - began_s)
    return round(_STEPS * work_ms / 1000 / best_s)


def _keep_time(hz: float, work_ms: float) -> dict[str, object]:
    is_over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        is_over.set()

    steps, period_s = _steps_for(work_ms), 1 / hz
    print("ready", flush=True)
    threading.Thread(target=wait, daemon=True).start()
    beats, overran, late_s = 0, 0, 0.0
    stalls: list[float] = []
    next_s = time.monotonic()
    while not is_over.is_set():
        time.sleep(max(0.0, next_s - time.monotonic()))
        woken_s, cpu_s = time.monotonic(), time.thread_time()
        _work(steps)
        done_s, cpu_s = time.monotonic(), time.thread_time() - cpu_s
        beats += 1
        overran += done_s - next_s > period_s
        late_s = max(late_s, woken_s - next_s)
        if cpu_s > _SLOWER * work_ms / 1000 and len(stalls) < _MOST:
            stalls.append(done_s)
        next_s += period_s * (1 + (done_s - next_s) // period_s)
    return {"beats": beats, "overran": overran, "late_ms": late_s * 1000, "stalls": stalls}


if __name__ == "__main__":
    be_anybody()
    os.sched_setaffinity(0, {int(sys.argv[3])})
    print(json.dumps(_keep_time(float(sys.argv[1]), float(sys.argv[2]))))
