"""The copy of a PostgreSQL database before an update changes its tables: made, or refused."""

from aiohttp import web

from webmacs_edge.config import RESOURCES
from webmacs_edge.firmware.manifest import Manifest
from webmacs_edge.model.errors import ConflictError, StoreError
from webmacs_edge.model.text import text
from webmacs_edge.store.dumping import dump_site, is_dump_possible
from webmacs_edge.store.history_upgrade import NEWEST
from webmacs_edge.store.migrate import newest_revision
from webmacs_edge.web.keys import DATABASE, UPDATE_FILES


def changed_on_server(app: web.Application, manifest: Manifest) -> frozenset[str]:
    """What this update changes on a server: config, history; nothing where files keep the data."""
    if app[DATABASE].is_sqlite:
        return frozenset()
    ours = {"config": newest_revision(RESOURCES / "migrations"), "history": str(NEWEST)}
    return frozenset(name for name, it in ours.items() if manifest.schema.get(name) != it)


async def copy_before(app: web.Application, manifest: Manifest, *, without_copy: str) -> None:
    """ConflictError when there can be no copy and nobody has typed the version to go without."""
    changed = changed_on_server(app, manifest)
    if not changed or without_copy == manifest.version:
        return
    why: str = text("pg_dump is not on this box (package postgresql-client).")
    if is_dump_possible():
        url = app[DATABASE].url
        file = app[UPDATE_FILES].folder / "before" / f"{manifest.version}.dump"
        try:
            await dump_site(url, file, with_history="history" in changed)
        except StoreError as error:
            why = str(error)
        else:
            return
    raise ConflictError(
        text(
            "Nothing was installed: version {version} changes tables on the PostgreSQL server, and "
            "they could not be copied first. {why} Make a copy yourself, then type the version "
            "into “without a copy”.",
            version=manifest.version,
            why=why,
        )
    )
