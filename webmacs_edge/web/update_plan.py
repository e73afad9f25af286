"""What an update would do to the plant now: asked before, shown to whoever confirms."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.outputs import OutputState
from webmacs_edge.model.text import counted, text
from webmacs_edge.rules.alarms import Shown, alarm_views
from webmacs_edge.store.experiments import running_experiment
from webmacs_edge.web.keys import CONTROL, DATABASE, RULES
from webmacs_edge.web.wording import count

_AT_REST = (OutputState.idle, OutputState.forced)


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """`obstacles`: what somebody has to accept first. Outputs by name."""

    obstacles: Sequence[str]
    made_safe: Sequence[str]
    held: Sequence[str]


async def plan_of(app: web.Application) -> UpdatePlan:
    """As things stand now."""
    obstacles = []
    async with app[DATABASE].read() as session:
        experiment = await running_experiment(session)
    if experiment is not None:
        obstacles.append(
            text(
                "The experiment “{name}” is running; it goes on, with a gap of some seconds.",
                name=experiment.name,
            )
        )
    alarms = len(alarm_views(app[RULES].engine, Shown.active)) if RULES in app else 0
    if alarms:
        obstacles.append(
            counted(
                "1 alarm is active.", "{alarms} alarms are active.", alarms, alarms=count(alarms)
            )
        )
    made_safe, held = _driven(app)
    if made_safe:
        obstacles.append(
            text("These outputs go to their safe values: {names}.", names=", ".join(made_safe))
        )
    return UpdatePlan(obstacles, made_safe, held)


async def check_calm(app: web.Application, *, accepted: bool) -> None:
    """ConflictError when the plant should not be disturbed and nobody said that it may be."""
    plan = await plan_of(app)
    if plan.obstacles and not accepted:
        raise ConflictError(
            text(
                "Nothing was installed. {obstacles} Confirm that this is accepted.",
                obstacles=" ".join(plan.obstacles),
            ),
            field="accept",
        )


def _driven(app: web.Application) -> tuple[list[str], list[str]]:
    """The outputs that we drive away from their safe values: those made safe, those held."""
    made_safe: list[str] = []
    held: list[str] = []
    for view in app[CONTROL].board.outputs.values():
        claim = view.binding.claim
        if view.state in _AT_REST or view.image == claim.safe_value:
            continue
        names = held if claim.is_held_over_update else made_safe
        names.append(view.binding.name)
    return made_safe, held
