"""The tables of `config.db`: the nouns a site configures. Times are UTC milliseconds."""

from webmacs_edge.store.tables.accounts import ApiToken, BlacklistToken, Login, User
from webmacs_edge.store.tables.audit import AuditEntry
from webmacs_edge.store.tables.base import Base
from webmacs_edge.store.tables.control import (
    ChannelCheck,
    Interlock,
    InterlockTrip,
    Output,
    OutputHold,
)
from webmacs_edge.store.tables.dashboards import Dashboard, DashboardWidget
from webmacs_edge.store.tables.devices import ChannelMapping, PluginInstance, PluginPackage
from webmacs_edge.store.tables.displays import Display
from webmacs_edge.store.tables.mail import Email
from webmacs_edge.store.tables.notes import Annotation
from webmacs_edge.store.tables.pictures import Picture, PictureContent
from webmacs_edge.store.tables.plant import Event, Experiment, ExperimentPhase, LogEntry
from webmacs_edge.store.tables.rules import (
    AlarmEntry,
    Rule,
    RuleMemory,
    Webhook,
    WebhookDelivery,
)
from webmacs_edge.store.tables.signals import (
    Calibration,
    ChannelMemory,
    ForcedValue,
    QualityReason,
)
from webmacs_edge.store.tables.upkeep import FirmwareUpdate, SiteSetting, Thinned, WrittenDay

__all__ = [
    "AlarmEntry",
    "Annotation",
    "ApiToken",
    "AuditEntry",
    "Base",
    "BlacklistToken",
    "Calibration",
    "ChannelCheck",
    "ChannelMapping",
    "ChannelMemory",
    "Dashboard",
    "DashboardWidget",
    "Display",
    "Email",
    "Event",
    "Experiment",
    "ExperimentPhase",
    "FirmwareUpdate",
    "ForcedValue",
    "Interlock",
    "InterlockTrip",
    "LogEntry",
    "Login",
    "Output",
    "OutputHold",
    "Picture",
    "PictureContent",
    "PluginInstance",
    "PluginPackage",
    "QualityReason",
    "Rule",
    "RuleMemory",
    "SiteSetting",
    "Thinned",
    "User",
    "Webhook",
    "WebhookDelivery",
    "WrittenDay",
]
