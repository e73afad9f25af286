"""The outputs of the demo rig as a careful engineer would set them up: no heater without air."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from webmacs_edge.model.outputs import Claim

INTERLOCK_NAME = "No heater without air flow"
LEAST_FLOW_M3H = 20.0

_PERCENT = Claim(safe_value=0.0, min_value=0.0, max_value=100.0, owner="Demo rig")
_SWITCH = replace(_PERCENT, max_value=1.0)

CLAIMS: Mapping[str, Claim] = {  # by I/O point
    "31/blower_enable": _SWITCH,
    "31/feed_valve": replace(_SWITCH, max_on_s=60.0),
    "32/blower_speed": replace(_PERCENT, rate_per_s=20.0),
    "32/heater_power": replace(_PERCENT, rate_per_s=10.0, max_on_s=3600.0),
    "35/heater_contactor": replace(_SWITCH, min_off_s=5.0, needs_confirmation=True),
}
HEATER = ("32/heater_power", "35/heater_contactor")
AIR_FLOW = "32/air_flow"


def interlock_values(public_ids: Mapping[str, str]) -> dict[str, Any]:
    """The columns of the interlock; `public_ids` of channels by I/O point."""
    return {
        "name": INTERLOCK_NAME,
        "action": "force_safe",
        "outputs": [public_ids[point] for point in HEATER],
        "conditions": [
            {
                "event_public_id": public_ids[AIR_FLOW],
                "operator": "lt",
                "threshold": LEAST_FLOW_M3H,
                "threshold_high": None,
                "hysteresis": 3.0,
                "max_age_s": 5.0,
                "unknown": "trips",
            }
        ],
        "delay_s": 0.5,
    }
