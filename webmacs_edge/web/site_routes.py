"""Every URL of the box and its people, with the least role that may use it."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web import assets
from webmacs_edge.web.guards import requires
from webmacs_edge.web.pages import (
    account,
    audit,
    backup,
    backup_plan,
    docs,
    front,
    mail,
    session,
    settings,
    setup,
    system,
    updates,
    users,
    watching,
)

VIEWER, ADMIN = UserRole.viewer, UserRole.admin
ANYBODY = None


def site_routes() -> Sequence[web.RouteDef]:
    """The system, its upkeep, users, and the way in."""
    return [*_box(), *_upkeep(), *_account(), *_users(), *_doors()]


def _box() -> Sequence[web.RouteDef]:
    """How it is, what was done, how it is set."""
    return [
        web.get("/system", requires(VIEWER, system.index)),
        web.get("/system/checks", requires(VIEWER, system.checks)),
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
    ]


def _upkeep() -> Sequence[web.RouteDef]:
    """Updates and backups."""
    return [
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
    ]


def _account() -> Sequence[web.RouteDef]:
    """One's own."""
    return [
        web.get("/account", requires(VIEWER, account.index)),
        web.post("/account", requires(VIEWER, account.save)),
        web.post("/account/look", requires(VIEWER, account.save_look)),
        web.post("/account/password", requires(VIEWER, account.change_password)),
        web.post("/account/logins/end-others", requires(VIEWER, account.end_others)),
        web.post("/account/logins/{public_id}/end", requires(VIEWER, account.end_login)),
        web.post("/account/tokens", requires(VIEWER, account.make_token)),
        web.post("/account/tokens/{public_id}/revoke", requires(VIEWER, account.revoke)),
    ]


def _users() -> Sequence[web.RouteDef]:
    """Everybody's."""
    return [
        web.get("/users", requires(ADMIN, users.index)),
        web.post("/users", requires(ADMIN, users.add)),
        web.get("/users/{public_id}/edit", requires(ADMIN, users.edit)),
        web.post("/users/{public_id}", requires(ADMIN, users.save)),
        web.post("/users/{public_id}/end-logins", requires(ADMIN, users.end_logins)),
        web.post("/users/{public_id}/tokens/{token}/revoke", requires(ADMIN, users.revoke)),
        web.get("/users/{public_id}/delete", requires(ADMIN, users.confirm_deletion)),
        web.post("/users/{public_id}/delete", requires(ADMIN, users.delete)),
    ]


def _doors() -> Sequence[web.RouteDef]:
    """What is open before anybody signs in, and the files of pages."""
    return [
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
