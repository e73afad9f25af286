"""Devices (WebMACS 2.x: plugins), their channels, packages of drivers."""

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


class PluginInstance(Base):
    """A configured device: one of our drivers, or an external one that telemetry feeds."""

    __tablename__ = "plugin_instances"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    plugin_id: Mapped[str] = mapped_column(String(100), index=True)
    instance_name: Mapped[str] = mapped_column(String(255), unique=True)
    demo_mode: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    config_json: Mapped[str | None] = mapped_column(Text)
    created_on_ms: Mapped[int]
    updated_on_ms: Mapped[int | None]
    user_public_id: Mapped[str | None] = new_owner()
    channel_mappings: Mapped[list["ChannelMapping"]] = relationship(
        lazy="raise", order_by="ChannelMapping.id", passive_deletes="all"
    )


class ChannelMapping(Base):
    """An I/O point of a device and the channel that it feeds or that drives it."""

    __tablename__ = "channel_mappings"
    __table_args__ = (UniqueConstraint("plugin_instance_id", "channel_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    plugin_instance_id: Mapped[int] = mapped_column(
        ForeignKey("plugin_instances.id", ondelete="CASCADE"), index=True
    )
    channel_id: Mapped[str] = mapped_column(String(200))
    channel_name: Mapped[str] = mapped_column(String(255))
    direction: Mapped[str] = mapped_column(String(20))  # input | output | bidirectional
    unit: Mapped[str] = mapped_column(String(50), default="")
    event_public_id: Mapped[str | None] = mapped_column(
        ForeignKey("events.public_id", ondelete="SET NULL"), index=True
    )
    created_on_ms: Mapped[int]


class PluginPackage(Base):
    """An uploaded package of drivers (only where the settings file allows it)."""

    __tablename__ = "plugin_packages"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    package_name: Mapped[str] = mapped_column(String(255), unique=True)
    version: Mapped[str] = mapped_column(String(50))
    source: Mapped[str] = mapped_column(String(20))  # bundled | uploaded
    file_path: Mapped[str | None] = mapped_column(String(500))
    file_hash_sha256: Mapped[str | None] = mapped_column(String(64))
    file_size_bytes: Mapped[int | None]
    plugin_ids: Mapped[str] = mapped_column(Text, default="[]")  # JSON array
    installed_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = new_owner()
