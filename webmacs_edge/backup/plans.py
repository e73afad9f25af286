"""The plan of backups: what the page has stored, its secrets sealed, else what settings say."""

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from webmacs_edge.config import Settings
from webmacs_edge.model.backup_plans import BackupPlan
from webmacs_edge.model.backups import BackupScope
from webmacs_edge.store.site_settings import read_site_value, write_site_value
from webmacs_edge.store.vault import seal, unseal

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_KEY = "backup.plan"
_PURPOSES = {"passphrase": "backup passphrase", "password": "backup server"}


def plan_of(settings: Settings) -> BackupPlan:
    """What the settings file says."""
    return BackupPlan(
        to=settings.backup_to,
        every_hours=settings.backup_every_hours,
        scope=BackupScope(settings.backup_scope),
        days=settings.backup_days,
        keep=settings.backup_keep,
        passphrase=settings.backup_passphrase,
        user=settings.backup_user,
        password=settings.backup_password,
        region=settings.backup_region,
    )


async def read_plan(session: "AsyncSession") -> tuple[dict[str, Any], int] | None:
    """What the page has stored, sealed, and when; None where it has stored nothing."""
    found = await read_site_value(session, _KEY)
    if not isinstance(found, dict):
        return None
    return found["plan"], int(found["at_ms"])


async def write_plan(
    session: "AsyncSession",
    sealed: dict[str, Any] | None,
    *,
    at_ms: int,
    user_public_id: str | None,
) -> None:
    """Store it; None: from now on the settings file counts."""
    value = None if sealed is None else {"plan": sealed, "at_ms": at_ms}
    await write_site_value(session, _KEY, value, at_ms=at_ms, user_public_id=user_public_id)


async def seal_plan(plan: BackupPlan, box_key: bytes) -> dict[str, Any]:
    """As it is stored."""
    secrets = {
        name: await seal(getattr(plan, name), box_key=box_key, purpose=purpose)
        for name, purpose in _PURPOSES.items()
        if getattr(plan, name)
    }
    return {**asdict(replace(plan, passphrase="", password="")), **secrets}


async def unseal_plan(sealed: dict[str, Any], box_key: bytes) -> BackupPlan:
    """As it is used; SealedElsewhereError when its secrets are of another box."""
    secrets = {
        name: await unseal(str(sealed[name]), box_key=box_key, purpose=purpose)
        for name, purpose in _PURPOSES.items()
        if sealed.get(name)
    }
    return replace(
        open_part(sealed),
        passphrase=secrets.get("passphrase", ""),
        password=secrets.get("password", ""),
    )


def open_part(sealed: dict[str, Any]) -> BackupPlan:
    """Without its secrets."""
    known = {it.name for it in fields(BackupPlan)} - _PURPOSES.keys()  # others: of a newer release
    rest = {name: it for name, it in sealed.items() if name in known}
    return BackupPlan(**{**rest, "scope": BackupScope(rest["scope"])})
