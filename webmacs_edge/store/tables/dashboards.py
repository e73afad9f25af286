"""Dashboards and their widgets."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


class Dashboard(Base):
    """A page of widgets that somebody put together."""

    __tablename__ = "dashboards"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    name: Mapped[str] = mapped_column(String(255))
    is_global: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str] = mapped_column(String(255), default="")
    created_on_ms: Mapped[int]
    # no two changes share one: it also says which state of the dashboard somebody has seen
    updated_on_ms: Mapped[int] = mapped_column(default=0)
    user_public_id: Mapped[str | None] = new_owner()
    widgets: Mapped[list["DashboardWidget"]] = relationship(
        lazy="raise", order_by="DashboardWidget.id", passive_deletes="all"
    )


class DashboardWidget(Base):
    """One widget on a dashboard."""

    __tablename__ = "dashboard_widgets"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    dashboard_id: Mapped[int] = mapped_column(
        ForeignKey("dashboards.id", ondelete="CASCADE"), index=True
    )
    widget_type: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(255))
    event_public_id: Mapped[str | None] = mapped_column(ForeignKey("events.public_id"))
    x: Mapped[int] = mapped_column(default=0)
    y: Mapped[int] = mapped_column(default=0)
    w: Mapped[int] = mapped_column(default=4)
    h: Mapped[int] = mapped_column(default=3)
    config_json: Mapped[str | None] = mapped_column(Text)
