"""The rig's physics: air, heat, bed and feed; no I/O, the same numbers for the same seed."""

import math
import random
from collections.abc import Mapping

MAX_FLOW_M3H = 120.0
FLUIDISATION_FLOW_M3H = 35.0
MAX_HEATER_KW = 6.0
TRIP_TEMPERATURE_C = 350.0
TRIP_RELEASE_C = 120.0
LOW_HOPPER_PERCENT = 20.0

_AIR_KJ_PER_M3K = 1.2 * 1.005
_LEAST_COOLING_M3H = 4.0
_BED_KJ_PER_K = 6.0
_BED_LOSS_KW_PER_K = 0.004
_BED_PRESSURE_MBAR = 25.0
_GRID_MBAR_PER_M3H2 = 0.0018
_TACHO_HZ = 2800.0 / 60.0 * 2.0  # at full flow, two pulses a turn
_LONGEST_STEP_S = 0.1
_FEED_PULSE_S = 4.0


class FluidBed:
    """Blower → windbox with heater → bed → freeboard, and a hopper that feeds moist material."""

    def __init__(self, seed: int = 1, ambient_c: float = 21.0) -> None:
        self._random = random.Random(seed)  # noqa: S311 # noise, not secrets
        self.ambient_c = ambient_c
        self.flow_m3h = 0.0
        self.windbox_c = self.bed_c = self.freeboard_c = ambient_c
        self.hopper_percent = 80.0
        self.moisture = 0.0  # 0..1, share of freshly fed material in the bed
        self.humidity_percent = 35.0
        self.tripped = False
        self.refilling = False
        self.estop_ok = True
        self.pulses = 0.0
        self.time_s = 0.0

    def step(self, dt_s: float, outputs: Mapping[str, float]) -> dict[str, float]:
        """Move on by `dt_s` under these outputs (percent, or 0 and 1); the new readings."""
        steps = max(1, math.ceil(dt_s / _LONGEST_STEP_S))
        for _ in range(steps):
            self._move(dt_s / steps, outputs)
        return self._readings()

    def reset_counters(self) -> None:
        """What a reset of the driver does to the pulse counters."""
        self.pulses = 0.0

    def _move(self, dt_s: float, outputs: Mapping[str, float]) -> None:
        self.time_s += dt_s
        self._move_air(dt_s, outputs)
        self._move_heat(dt_s, outputs)
        self._move_feed(dt_s, is_open=outputs["feed_valve"] > 0 and self.estop_ok)

    def _move_air(self, dt_s: float, outputs: Mapping[str, float]) -> None:
        runs = outputs["blower_enable"] > 0 and self.estop_ok
        target_m3h = MAX_FLOW_M3H * _share(outputs["blower_speed"]) if runs else 0.0
        self.flow_m3h += (target_m3h - self.flow_m3h) * _lag(dt_s, 1.5)
        self.pulses += self.flow_m3h / MAX_FLOW_M3H * _TACHO_HZ * dt_s

    def _move_heat(self, dt_s: float, outputs: Mapping[str, float]) -> None:
        heats = outputs["heater_contactor"] > 0 and self.estop_ok and not self.tripped
        power_kw = MAX_HEATER_KW * _share(outputs["heater_power"]) if heats else 0.0
        cooling_kw_k = max(self.flow_m3h, _LEAST_COOLING_M3H) / 3600.0 * _AIR_KJ_PER_M3K
        final_c = self.ambient_c + power_kw / cooling_kw_k
        self.windbox_c += (final_c - self.windbox_c) * _lag(dt_s, 12.0)
        gained_kw = cooling_kw_k * (self.windbox_c - self.bed_c)
        lost_kw = _BED_LOSS_KW_PER_K * (self.bed_c - self.ambient_c)
        self.bed_c += (gained_kw - lost_kw) / _BED_KJ_PER_K * dt_s
        self.freeboard_c += (self.bed_c - 2.0 - self.freeboard_c) * _lag(dt_s, 20.0)
        limit_c = TRIP_RELEASE_C if self.tripped else TRIP_TEMPERATURE_C
        self.tripped = self.windbox_c > limit_c

    def _move_feed(self, dt_s: float, *, is_open: bool) -> None:
        if is_open and self.hopper_percent > 0:
            self.hopper_percent = max(0.0, self.hopper_percent - 0.6 * dt_s)
            self.moisture += 0.03 * dt_s
            self.bed_c -= 0.02 * (self.bed_c - self.ambient_c) * dt_s
        self.moisture = min(1.0, self.moisture * (1 - _lag(dt_s, 60.0)))
        self.refilling = self.hopper_percent < (90.0 if self.refilling else 12.0)
        if self.refilling:
            self.hopper_percent += 1.5 * dt_s
        final = 35.0 + 45.0 * self.moisture - 0.1 * (self.bed_c - self.ambient_c)
        self.humidity_percent += (min(95.0, max(4.0, final)) - self.humidity_percent) * _lag(
            dt_s, 15.0
        )

    def _readings(self) -> dict[str, float]:
        drop_mbar = self._bed_drop_mbar()
        grid_mbar = _GRID_MBAR_PER_M3H2 * self.flow_m3h**2
        return {
            "air_flow": max(0.0, self.flow_m3h + self._noise(0.15)),
            "bed_pressure_drop": max(0.0, drop_mbar),
            "windbox_pressure": max(0.0, drop_mbar + grid_mbar + self._noise(0.05)),
            "bed_temperature": self.bed_c + self._noise(0.05),
            "windbox_temperature": self.windbox_c + self._noise(0.05),
            "freeboard_temperature": self.freeboard_c + self._noise(0.05),
            "ambient_temperature": self.ambient_c + self._noise(0.02),
            "hopper_level": min(100.0, max(0.0, self.hopper_percent + self._noise(0.05))),
            "humidity": self.humidity_percent + self._noise(0.1),
            "blower_tacho": float(int(self.pulses)),
            "emergency_stop_ok": float(self.estop_ok),
            "overtemperature_ok": float(not self.tripped),
            "hopper_low": float(self.hopper_percent < LOW_HOPPER_PERCENT),
        }

    def _bed_drop_mbar(self) -> float:
        """Weight of the bed once it floats, with bubbles; a packed bed before."""
        weight_mbar = _BED_PRESSURE_MBAR * (1.0 + 0.15 * self.moisture)
        excess_m3h = self.flow_m3h - FLUIDISATION_FLOW_M3H
        if excess_m3h <= 0:
            return weight_mbar * self.flow_m3h / FLUIDISATION_FLOW_M3H
        swing_mbar = 1.5 * min(1.0, excess_m3h / 40.0)
        bubbles_mbar = swing_mbar * math.sin(2 * math.pi * 2.3 * self.time_s)
        return weight_mbar + bubbles_mbar + self._noise(0.3)

    def _noise(self, sigma: float) -> float:
        return self._random.gauss(0.0, sigma)


def local_panel(time_s: float, *, flow_m3h: float = MAX_FLOW_M3H) -> dict[str, float]:
    """What the panel beside the rig commands in hand mode: slow cycles and pulses of feed.

    It heats only while air flows.
    """
    heats = float(flow_m3h > FLUIDISATION_FLOW_M3H)
    return {
        "blower_enable": 1.0,
        "blower_speed": 55.0 + 15.0 * math.sin(2 * math.pi * time_s / 180.0),
        "heater_contactor": heats,
        "heater_power": heats * (40.0 + 20.0 * math.sin(2 * math.pi * time_s / 420.0)),
        "feed_valve": float(time_s % 40.0 < _FEED_PULSE_S),
    }


def _share(percent: float) -> float:
    return min(1.0, max(0.0, percent / 100.0))


def _lag(dt_s: float, time_constant_s: float) -> float:
    return 1.0 - math.exp(-dt_s / time_constant_s)
