"""What the site decides while the appliance runs: the `site_settings` table."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.store.tables import SiteSetting

MOST_DAYS = 36_500
LEAST_BUDGET_BYTES = 16 * 2**20
_PREFIX = "history."


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What is kept for how long, and how often it is written; None: nothing was decided."""

    flush_seconds: float | None = None  # None: as WEBMACS_FLUSH_SECONDS says
    retention_days: int | None = None  # of samples; None: for ever
    rollup_days: int | None = None  # of hourly summaries; None: for ever
    history_budget_bytes: int | None = None  # None: as much as the disk holds
    min_free_percent: int = 10  # of the disk; below it the oldest day goes first


_NAMES = tuple(field.name for field in fields(SiteSettings))
_LIMITS: Mapping[str, tuple[float, float, str]] = {
    "flush_seconds": (1, 60, "The flush interval must be 1 to 60 seconds."),
    "retention_days": (1, MOST_DAYS, f"Keep samples for 1 to {MOST_DAYS} days, or leave it empty."),
    "rollup_days": (1, MOST_DAYS, f"Keep summaries for 1 to {MOST_DAYS} days, or leave it empty."),
    "history_budget_bytes": (
        LEAST_BUDGET_BYTES,
        2**60,
        "The history needs a budget of at least 16 MiB, or none.",
    ),
    "min_free_percent": (0, 50, "The share to keep free must be 0 to 50 percent."),
}


class Decided(NamedTuple):
    """When a setting was changed last, and by whom."""

    at_ms: int
    user_public_id: str | None


async def read_decided(session: AsyncSession) -> dict[str, Decided]:
    """By setting, of those that were ever changed."""
    rows = await session.execute(
        select(SiteSetting.key, SiteSetting.changed_on_ms, SiteSetting.user_public_id).where(
            SiteSetting.key.in_([_PREFIX + name for name in _NAMES])
        )
    )
    return {key.removeprefix(_PREFIX): Decided(at_ms, user) for key, at_ms, user in rows}


async def read_site_settings(session: AsyncSession) -> SiteSettings:
    """What was decided so far."""
    keys = [_PREFIX + name for name in _NAMES]
    rows = await session.execute(
        select(SiteSetting.key, SiteSetting.value_json).where(SiteSetting.key.in_(keys))
    )
    found = {key.removeprefix(_PREFIX): json.loads(text) for key, text in rows}
    return replace(SiteSettings(), **found)


async def write_site_settings(
    session: AsyncSession,
    settings: SiteSettings,
    *,
    at_ms: int,
    user_public_id: str | None = None,
) -> SiteSettings:
    """Store every one that changed; InvalidError names the field. Returns what held before."""
    check_site_settings(settings)
    before = await read_site_settings(session)
    old = asdict(before)
    for name, value in asdict(settings).items():
        if value != old[name]:
            await write_site_value(
                session, _PREFIX + name, value, at_ms=at_ms, user_public_id=user_public_id
            )
    return before


def check_site_settings(settings: SiteSettings) -> None:
    """InvalidError with the field unless every value is within its limits."""
    for name, (least, most, message) in _LIMITS.items():
        value = getattr(settings, name)
        if value is not None and not least <= value <= most:
            raise InvalidError(message, field=name)
    check_days(settings.retention_days, settings.rollup_days)


def check_days(retention_days: int | None, rollup_days: int | None) -> None:
    """InvalidError unless summaries are kept at least as long as the samples they summarise."""
    for name, value in (("retention_days", retention_days), ("rollup_days", rollup_days)):
        if value is not None and not 1 <= value <= MOST_DAYS:
            raise InvalidError(_LIMITS[name][2], field=name)
    if retention_days is not None and rollup_days is not None and rollup_days < retention_days:
        raise InvalidError(
            text("Summaries must be kept at least as long as the samples."), field="rollup_days"
        )


async def read_site_value(session: AsyncSession, key: str, default: Any = None) -> Any:
    """What is stored under this name."""
    text = await session.scalar(select(SiteSetting.value_json).where(SiteSetting.key == key))
    return default if text is None else json.loads(text)


async def write_site_value(
    session: AsyncSession,
    key: str,
    value: Any,
    *,
    at_ms: int,
    user_public_id: str | None = None,
) -> None:
    """Store something that JSON can hold under this name."""
    row = await session.get(SiteSetting, key)
    if row is None:
        row = SiteSetting(key=key)
        session.add(row)
    row.value_json, row.changed_on_ms = json.dumps(value), at_ms
    row.user_public_id = user_public_id
    await session.flush()
