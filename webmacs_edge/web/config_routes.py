"""Every URL of what is set up, with the least role that may use it."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web.guards import requires
from webmacs_edge.web.pages import (
    calibrations,
    channel_groups,
    derived,
    device_channels,
    devices,
    events,
    forced,
    layout_changes,
    rule_detail,
    typed_channels,
    webhook_deliveries,
)
from webmacs_edge.web.pages import rules as rule_pages
from webmacs_edge.web.pages import webhooks as webhook_pages
from webmacs_edge.web.streams import rules as rule_stream

VIEWER, OPERATOR, ADMIN = UserRole.viewer, UserRole.operator, UserRole.admin


def config_routes() -> Sequence[web.RouteDef]:
    """Channels, devices, rules, webhooks."""
    return [*_channels(), *_signals(), *_devices(), *_rules(), *_webhooks()]


def _channels() -> Sequence[web.RouteDef]:
    """What is measured, and how it is scaled."""
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


def _devices() -> Sequence[web.RouteDef]:
    """Drivers, and the channels they feed."""
    return [
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


def _webhooks() -> Sequence[web.RouteDef]:
    """Who is told over the network."""
    return [
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
