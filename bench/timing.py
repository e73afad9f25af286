"""Times of calls, for the other scripts."""

import time
from collections.abc import Awaitable, Callable

Figures = dict[str, float]


async def median_ms(work: Callable[[], Awaitable[object]], times: int = 7) -> float:
    """The median time of a few calls."""
    took = []
    for _ in range(times):
        began_s = time.perf_counter()
        await work()
        took.append((time.perf_counter() - began_s) * 1000)
    return sorted(took)[times // 2]
