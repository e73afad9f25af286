"""Action `output`: set an output through its claim and interlocks.

Details: `event_public_id`, `value`, `over_s` for a ramp, `pulse_s` for a pulse.
"""

from webmacs_edge.model.rule_definitions import Action
from webmacs_edge.rules.actions.desk import Hands
from webmacs_edge.rules.engine import Happening


async def act(hands: Hands, happening: Happening, action: Action) -> None:
    """Command it; a refusal is raised with its reason."""
    pulse_s = action.detail("pulse_s")
    public_id, value = target_of(action)
    await hands.command(
        public_id,
        value,
        rule=happening.rule.name,
        over_s=float(action.detail("over_s") or 0.0),
        pulse_s=None if pulse_s is None else float(pulse_s),
    )


def target_of(action: Action) -> tuple[str, float]:
    """The channel of the output, and the value it is to have."""
    return str(action.detail("event_public_id") or ""), float(action.detail("value") or 0.0)
