"""Keepers of backups, and a server that takes files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from webmacs_edge.backup.done import Done
from webmacs_edge.backup.keeper import BackupKeeper
from webmacs_edge.backup.making import Source
from webmacs_edge.config import load_settings
from webmacs_edge.store.database import Database, sqlite_url

WORDS = "correct horse battery"


@asynccontextmanager
async def keeping(folder: Path, told: list[str], **given: Any) -> AsyncIterator[BackupKeeper]:
    """A keeper of that data directory; what it notes for the operator is told."""
    database = Database(sqlite_url(folder / "config.db"))

    async def note(words: str, _kind: object) -> None:
        told.append(words)

    settings = load_settings(data_dir=folder, backup_scope="config", **given)
    try:
        yield BackupKeeper(
            settings, Source(data_dir=folder, site_name="Rig 7"), database, note=note
        )
    finally:
        await database.close()


def done_of(keeper: BackupKeeper) -> Done:
    assert keeper.done is not None
    return keeper.done


class Shelf:
    """A server that keeps what is PUT."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.asked: list[web.Request] = []
        self.status = 201
        self.may_read = True
        self.keeps = 2**30  # bytes of each file
        self.may_remove = True

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        if request.method == "PUT":
            self.kept[request.path] = (await request.read())[: self.keeps]
            return web.Response(status=self.status)
        if request.method == "DELETE" and not self.may_remove:
            return web.Response(status=403)
        if request.method == "DELETE":
            return web.Response(status=204 if self.kept.pop(request.path, None) else 404)
        return (
            web.Response(body=self.kept[request.path])
            if self.may_read
            else web.Response(status=403)
        )
