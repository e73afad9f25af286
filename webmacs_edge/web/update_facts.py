"""What the page of updates shows: what runs, what is offered, what stands in the way."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.firmware.fitness import check_fit
from webmacs_edge.firmware.manifest import Manifest, Refusal
from webmacs_edge.model.firmware import ON_ITS_WAY, RETRIED, FirmwareStatus, is_newer
from webmacs_edge.model.text import text
from webmacs_edge.store.firmware_updates import list_firmware_updates
from webmacs_edge.web.keys import DATABASE, RELEASES, SETTINGS, UPDATE_FILES
from webmacs_edge.web.update_keeper import UPDATE_KEEPER
from webmacs_edge.web.update_token import TOKEN
from webmacs_edge.web.updating import UPDATES

if TYPE_CHECKING:
    from webmacs_edge.store.tables import FirmwareUpdate

TO_INSTALL = (FirmwareStatus.pending, *RETRIED)
_PAGE_SIZE = 25
_PHASES = {
    "preparing": text("keeping the version before"),
    "snapshot": text("copying the databases"),
    "installing": text("replacing the program"),
    "trial": text("trying the new version"),
    "finishing": text("finishing"),
    "stuck": text("putting the version before back has not worked yet and is tried again"),
    "undoing": text("putting the version before back"),
    "settling": text("starting the version before"),
}


async def read_facts(app: web.Application) -> dict[str, Any]:
    """As things stand now."""
    updates, installer, releases = app[UPDATES], app[UPDATES].installer, app[RELEASES]
    async with app[DATABASE].read() as session:
        rows = await list_firmware_updates(session, page=1, page_size=_PAGE_SIZE)
    phase, previous, why_not = await asyncio.to_thread(
        lambda: (installer.phase, installer.previous(), installer.why_not())
    )
    release = releases.known
    current = next((it for it in rows.rows if it.status in ON_ITS_WAY), None)
    back = next((it for it in rows.rows if may_go_back(it)), None) if previous else None
    return {
        "rows": rows,
        "current": current,
        "progress": updates.progress,
        "phase": _PHASES.get(phase, ""),
        "is_idle": current is None and phase == "idle",
        "previous": previous,
        "back": back,
        "release": release if release and is_newer(release.version, __version__) else None,
        "answer": releases.answer,
        "asked_at_ms": releases.asked_at_ms,
        "is_set": releases.is_set,
        "channel": app[SETTINGS].update_channel,
        "offers": app[UPDATE_KEEPER].offers,
        "why_not": why_not,
        "token": app[TOKEN].place,
        "to_install": TO_INSTALL,
        "Status": FirmwareStatus,
    }


def may_go_back(update: "FirmwareUpdate") -> bool:
    """Whether this is the one that runs."""
    return update.status == FirmwareStatus.completed and update.version == __version__


def look_at(
    app: web.Application, update: "FirmwareUpdate"
) -> tuple[Manifest | None, Refusal | None]:
    """What the file says, where there is one, and why it would not be installed."""
    if not update.file_path:
        return None, None
    installer = app[UPDATES].installer
    try:
        manifest = installer.look_into(app[UPDATE_FILES].folder / Path(update.file_path).name)
    except (Refusal, OSError) as error:
        return None, error if isinstance(error, Refusal) else Refusal("file", str(error))
    try:
        check_fit(manifest, installer.facts(__version__))
    except Refusal as refusal:
        return manifest, refusal
    return manifest, None
