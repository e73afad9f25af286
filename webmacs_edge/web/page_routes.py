"""Every URL of a page and of its streams, with the least role that may use it."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web.config_routes import config_routes
from webmacs_edge.web.dashboard_routes import dashboard_routes
from webmacs_edge.web.guards import requires
from webmacs_edge.web.pages import (
    alarm_figures,
    alarm_journal,
    alarms,
    certificate,
    claims,
    commissioning,
    experiment_detail,
    experiment_notes,
    experiments,
    export,
    history,
    live,
    log,
    trend_answers,
    trend_picture,
    trends,
)
from webmacs_edge.web.pages import interlocks as interlock_pages
from webmacs_edge.web.pages import outputs as output_pages
from webmacs_edge.web.site_routes import site_routes
from webmacs_edge.web.streams import alarms as alarm_stream
from webmacs_edge.web.streams import commissioning as commissioning_stream
from webmacs_edge.web.streams import interlocks as interlock_stream
from webmacs_edge.web.streams import live as live_stream
from webmacs_edge.web.streams import outputs as output_stream
from webmacs_edge.web.streams import trend as trend_stream
from webmacs_edge.web.wall_routes import wall_routes

VIEWER, OPERATOR, ADMIN = UserRole.viewer, UserRole.operator, UserRole.admin


def page_routes() -> Sequence[web.RouteDef]:
    """What people look at."""
    return [
        *_plant(),
        *dashboard_routes(),
        *_outputs(),
        *_interlocks(),
        *_commissioning(),
        *_alarms(),
        *_records(),
        *wall_routes(),
        *config_routes(),
        *site_routes(),
    ]


def _plant() -> Sequence[web.RouteDef]:
    """Live values and trends."""
    return [
        web.get("/", requires(VIEWER, live.index)),
        web.get("/streams/live", requires(VIEWER, live_stream.stream)),
        web.get("/trends", requires(VIEWER, trends.index)),
        web.get("/trends/data", requires(VIEWER, trend_answers.data)),
        web.get("/trends/marks", requires(VIEWER, trend_answers.marks)),
        web.get("/trends/statistics", requires(VIEWER, trend_answers.statistics)),
        web.get("/trends/export.csv", requires(VIEWER, trends.export_csv)),
        web.get("/trends/picture.svg", requires(VIEWER, trend_picture.picture)),
        web.get("/streams/trend", requires(VIEWER, trend_stream.stream)),
    ]


def _outputs() -> Sequence[web.RouteDef]:
    """Outputs, what each may be asked for, and interlocks."""
    return [
        web.get("/outputs", requires(VIEWER, output_pages.index)),
        web.get("/streams/outputs", requires(VIEWER, output_stream.stream)),
        web.post("/outputs/all-safe", requires(OPERATOR, output_pages.make_all_safe)),
        web.get("/outputs/release", requires(OPERATOR, output_pages.confirm_release)),
        web.post("/outputs/release", requires(OPERATOR, output_pages.release)),
        web.get("/outputs/{public_id}", requires(VIEWER, output_pages.show)),
        web.post("/outputs/{public_id}", requires(OPERATOR, output_pages.command)),
        web.post("/outputs/{public_id}/stop", requires(OPERATOR, output_pages.stop)),
        web.get("/outputs/{public_id}/claim", requires(ADMIN, claims.edit)),
        web.post("/outputs/{public_id}/claim", requires(ADMIN, claims.save)),
        web.post("/outputs/{public_id}/claim/accept", requires(ADMIN, claims.accept)),
        web.get("/outputs/{public_id}/claim/remove", requires(ADMIN, claims.confirm_removal)),
        web.post("/outputs/{public_id}/claim/remove", requires(ADMIN, claims.remove)),
    ]


def _interlocks() -> Sequence[web.RouteDef]:
    """What forbids outputs, or forces them safe."""
    return [
        web.get("/interlocks", requires(VIEWER, interlock_pages.index)),
        web.get("/streams/interlocks", requires(VIEWER, interlock_stream.stream)),
        web.post("/interlocks", requires(ADMIN, interlock_pages.create)),
        web.get("/interlocks/new", requires(ADMIN, interlock_pages.new)),
        web.post("/interlocks/preview", requires(ADMIN, interlock_pages.preview)),
        web.get("/interlocks/{public_id}", requires(VIEWER, interlock_pages.show)),
        web.post("/interlocks/{public_id}", requires(ADMIN, interlock_pages.save)),
        web.get("/interlocks/{public_id}/edit", requires(ADMIN, interlock_pages.edit)),
        web.get("/interlocks/{public_id}/remove", requires(ADMIN, interlock_pages.confirm_removal)),
        web.post("/interlocks/{public_id}/remove", requires(ADMIN, interlock_pages.remove)),
        web.post("/interlocks/{public_id}/reset", requires(OPERATOR, interlock_pages.reset)),
    ]


def _commissioning() -> Sequence[web.RouteDef]:
    """Channels checked from their terminal to the screen."""
    one = "/commissioning/{public_id}"
    return [
        web.get("/commissioning", requires(VIEWER, commissioning.index)),
        web.get("/commissioning/certificate", requires(VIEWER, certificate.index)),
        web.get("/commissioning/checks.csv", requires(VIEWER, certificate.export_csv)),
        web.get(one, requires(VIEWER, commissioning.show)),
        web.get(f"/streams{one}", requires(VIEWER, commissioning_stream.stream)),
        web.post(f"{one}/start", requires(OPERATOR, commissioning.start)),
        web.post(f"{one}/take", requires(OPERATOR, commissioning.take)),
        web.post(f"{one}/command", requires(OPERATOR, commissioning.command)),
        web.post(f"{one}/moved", requires(OPERATOR, commissioning.say_what_moved)),
        web.post(f"{one}/store", requires(OPERATOR, commissioning.store)),
        web.post(f"{one}/cancel", requires(OPERATOR, commissioning.cancel)),
    ]


def _alarms() -> Sequence[web.RouteDef]:
    """Alarms and their journal."""
    return [
        web.get("/alarms", requires(VIEWER, alarms.index)),
        web.get("/streams/alarms", requires(VIEWER, alarm_stream.stream)),
        web.get("/alarms/head", requires(VIEWER, alarms.head)),
        web.get("/alarms/journal", requires(VIEWER, alarm_journal.index)),
        web.get("/alarms/journal.csv", requires(VIEWER, alarm_journal.export_csv)),
        web.get("/alarms/figures", requires(VIEWER, alarm_figures.index)),
        web.get("/alarms/figures.csv", requires(VIEWER, alarm_figures.export_csv)),
        web.post("/alarms/acknowledge", requires(OPERATOR, alarms.acknowledge_shown)),
        web.get("/alarms/{public_id}", requires(VIEWER, alarms.detail)),
        web.post("/alarms/{public_id}/{deed}", requires(OPERATOR, alarms.act)),
    ]


def _records() -> Sequence[web.RouteDef]:
    """Experiments, the log, exports."""
    return [
        web.get("/history", requires(VIEWER, history.index)),
        web.get("/export", requires(VIEWER, export.index)),
        web.post("/export", requires(VIEWER, export.estimate)),
        web.post("/export/file", requires(VIEWER, export.download)),
        web.get("/export/progress/{job}", requires(VIEWER, export.progress)),
        web.post("/export/cancel/{job}", requires(VIEWER, export.cancel)),
        web.get("/experiments", requires(VIEWER, experiments.index)),
        web.post("/experiments", requires(OPERATOR, experiments.start)),
        web.get("/experiments/note", requires(OPERATOR, experiment_notes.index)),
        web.post("/experiments/note", requires(OPERATOR, experiment_notes.add_note)),
        web.post("/experiments/phase", requires(OPERATOR, experiment_notes.add_phase)),
        web.get("/experiments/{public_id}", requires(VIEWER, experiment_detail.detail)),
        web.get("/experiments/{public_id}/figures", requires(VIEWER, experiment_detail.figures)),
        web.get("/experiments/{public_id}/report", requires(VIEWER, experiment_detail.report)),
        web.get("/experiments/{public_id}/compare", requires(VIEWER, experiment_detail.compare)),
        web.post("/experiments/{public_id}", requires(OPERATOR, experiment_detail.describe)),
        web.post("/experiments/{public_id}/outcome", requires(OPERATOR, experiment_detail.judge)),
        web.post(
            "/experiments/{public_id}/phases/{phase}/remove",
            requires(OPERATOR, experiment_detail.remove_phase),
        ),
        web.get("/experiments/{public_id}/export.csv", requires(VIEWER, experiments.export_csv)),
        web.post("/experiments/{public_id}/protect", requires(OPERATOR, experiment_detail.protect)),
        web.get("/experiments/{public_id}/stop", requires(OPERATOR, experiments.confirm_stop)),
        web.post("/experiments/{public_id}/stop", requires(OPERATOR, experiments.stop)),
        web.get(
            "/experiments/{public_id}/delete", requires(OPERATOR, experiments.confirm_deletion)
        ),
        web.post("/experiments/{public_id}/delete", requires(OPERATOR, experiments.delete)),
        web.get("/log", requires(VIEWER, log.index)),
        web.post("/log/read", requires(OPERATOR, log.mark_read)),
        web.post("/log/{public_id}/read", requires(OPERATOR, log.mark_one_read)),
    ]
