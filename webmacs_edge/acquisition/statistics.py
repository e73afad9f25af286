"""How well the acquisition cycle keeps its time."""

from bisect import bisect_left
from dataclasses import dataclass, field

BUCKETS_MS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(slots=True)
class Histogram:
    """Counts of durations by bucket; the last bucket holds everything above 100 ms."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))
    longest_ms: float = 0.0
    total_ms: float = 0.0

    def add(self, duration_ms: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BUCKETS_MS, duration_ms)] += 1
        self.longest_ms = max(self.longest_ms, duration_ms)
        self.total_ms += duration_ms

    def quantile_ms(self, share: float) -> float:
        """An upper bound of the given share of all durations (0.99: p99), in ms."""
        wanted = share * sum(self.counts)
        seen = 0
        for bucket, count in zip((*BUCKETS_MS, self.longest_ms), self.counts, strict=True):
            seen += count
            if seen >= wanted and seen:
                return min(bucket, self.longest_ms)
        return 0.0


@dataclass(slots=True)
class ScanStatistics:
    """Counters since start; written by the acquisition thread, read by anyone."""

    cycles: int = 0  # cycles in which the device was read
    beats: int = 0  # turns of the thread, reading or not: proof that it lives
    overruns: int = 0  # grid points missed because a cycle took too long
    failures: int = 0  # reads that failed
    dropped: int = 0  # scans the event loop did not take in time
    resets: int = 0  # of the driver
    base_status: int = 0  # as the base said it last
    lateness: Histogram = field(default_factory=Histogram)  # wake minus deadline
    work: Histogram = field(default_factory=Histogram)  # read, decode, hand over
