"""Every URL of a page and of its streams, with the least role that may use it."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web import assets
from webmacs_edge.web.dashboard_routes import dashboard_routes
from webmacs_edge.web.guards import requires
from webmacs_edge.web.pages import (
    account,
    alarm_figures,
    alarm_journal,
    alarms,
    audit,
    backup,
    backup_plan,
    calibrations,
    certificate,
    channel_groups,
    claims,
    commissioning,
    derived,
    device_channels,
    devices,
    docs,
    events,
    experiment_detail,
    experiment_notes,
    experiments,
    export,
    forced,
    front,
    history,
    layout_changes,
    live,
    log,
    mail,
    picture_parts,
    pictures,
    rule_detail,
    session,
    settings,
    setup,
    system,
    trend_answers,
    trend_picture,
    trends,
    typed_channels,
    updates,
    users,
    wall,
    wall_screens,
    watching,
    webhook_deliveries,
)
from webmacs_edge.web.pages import interlocks as interlock_pages
from webmacs_edge.web.pages import outputs as output_pages
from webmacs_edge.web.pages import rules as rule_pages
from webmacs_edge.web.pages import webhooks as webhook_pages
from webmacs_edge.web.streams import alarms as alarm_stream
from webmacs_edge.web.streams import commissioning as commissioning_stream
from webmacs_edge.web.streams import interlocks as interlock_stream
from webmacs_edge.web.streams import live as live_stream
from webmacs_edge.web.streams import outputs as output_stream
from webmacs_edge.web.streams import rules as rule_stream
from webmacs_edge.web.streams import trend as trend_stream
from webmacs_edge.web.streams import walls as wall_stream
from webmacs_edge.web.walls import for_screens

VIEWER, OPERATOR, ADMIN = UserRole.viewer, UserRole.operator, UserRole.admin
ANYBODY = None


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
        *_pictures(),
        *_walls(),
        *_configuring(),
        *_people(),
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


def _walls() -> Sequence[web.RouteDef]:
    """Wall screens: who sets them up, and what they see by a proof of their own."""
    screen, one = "/wall-screens/{public_id}", "/wall/{public_id}"
    return [
        web.get("/wall-screens", requires(OPERATOR, wall_screens.index)),
        web.post("/wall-screens", requires(OPERATOR, wall_screens.create)),
        web.get(screen, requires(OPERATOR, wall_screens.show)),
        web.post(screen, requires(OPERATOR, wall_screens.save)),
        web.post(f"{screen}/link", requires(OPERATOR, wall_screens.renew)),
        web.post(f"{screen}/revoke", requires(OPERATOR, wall_screens.revoke)),
        web.get("/wall/open", requires(ANYBODY, wall.show_link)),
        web.post("/wall/open", requires(ANYBODY, wall.open_link)),
        web.get("/wall", for_screens(wall.index, is_page=True)),
        web.get(one, for_screens(wall.show, is_page=True)),
        web.get(f"/streams{one}", for_screens(wall_stream.stream)),
        web.get(f"{one}/grid.css", for_screens(wall.grid)),
        web.get(f"{one}/values", for_screens(wall.values)),
        web.get("/wall/pictures/{picture_id}/file", for_screens(wall.picture)),
    ]


def _pictures() -> Sequence[web.RouteDef]:
    """Pictures for dashboards."""
    one, shown = "/pictures/{public_id}", "/dashboards/{public_id}/widgets/{widget_id}/picture"
    return [
        web.get(shown, requires(OPERATOR, picture_parts.index)),
        web.post(shown, requires(OPERATOR, picture_parts.save)),
        web.post(f"{shown}/choose", requires(OPERATOR, picture_parts.choose)),
        web.get("/pictures", requires(VIEWER, pictures.index)),
        web.post("/pictures", requires(OPERATOR, pictures.create)),
        web.get(one, requires(VIEWER, pictures.show)),
        web.get(f"{one}/file", requires(VIEWER, pictures.send)),
        web.post(f"{one}/rename", requires(OPERATOR, pictures.rename)),
        web.post(f"{one}/replace", requires(OPERATOR, pictures.replace)),
        web.post(f"{one}/delete", requires(OPERATOR, pictures.remove)),
    ]


def _configuring() -> Sequence[web.RouteDef]:
    """Channels, devices, webhooks."""
    return [
        web.get("/events", requires(VIEWER, events.index)),
        web.post("/events", requires(OPERATOR, events.add)),
        web.get("/events/values", requires(VIEWER, events.values)),
        web.get("/events/groups", requires(OPERATOR, channel_groups.index)),
        web.post("/events/groups", requires(OPERATOR, channel_groups.save)),
        web.post("/events/{public_id}", requires(OPERATOR, events.save)),
        web.get("/events/{public_id}/edit", requires(OPERATOR, events.edit)),
        web.post("/events/{public_id}/preview", requires(OPERATOR, events.preview)),
        web.get("/events/{public_id}/remove", requires(OPERATOR, events.confirm_removal)),
        web.post("/events/{public_id}/remove", requires(OPERATOR, events.remove)),
        *_signals(),
        web.get("/devices", requires(VIEWER, devices.index)),
        web.post("/devices", requires(ADMIN, devices.create)),
        web.get("/devices/cards", requires(VIEWER, devices.cards)),
        web.get("/devices/changes", requires(VIEWER, layout_changes.index)),
        web.post("/devices/changes/seen", requires(ADMIN, layout_changes.mark)),
        web.get("/devices/{public_id}", requires(VIEWER, devices.detail)),
        web.post("/devices/{public_id}", requires(ADMIN, devices.rename)),
        web.get("/devices/{public_id}/disable", requires(ADMIN, devices.confirm_disabling)),
        web.post("/devices/{public_id}/disable", requires(ADMIN, devices.disable)),
        web.post("/devices/{public_id}/enable", requires(ADMIN, devices.enable)),
        web.get("/devices/{public_id}/remove", requires(ADMIN, devices.confirm_removal)),
        web.post("/devices/{public_id}/remove", requires(ADMIN, devices.remove)),
        web.post("/devices/{public_id}/channels", requires(ADMIN, device_channels.create)),
        web.get(
            "/devices/{public_id}/channels/{mapping_id}", requires(ADMIN, device_channels.edit)
        ),
        web.post(
            "/devices/{public_id}/channels/{mapping_id}", requires(ADMIN, device_channels.save)
        ),
        web.post(
            "/devices/{public_id}/channels/{mapping_id}/remove",
            requires(ADMIN, device_channels.remove),
        ),
        *_rules(),
        web.get("/webhooks", requires(ADMIN, webhook_pages.index)),
        web.post("/webhooks", requires(ADMIN, webhook_pages.create)),
        web.get("/webhooks/new", requires(ADMIN, webhook_pages.new)),
        web.get("/webhooks/preview", requires(ADMIN, webhook_pages.preview)),
        web.get("/webhooks/{public_id}", requires(ADMIN, webhook_deliveries.detail)),
        web.post("/webhooks/{public_id}", requires(ADMIN, webhook_pages.save)),
        web.get("/webhooks/{public_id}/edit", requires(ADMIN, webhook_pages.edit)),
        web.get("/webhooks/{public_id}/delete", requires(ADMIN, webhook_pages.confirm_deletion)),
        web.post("/webhooks/{public_id}/delete", requires(ADMIN, webhook_pages.delete)),
        web.post("/webhooks/{public_id}/test", requires(ADMIN, webhook_deliveries.test)),
        web.post(
            "/webhooks/{public_id}/deliveries/{delivery}/send-again",
            requires(ADMIN, webhook_deliveries.repeat),
        ),
    ]


def _rules() -> Sequence[web.RouteDef]:
    """What watches the plant."""
    return [
        web.get("/rules", requires(OPERATOR, rule_pages.index)),
        web.post("/rules", requires(OPERATOR, rule_pages.create)),
        web.get("/streams/rules", requires(OPERATOR, rule_stream.stream)),
        web.get("/streams/rules/{public_id}", requires(OPERATOR, rule_stream.stream_one)),
        web.get("/rules/new", requires(OPERATOR, rule_pages.new)),
        web.get("/rules/{public_id}", requires(OPERATOR, rule_detail.detail)),
        web.post("/rules/{public_id}", requires(OPERATOR, rule_pages.save)),
        web.get("/rules/{public_id}/dry-run", requires(OPERATOR, rule_detail.dry_run)),
        web.get("/rules/{public_id}/edit", requires(OPERATOR, rule_pages.edit)),
        web.get("/rules/{public_id}/delete", requires(OPERATOR, rule_pages.confirm_deletion)),
        web.post("/rules/{public_id}/delete", requires(OPERATOR, rule_pages.delete)),
        web.post("/rules/{public_id}/{way}", requires(OPERATOR, rule_pages.switch)),
    ]


def _signals() -> Sequence[web.RouteDef]:
    """Derived channels, typed places, calibrations, forced values."""
    calibration, forced_value = "/events/{public_id}/calibration", "/events/{public_id}/forced"
    return [
        web.get("/derived/new", requires(OPERATOR, derived.new)),
        web.post("/derived", requires(OPERATOR, derived.create)),
        web.post("/derived/preview", requires(OPERATOR, derived.preview)),
        web.get("/derived/{public_id}", requires(OPERATOR, derived.edit)),
        web.post("/derived/{public_id}", requires(OPERATOR, derived.save)),
        web.get("/typed-channels/new", requires(OPERATOR, typed_channels.new)),
        web.post("/typed-channels", requires(OPERATOR, typed_channels.create)),
        web.get(calibration, requires(OPERATOR, calibrations.index)),
        web.post(calibration, requires(OPERATOR, calibrations.create)),
        web.get("/forced", requires(VIEWER, forced.index)),
        web.get(forced_value, requires(OPERATOR, forced.show)),
        web.post(forced_value, requires(OPERATOR, forced.create)),
        web.post(f"{forced_value}/end", requires(OPERATOR, forced.end)),
    ]


def _people() -> Sequence[web.RouteDef]:
    """Users, the system, what everybody may see."""
    return [
        web.get("/system", requires(VIEWER, system.index)),
        web.get("/system/checks", requires(VIEWER, system.checks)),
        web.get("/updates", requires(ADMIN, updates.index)),
        web.get("/updates/standing", requires(ADMIN, updates.standing)),
        web.post("/updates/check", requires(ADMIN, updates.check)),
        web.post("/updates/token", requires(ADMIN, updates.token)),
        web.post("/updates/offer", requires(ADMIN, updates.offer)),
        web.post("/updates/upload", requires(ADMIN, updates.upload)),
        web.get("/updates/{public_id}/install", requires(ADMIN, updates.confirm)),
        web.post("/updates/{public_id}/install", requires(ADMIN, updates.install)),
        web.get("/updates/{public_id}/rollback", requires(ADMIN, updates.confirm_rollback)),
        web.post("/updates/{public_id}/rollback", requires(ADMIN, updates.rollback)),
        web.post("/updates/{public_id}/delete", requires(ADMIN, updates.remove)),
        web.get("/backup", requires(ADMIN, backup.index)),
        web.get("/backup/plan", requires(ADMIN, backup_plan.edit)),
        web.post("/backup/plan", requires(ADMIN, backup_plan.save)),
        web.post("/backup/plan/forget", requires(ADMIN, backup_plan.forget)),
        web.post("/backup/file", requires(ADMIN, backup.download)),
        web.post("/backup/now", requires(ADMIN, backup.make_now)),
        web.post("/backup/restore", requires(ADMIN, backup.restore)),
        web.post("/backup/drop", requires(ADMIN, backup.drop)),
        web.post("/backup/restart", requires(ADMIN, backup.restart_now)),
        web.get("/audit", requires(ADMIN, audit.index)),
        web.get("/audit/export.csv", requires(ADMIN, audit.export_csv)),
        web.get("/settings", requires(ADMIN, settings.index)),
        web.post("/settings", requires(ADMIN, settings.save)),
        web.get("/settings/alarms", requires(ADMIN, watching.index)),
        web.post("/settings/alarms", requires(ADMIN, watching.save)),
        web.get("/settings/mail", requires(ADMIN, mail.index)),
        web.post("/settings/mail", requires(ADMIN, mail.save)),
        web.get("/settings/mail/letters", requires(ADMIN, mail.letters)),
        web.post("/settings/mail/test", requires(ADMIN, mail.test)),
        web.post("/settings/mail/{public_id}/send-again", requires(ADMIN, mail.repeat)),
        web.get("/account", requires(VIEWER, account.index)),
        web.post("/account", requires(VIEWER, account.save)),
        web.post("/account/look", requires(VIEWER, account.save_look)),
        web.post("/account/password", requires(VIEWER, account.change_password)),
        web.post("/account/logins/end-others", requires(VIEWER, account.end_others)),
        web.post("/account/logins/{public_id}/end", requires(VIEWER, account.end_login)),
        web.post("/account/tokens", requires(VIEWER, account.make_token)),
        web.post("/account/tokens/{public_id}/revoke", requires(VIEWER, account.revoke)),
        web.get("/users", requires(ADMIN, users.index)),
        web.post("/users", requires(ADMIN, users.add)),
        web.get("/users/{public_id}/edit", requires(ADMIN, users.edit)),
        web.post("/users/{public_id}", requires(ADMIN, users.save)),
        web.post("/users/{public_id}/end-logins", requires(ADMIN, users.end_logins)),
        web.post("/users/{public_id}/tokens/{token}/revoke", requires(ADMIN, users.revoke)),
        web.get("/users/{public_id}/delete", requires(ADMIN, users.confirm_deletion)),
        web.post("/users/{public_id}/delete", requires(ADMIN, users.delete)),
        web.get("/setup", requires(ANYBODY, setup.index)),
        web.post("/setup", requires(ANYBODY, setup.create)),
        web.get("/service-worker.js", requires(ANYBODY, front.worker)),
        web.get("/offline", requires(ANYBODY, front.offline)),
        web.get("/patterns", requires(VIEWER, front.patterns)),
        web.get("/setup/restore", requires(ANYBODY, setup.show_restore)),
        web.post("/setup/restore", requires(ANYBODY, setup.restore)),
        web.get("/sign-in", requires(ANYBODY, session.index)),
        web.post("/sign-in", requires(ANYBODY, session.create)),
        web.post("/sign-out", requires(ANYBODY, session.end)),
        web.get("/docs", requires(ANYBODY, docs.index)),
        web.get("/redoc", requires(ANYBODY, docs.lead)),
        web.get("/static/{path:.+}", requires(ANYBODY, assets.serve)),
    ]
