"""Actions `start_experiment` (details: `name`) and `stop_experiment`."""

from webmacs_edge.model.rule_definitions import Action
from webmacs_edge.model.text import text
from webmacs_edge.model.words import LoggingType
from webmacs_edge.rules.actions.desk import Desk
from webmacs_edge.rules.engine import Happening


async def start(desk: Desk, happening: Happening, action: Action) -> None:
    """Start an experiment; when another runs the log says so."""
    rule = happening.rule.name
    why_not = await desk.start_experiment(str(action.detail("name") or rule))
    if why_not:
        await desk.note(
            text(
                "The rule “{rule}” could not start an experiment. {why_not}",
                rule=rule,
                why_not=why_not,
            ),
            LoggingType.warning,
        )
    else:
        await desk.note(
            text("The rule “{rule}” started an experiment.", rule=rule), LoggingType.info
        )


async def stop(desk: Desk, happening: Happening, _action: Action) -> None:
    """Stop the experiment that runs; when none does there is nothing to say."""
    if not await desk.stop_experiment():
        await desk.note(
            text("The rule “{rule}” stopped the experiment.", rule=happening.rule.name),
            LoggingType.info,
        )
