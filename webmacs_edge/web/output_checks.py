"""The check of the outputs: can they be written, does anybody hold them, who else writes."""

from aiohttp import web

from webmacs_edge.model.outputs import OutputState
from webmacs_edge.model.text import text
from webmacs_edge.web.checks import Check, Figure, State
from webmacs_edge.web.keys import CONTROL, STATION
from webmacs_edge.web.set_points import SET_POINTS
from webmacs_edge.web.wording import count

_WAY_OUT_OTHERS = text(
    "{others} can write outputs of this device as well. Make sure that each output has one owner; "
    "an "
    "output that somebody else writes is shown as taken over, and we do not fight for it."
)


def outputs_check(app: web.Application) -> Check:
    """How the outputs stand."""
    control, others = app[CONTROL], ", ".join(app[CONTROL].writers.names)
    views = control.board.outputs.values()
    bad = [v.binding.name for v in views if v.state is OutputState.overridden]
    forced = [v.binding.name for v in views if v.state is OutputState.forced]
    tripped = sum(bool(it.cause) for it in control.board.interlocks.values())
    figures = (
        Figure(text("Set up"), count(len(control.bindings))),
        Figure(text("Forced safe"), ", ".join(forced) or text("none")),
        Figure(text("Taken over by others"), ", ".join(bad) or text("none")),
        Figure(
            text("Interlocks tripped"),
            text("{tripped} of {all}", tripped=tripped, all=len(control.board.interlocks)),
        ),
        Figure(text("Other programs that write"), others or text("none found")),
        Figure(
            text("Commands not noted"), count(control.tidings.dropped + app[SET_POINTS].dropped)
        ),
    )
    state, word, way_out = _judge(app, is_overridden=bool(bad), others=others)
    return Check("outputs", text("Outputs"), state, word, figures, way_out=way_out)


def _judge(app: web.Application, *, is_overridden: bool, others: str) -> tuple[State, str, str]:
    problem, locks = app[STATION].scanner.write_problem, app[CONTROL].board.locks
    if not app[CONTROL].bindings:
        return State.good, text("None set up"), ""
    if problem:
        return State.error, text("Not safe"), problem
    if is_overridden:
        way_out = text(
            "Another program writes an output that we were told to drive. Stop one of them."
        )
        return State.warning, text("Taken over"), way_out
    if locks:
        return State.warning, text("Held"), locks[0]
    if others:
        return State.warning, text("Other programs"), text(_WAY_OUT_OTHERS, others=others)
    return State.good, text("Ready"), ""
