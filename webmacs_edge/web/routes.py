"""Every URL of the appliance with the least role that may use it."""

from collections.abc import Callable, Sequence

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web.api import alarms as api_alarms
from webmacs_edge.web.api import annotations as api_annotations
from webmacs_edge.web.api import audit as api_audit
from webmacs_edge.web.api import auth as api_auth
from webmacs_edge.web.api import (
    calibrations,
    dashboards,
    datapoints,
    derived,
    description,
    forced,
    health,
    interlocks,
    layout_changes,
    metrics,
    ota,
    outputs,
    plugin_channels,
    plugin_packages,
    plugins,
    relays,
    rules,
    typed_channels,
    values,
    webhooks,
)
from webmacs_edge.web.api import events as api_events
from webmacs_edge.web.api import experiments as api_experiments
from webmacs_edge.web.api import logging as api_logging
from webmacs_edge.web.api import pictures as api_pictures
from webmacs_edge.web.api import sso as api_sso
from webmacs_edge.web.api import tokens as api_tokens
from webmacs_edge.web.api import users as api_users
from webmacs_edge.web.guards import Handler, requires
from webmacs_edge.web.page_routes import page_routes
from webmacs_edge.web.streams import datapoints as datapoint_stream
from webmacs_edge.web.streams import telemetry

VIEWER, OPERATOR, ADMIN = UserRole.viewer, UserRole.operator, UserRole.admin
ANYBODY = None


def routes() -> Sequence[web.RouteDef]:
    """Pages first, then the JSON API, then streams."""
    return [*page_routes(), *api_routes(), *stream_routes()]


