"""Action `all_safe`: force every output to its safe value."""

from webmacs_edge.model.rule_definitions import Action
from webmacs_edge.rules.actions.desk import Hands
from webmacs_edge.rules.engine import Happening


async def act(hands: Hands, happening: Happening, _action: Action) -> None:
    """Never refused."""
    await hands.all_safe(rule=happening.rule.name)
