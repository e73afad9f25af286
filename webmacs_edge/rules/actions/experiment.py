"""Actions `start_experiment` (details: `name`) and `stop_experiment`."""

from webmacs_edge.model.rule_definitions import Action
from webmacs_edge.model.words import LoggingType
from webmacs_edge.rules.actions.desk import Desk
from webmacs_edge.rules.engine import Happening


async def start(desk: Desk, happening: Happening, action: Action) -> None:
    """Start an experiment; when another runs the log says so."""
    name = str(action.detail("name") or happening.rule.name)
    why_not = await desk.start_experiment(name)
    if why_not:
        await desk.note(
            f"The rule “{happening.rule.name}” could not start an experiment. {why_not}",
            LoggingType.warning,
        )
    else:
        await desk.note(
            f"The rule “{happening.rule.name}” started an experiment.", LoggingType.info
        )


async def stop(desk: Desk, happening: Happening, _action: Action) -> None:
    """Stop the experiment that runs; when none does there is nothing to say."""
    if not await desk.stop_experiment():
        await desk.note(
            f"The rule “{happening.rule.name}” stopped the experiment.", LoggingType.info
        )