def api_routes() -> Sequence[web.RouteDef]:
    """What programs use: the API of WebMACS 2.x; each path with and without a slash at its end."""
    get, post, put, delete = web.get, web.post, web.put, web.delete
    v1 = "/api/v1"
    table: Sequence[tuple[Callable[..., web.RouteDef], str, UserRole | None, Handler]] = (
        (post, f"{v1}/auth/login", ANYBODY, api_auth.login),
        (post, f"{v1}/auth/logout", VIEWER, api_auth.logout),
        (get, f"{v1}/auth/me", VIEWER, api_auth.me),
        (get, f"{v1}/auth/sso/config", ANYBODY, api_sso.config),
        (get, f"{v1}/auth/sso/authorize", ANYBODY, api_sso.authorize),
        (get, f"{v1}/auth/sso/callback", ANYBODY, api_sso.callback),
        (post, f"{v1}/auth/sso/exchange", ANYBODY, api_sso.exchange),
        (get, f"{v1}/users", ADMIN, api_users.index),
        (post, f"{v1}/users", ADMIN, api_users.create),
        (get, f"{v1}/users/{{public_id}}", VIEWER, api_users.show),  # oneself, or an admin
        (put, f"{v1}/users/{{public_id}}", VIEWER, api_users.update),  # oneself, or an admin
        (delete, f"{v1}/users/{{public_id}}", ADMIN, api_users.remove),
        (get, f"{v1}/tokens", VIEWER, api_tokens.index),
        (post, f"{v1}/tokens", VIEWER, api_tokens.create),
        (delete, f"{v1}/tokens/{{public_id}}", VIEWER, api_tokens.remove),
        (get, f"{v1}/events", VIEWER, api_events.index),
        (post, f"{v1}/events", OPERATOR, api_events.create),
        (get, f"{v1}/events/{{public_id}}", VIEWER, api_events.show),
        (put, f"{v1}/events/{{public_id}}", OPERATOR, api_events.update),
        (delete, f"{v1}/events/{{public_id}}", OPERATOR, api_events.remove),
        (get, f"{v1}/events/{{public_id}}/calibrations", VIEWER, calibrations.index),
        (post, f"{v1}/events/{{public_id}}/calibrations", OPERATOR, calibrations.create),
        (put, f"{v1}/events/{{public_id}}/forced", OPERATOR, forced.put),
        (delete, f"{v1}/events/{{public_id}}/forced", OPERATOR, forced.remove),
        (get, f"{v1}/forced", VIEWER, forced.index),
        (get, f"{v1}/layout-changes", VIEWER, layout_changes.index),
        (post, f"{v1}/layout-changes/seen", ADMIN, layout_changes.mark),
        (get, f"{v1}/values", VIEWER, values.index),
        (get, f"{v1}/relays", VIEWER, relays.index),
        (get, f"{v1}/derived", VIEWER, derived.index),
        (post, f"{v1}/derived", OPERATOR, derived.create),
        (post, f"{v1}/derived/check", OPERATOR, derived.check),
        (get, f"{v1}/derived/{{public_id}}", VIEWER, derived.show),
        (put, f"{v1}/derived/{{public_id}}", OPERATOR, derived.update),
        (post, f"{v1}/typed-channels", OPERATOR, typed_channels.create),
        (get, f"{v1}/datapoints", VIEWER, datapoints.index),
        (post, f"{v1}/datapoints", OPERATOR, datapoints.create),
        (post, f"{v1}/datapoints/batch", OPERATOR, datapoints.create_batch),
        (get, f"{v1}/datapoints/latest", VIEWER, datapoints.latest),
        (post, f"{v1}/datapoints/series", VIEWER, datapoints.series),
        (get, f"{v1}/datapoints/{{public_id}}", VIEWER, datapoints.show),
        (delete, f"{v1}/datapoints/{{public_id}}", OPERATOR, datapoints.remove),
        (get, f"{v1}/logging", VIEWER, api_logging.index),
        (post, f"{v1}/logging", OPERATOR, api_logging.create),
        (post, f"{v1}/logging/read", OPERATOR, api_logging.mark_read),
        (get, f"{v1}/logging/{{public_id}}", VIEWER, api_logging.show),
        (put, f"{v1}/logging/{{public_id}}", OPERATOR, api_logging.update),
        (get, f"{v1}/experiments", VIEWER, api_experiments.index),
        (post, f"{v1}/experiments", OPERATOR, api_experiments.create),
        (get, f"{v1}/experiments/{{public_id}}", VIEWER, api_experiments.show),
        (put, f"{v1}/experiments/{{public_id}}", OPERATOR, api_experiments.update),
        (put, f"{v1}/experiments/{{public_id}}/stop", OPERATOR, api_experiments.stop),
        (get, f"{v1}/experiments/{{public_id}}/export/csv", VIEWER, api_experiments.export_csv),
        (delete, f"{v1}/experiments/{{public_id}}", OPERATOR, api_experiments.remove),
        (get, f"{v1}/annotations", VIEWER, api_annotations.index),
        (post, f"{v1}/annotations", OPERATOR, api_annotations.create),
        (get, f"{v1}/annotations/{{public_id}}", VIEWER, api_annotations.show),
        (put, f"{v1}/annotations/{{public_id}}", OPERATOR, api_annotations.update),
        (delete, f"{v1}/annotations/{{public_id}}", OPERATOR, api_annotations.remove),
        (get, f"{v1}/experiments/{{public_id}}/phases", VIEWER, api_experiments.phases),
        (post, f"{v1}/experiments/{{public_id}}/phases", OPERATOR, api_experiments.begin),
        (
            delete,
            f"{v1}/experiments/{{public_id}}/phases/{{phase}}",
            OPERATOR,
            api_experiments.remove_phase,
        ),
        (get, f"{v1}/audit", ADMIN, api_audit.index),
        (get, f"{v1}/alarms", VIEWER, api_alarms.index),
        (get, f"{v1}/alarms/journal", VIEWER, api_alarms.journal),
        (post, f"{v1}/alarms/acknowledge", OPERATOR, api_alarms.acknowledge_many),
        (post, f"{v1}/alarms/{{public_id}}/acknowledge", OPERATOR, api_alarms.acknowledge),
        (post, f"{v1}/alarms/{{public_id}}/reset", OPERATOR, api_alarms.reset),
        (post, f"{v1}/alarms/{{public_id}}/shelve", OPERATOR, api_alarms.shelve),
        (post, f"{v1}/alarms/{{public_id}}/unshelve", OPERATOR, api_alarms.unshelve),
        (post, f"{v1}/alarms/{{public_id}}/out-of-service", OPERATOR, api_alarms.take_out),
        (post, f"{v1}/alarms/{{public_id}}/in-service", OPERATOR, api_alarms.put_back),
        (get, f"{v1}/rules", OPERATOR, rules.index),
        (post, f"{v1}/rules", OPERATOR, rules.create),
        (get, f"{v1}/rules/{{public_id}}", OPERATOR, rules.show),
        (put, f"{v1}/rules/{{public_id}}", OPERATOR, rules.update),
        (delete, f"{v1}/rules/{{public_id}}", OPERATOR, rules.remove),
        (get, f"{v1}/webhooks", ADMIN, webhooks.index),
        (post, f"{v1}/webhooks", ADMIN, webhooks.create),
        (get, f"{v1}/webhooks/{{public_id}}", ADMIN, webhooks.show),
        (put, f"{v1}/webhooks/{{public_id}}", ADMIN, webhooks.update),
        (delete, f"{v1}/webhooks/{{public_id}}", ADMIN, webhooks.remove),
        (get, f"{v1}/webhooks/{{public_id}}/deliveries", ADMIN, webhooks.deliveries),
        (post, f"{v1}/webhooks/{{public_id}}/test", ADMIN, webhooks.test),
        (
            post,
            f"{v1}/webhooks/{{public_id}}/deliveries/{{delivery}}/send-again",
            ADMIN,
            webhooks.repeat,
        ),
        (get, f"{v1}/ota", ADMIN, ota.index),
        (post, f"{v1}/ota", ADMIN, ota.create),
        (get, f"{v1}/ota/check", VIEWER, ota.check),
        (post, f"{v1}/ota/upload", ADMIN, ota.upload),
        (get, f"{v1}/ota/{{public_id}}", ADMIN, ota.show),
        (post, f"{v1}/ota/{{public_id}}/apply", ADMIN, ota.apply),
        (post, f"{v1}/ota/{{public_id}}/rollback", ADMIN, ota.rollback),
        (delete, f"{v1}/ota/{{public_id}}", ADMIN, ota.remove),
        (get, f"{v1}/dashboards", VIEWER, dashboards.index),
        (post, f"{v1}/dashboards", OPERATOR, dashboards.create),
        (get, f"{v1}/dashboards/{{public_id}}", VIEWER, dashboards.show),
        (put, f"{v1}/dashboards/{{public_id}}", OPERATOR, dashboards.update),
        (delete, f"{v1}/dashboards/{{public_id}}", OPERATOR, dashboards.remove),
        (post, f"{v1}/dashboards/{{public_id}}/widgets", OPERATOR, dashboards.create_widget),
        (
            put,
            f"{v1}/dashboards/{{public_id}}/widgets/{{widget_id}}",
            OPERATOR,
            dashboards.change_widget,
        ),
        (
            delete,
            f"{v1}/dashboards/{{public_id}}/widgets/{{widget_id}}",
            OPERATOR,
            dashboards.delete_widget,
        ),
        (get, f"{v1}/pictures", VIEWER, api_pictures.index),
        (post, f"{v1}/pictures", OPERATOR, api_pictures.create),
        (get, f"{v1}/pictures/{{public_id}}", VIEWER, api_pictures.show),
        (put, f"{v1}/pictures/{{public_id}}", OPERATOR, api_pictures.rename),
        (delete, f"{v1}/pictures/{{public_id}}", OPERATOR, api_pictures.remove),
        (get, f"{v1}/pictures/{{public_id}}/content", VIEWER, api_pictures.content),
        (put, f"{v1}/pictures/{{public_id}}/content", OPERATOR, api_pictures.replace),
        (get, f"{v1}/plugins", VIEWER, plugins.index),
        (post, f"{v1}/plugins", ADMIN, plugins.create),
        (get, f"{v1}/plugins/available", VIEWER, plugins.available),
        (get, f"{v1}/plugins/packages", VIEWER, plugin_packages.index),
        (post, f"{v1}/plugins/packages/upload", ADMIN, plugin_packages.upload),
        (delete, f"{v1}/plugins/packages/{{public_id}}", ADMIN, plugin_packages.remove),
        (get, f"{v1}/plugins/{{public_id}}", VIEWER, plugins.show),
        (put, f"{v1}/plugins/{{public_id}}", ADMIN, plugins.update),
        (delete, f"{v1}/plugins/{{public_id}}", ADMIN, plugins.remove),
        (get, f"{v1}/plugins/{{public_id}}/channels", VIEWER, plugin_channels.index),
        (post, f"{v1}/plugins/{{public_id}}/channels", ADMIN, plugin_channels.create),
        (
            put,
            f"{v1}/plugins/{{public_id}}/channels/{{mapping_id}}",
            ADMIN,
            plugin_channels.update,
        ),
        (
            delete,
            f"{v1}/plugins/{{public_id}}/channels/{{mapping_id}}",
            ADMIN,
            plugin_channels.remove,
        ),
        (get, f"{v1}/outputs", VIEWER, outputs.index),
        (post, f"{v1}/outputs/all-safe", OPERATOR, outputs.make_all_safe),
        (post, f"{v1}/outputs/release", OPERATOR, outputs.release),
        (put, f"{v1}/outputs/{{public_id}}", ADMIN, outputs.claim),
        (delete, f"{v1}/outputs/{{public_id}}", ADMIN, outputs.release_claim),
        (post, f"{v1}/outputs/{{public_id}}/command", OPERATOR, outputs.command),
        (post, f"{v1}/outputs/{{public_id}}/valve-cycle", OPERATOR, outputs.run_valve_cycle),
        (get, f"{v1}/interlocks", VIEWER, interlocks.index),
        (post, f"{v1}/interlocks", ADMIN, interlocks.create),
        (get, f"{v1}/interlocks/{{public_id}}", VIEWER, interlocks.show),
        (put, f"{v1}/interlocks/{{public_id}}", ADMIN, interlocks.update),
        (delete, f"{v1}/interlocks/{{public_id}}", ADMIN, interlocks.remove),
        (post, f"{v1}/interlocks/{{public_id}}/reset", OPERATOR, interlocks.reset),
        (get, "/health", ANYBODY, health.show),
        (get, "/openapi.json", ANYBODY, description.show),
    )
    metered = requires(VIEWER, metrics.show, unless=metrics.is_allowed)
    return [
        *(
            route
            for method, path, role, handler in table
            for route in _with_slash(method, path, requires(role, handler))
        ),
        *_with_slash(get, "/metrics", metered),
    ]


def stream_routes() -> Sequence[web.RouteDef]:
    """Sockets for programs; they check their login themselves, after the handshake."""
    return [
        web.get("/ws/datapoints/stream", requires(ANYBODY, datapoint_stream.stream)),
        web.get("/ws/controller/telemetry", requires(ANYBODY, telemetry.telemetry)),
    ]


def _with_slash(
    method: Callable[..., web.RouteDef], path: str, handler: Handler
) -> Sequence[web.RouteDef]:
    head = {"allow_head": False} if method is web.get else {}
    return [method(path, handler, **head), method(f"{path}/", handler, **head)]
