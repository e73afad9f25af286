"""Action `annotate`: a note at this moment in the trends and the experiment. Details: `text`."""

from webmacs_edge.model.rule_definitions import Action
from webmacs_edge.rules.actions.desk import Desk
from webmacs_edge.rules.engine import Happening


async def act(desk: Desk, happening: Happening, action: Action) -> None:
    """Write the note; while no experiment runs it stands in the trends alone."""
    name = happening.rule.name
    await desk.annotate(str(action.detail("text") or name), rule=name, key=happening.key)
