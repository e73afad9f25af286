"""Speed of rules: `python -m bench.rules`. CPU of many rules, how soon an alarm is raised, dry run.

Targets: 500 rules over 200 channels at 10 Hz take 10 % of one core at most; an alarm is raised in
the scan of its sample; 30 days at 1 Hz are played in a second.
"""

import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np

from webmacs_edge.history.history import History
from webmacs_edge.model.delays import Delay
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import (
    Action,
    AlarmSettings,
    Condition,
    RuleDefinition,
    Watch,
)
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import DAY_MS, HOUR_MS
from webmacs_edge.rules.dry_run import play
from webmacs_edge.rules.engine import Engine, Happening
from webmacs_edge.rules.verdicts import Recorded, turns_of
from webmacs_edge.store.database import Database, sqlite_url

RULES, CHANNELS, SCAN_HZ, SCANS = 500, 200, 10, 300
DAYS, START_MS = 30, 1_700_000_000_000 // HOUR_MS * HOUR_MS
SPAN_MS = (START_MS, START_MS + DAYS * DAY_MS)


def main() -> None:
    """Measure all three and print them beside their targets."""
    cpu_s, late = measure_engine()
    share = cpu_s / (SCANS / SCAN_HZ)
    print(f"{RULES} rules, {CHANNELS} channels, {SCAN_HZ} Hz: {share:.1%} of a core (target 10 %)")
    print(f"  one scan: {cpu_s / SCANS * 1000:.2f} ms; scans until an alarm: {late} (target 1)")
    read_s, play_s, samples = asyncio.run(measure_dry_run())
    print(
        f"dry run of {DAYS} days at 1 Hz ({samples:,} samples): {read_s + play_s:.2f} s "
        f"(read {read_s:.2f}, judged and played {play_s:.2f}; target 1 s)"
    )


def make_rules() -> list[RuleDefinition]:
    """Every kind of condition, delays, deadbands and alarms, as a large site would mix them."""
    kinds = (
        Condition(threshold=90.0, deadband=1.0),
        Condition(threshold=10.0, operator=Condition().operator.lt),
        Condition(watch=Watch.rate, threshold=1e6),
        Condition(watch=Watch.quality),
        Condition(watch=Watch.age, threshold=30.0),
    )
    rules = []
    for number in range(RULES):
        first, second = number % CHANNELS, (number * 7 + 3) % CHANNELS
        conditions = tuple(
            Condition(
                watch=it.watch, key=key, operator=it.operator, threshold=it.threshold,
                deadband=it.deadband,
            )
            for it, key in ((kinds[number % 5], first), (kinds[0], second))
        )  # fmt: skip
        rules.append(
            RuleDefinition(
                f"r-{number}", f"Rule {number}", conditions, delay=Delay(on_ms=2000),
                actions=(Action("log"),), alarm=AlarmSettings() if number % 2 else None,
            )
        )  # fmt: skip
    sentinel = (Condition(key=0, threshold=1000.0),)
    return [*rules, RuleDefinition("sentinel", "Sentinel", sentinel, alarm=AlarmSettings())]


def measure_engine() -> tuple[float, int]:
    """Seconds of CPU for all scans, and how many scans passed before the alarm of a spike."""
    happenings: list[Happening] = []
    engine = Engine(happenings.extend, is_open=lambda _rule, _at_ms: True)
    engine.use(make_rules())
    values = np.random.default_rng(7).uniform(0, 100, (SCANS, CHANNELS)).tolist()
    keys, good = tuple(range(CHANNELS)), (Quality.GOOD,) * CHANNELS
    spike, raised = SCANS // 2, -1
    values[spike][0] = 2000.0
    began = time.process_time()
    for number, row in enumerate(values):
        at_ms = START_MS + number * 1000 // SCAN_HZ
        happenings.clear()
        engine.take(Scan(at_ms, at_ms * 1_000_000, keys, tuple(row), good, fresh=True))
        if any(it.rule.id == "sentinel" and it.moves for it in happenings) and raised < 0:
            raised = number
    return time.process_time() - began, raised - spike + 1


async def measure_dry_run() -> tuple[float, float, int]:
    """Seconds to read the samples of a month and to play a rule over them, and how many."""
    rule = RuleDefinition(
        "r", "Month", (Condition(key=1, threshold=95.0, deadband=2.0),), delay=Delay(5000, 0),
        repeats=False, alarm=AlarmSettings(),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder) / "history.db"), for_samples=True)
        history = History(database, flush_interval_s=3600)
        await history.open()
        history.recorder.set_resolution({1: 1})
        await _record(history)
        began = time.perf_counter()
        parts = [it async for it in history.recorded(1, *SPAN_MS)]
        recorded = Recorded(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        read_s = time.perf_counter() - began
        began = time.perf_counter()
        turns = [turns_of(rule.conditions[0], recorded, span_ms=SPAN_MS)]
        play(rule, turns, span_ms=SPAN_MS, is_open=lambda _rule, _at_ms: True)
        play_s = time.perf_counter() - began
        await database.close()
    return read_s, play_s, recorded.times.size


async def _record(history: History) -> None:
    """A month of one channel at 1 Hz, flushed hour by hour as the appliance would."""
    noise = np.random.default_rng(3)
    for hour in range(DAYS * 24):
        base = START_MS + hour * HOUR_MS
        values = (80 + 15 * np.sin(np.arange(3600) / 900) + noise.normal(0, 1, 3600)).round(1)
        for second, value in enumerate(values.tolist()):
            at_ms = base + second * 1000
            history.recorder.take(
                Scan(at_ms, at_ms * 1_000_000, (1,), (value,), (Quality.GOOD,), (0,))
            )
        await history.recorder.flush()


if __name__ == "__main__":
    main()
