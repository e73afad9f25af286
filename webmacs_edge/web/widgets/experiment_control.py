"""The running experiment: how long it runs, notes, its end; or the start of the next one."""

from dataclasses import dataclass

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.widgets.kind import CurrentRun, Kind, Scene, Settings, Widget


@dataclass(frozen=True, slots=True)
class Course:
    """What runs, and for how long when this was made; the page counts on from there."""

    run: CurrentRun | None
    running_ms: int
    may_operate: bool


def look(scene: Scene, _widget: Widget) -> Course:
    """What runs now."""
    minute_ms = 60_000  # the page counts the seconds by itself
    run = scene.run
    running_ms = 0 if run is None else max(0, scene.at_ms - run.started_on_ms)
    return Course(run, running_ms // minute_ms * minute_ms, scene.may_operate)


KIND = Kind(
    name=WidgetType.experiment_control,
    words=text("Experiment"),
    about=text("The running experiment with notes and its end, or the start of a new one."),
    icon="run",
    size=(4, 2),
    settings=Settings,
    fields=(),
    look=look,
    has_controls=True,
)
