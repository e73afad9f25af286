"""Channels like those of a plant, for the other scripts.

35 % temperatures, 20 % scaled inputs with noise, 10 % controlled values, 10 % computed values, 20 %
digital inputs, 5 % counters; the acquisition's jitter is half a millisecond.
"""

import numpy as np
import numpy.typing as npt

from webmacs_edge.model.times import HOUR_MS

START_MS = 1_800_000_000_000 // HOUR_MS * HOUR_MS
DECIMALS = {
    "temperature": 1, "scaled": 2, "controlled": 2, "computed": 4, "digital": 0, "counter": 0,
}  # fmt: skip
MIX = (
    ["temperature"] * 7 + ["scaled"] * 4 + ["controlled"] * 2 + ["computed"] * 2
    + ["digital"] * 4 + ["counter"]
)  # fmt: skip
FEW = (0, 1, 2, 7, 8, 11, 13, 15)  # eight channels that stand for the mix

Floats = npt.NDArray[np.float64]


def decimals_of(key: int) -> int:
    """The resolution of a channel; keys count from 1."""
    return DECIMALS[MIX[(key - 1) % len(MIX)]]


def make_hour(hour: int, channels: int) -> Floats:
    """One hour of all channels, one row a second, rounded to their resolution."""
    noise = np.random.default_rng(hour).normal(size=(3600, channels))
    seconds = np.arange(hour * 3600, (hour + 1) * 3600)[:, None]
    slow = 80 + 20 * np.sin(seconds / 5000 + np.arange(channels))
    kinds = {
        "temperature": slow + 0.1 * noise,
        "scaled": slow + 0.03 * noise,
        "controlled": 50 + 10 * (seconds // 900 % 4) + 0.02 * noise,
        "computed": slow * 0.7 + 0.001 * noise,
        "digital": (seconds // 600 + np.arange(channels)) % 2,
        "counter": seconds * 3 + np.floor(noise),
    }
    which = [np.arange(channels) % len(MIX) == place for place in range(len(MIX))]
    scale = 10.0 ** np.array([decimals_of(key) for key in range(1, channels + 1)])
    return np.rint(np.select(which, [kinds[kind] for kind in MIX]) * scale) / scale


def make_stamps(hour: int) -> list[int]:
    """The stamps of the scans of an hour, 300 ms after each second."""
    jitter = np.random.default_rng(hour + 1_000_000).normal(0, 0.5, 3600).round()
    first_ms = START_MS + hour * HOUR_MS + 300
    stamps: list[int] = (first_ms + np.arange(3600) * 1000 + jitter).astype(np.int64).tolist()
    return stamps
