"""Serves a built Vue front end on a port of its own, with the API and the sockets beside it."""

import asyncio
import mimetypes
import stat
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from webmacs_edge.model.errors import NotFoundError, SettingsError
from webmacs_edge.model.text import text
from webmacs_edge.web.doors import Shown, shown_at
from webmacs_edge.web.headers import SPA_CONTENT_SECURITY_POLICY
from webmacs_edge.web.keys import SETTINGS

INDEX = "index.html"
_NOT_FILES = ("/api/", "/ws/")
_NOT_FILES_EITHER = frozenset(
    {"/health", "/health/", "/metrics", "/metrics/", "/openapi.json", "/openapi.json/"}
)
_IMMUTABLE = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"
_LOOKS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_TYPES = mimetypes.MimeTypes(filenames=())  # not those of the host: they differ
for _ending, _type in {
    ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css",
    ".html": "text/html", ".json": "application/json", ".map": "application/json",
    ".svg": "image/svg+xml", ".ico": "image/x-icon", ".webp": "image/webp",
    ".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf",
    ".eot": "application/vnd.ms-fontobject", ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json", ".txt": "text/plain",
}.items():  # fmt: skip
    _TYPES.add_type(_type, _ending)


@dataclass(frozen=True, slots=True)
class Spa:
    """The directory of a front end, with its real place on the disk."""

    directory: Path

    def find(self, path: str) -> Path | None:
        """The file of this path; None where there is none, or where it lies elsewhere."""
        parts = [part for part in path.split("/") if part]
        if any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            return None
        try:
            found = self.directory.joinpath(*parts).resolve(strict=True)
            is_file = stat.S_ISREG(found.stat().st_mode)
        except (OSError, ValueError, RuntimeError):
            return None
        return found if is_file and found.is_relative_to(self.directory) else None


SPA = web.AppKey("spa", Spa)


def set_up_spa(app: web.Application) -> None:
    """Give the application its front end; SettingsError when the directory holds none."""
    directory = app[SETTINGS].spa_dir
    if directory is None:
        return
    if not (directory / INDEX).is_file():
        raise SettingsError(
            f"{directory} holds no {INDEX}. Give WEBMACS_SPA_DIR the directory that the build of "
            "the front end made (dist), or nothing to serve none."
        )
    app[SPA] = Spa(directory.resolve())


@web.middleware
async def serve_spa(request: web.Request, handler: Handler) -> web.StreamResponse:
    """At the door of the front end: its files, or its start page for any other path."""
    if shown_at(request) is not Shown.spa or belongs_to_programs(request.path):
        return await handler(request)
    if request.method not in _LOOKS:
        raise web.HTTPMethodNotAllowed(request.method, sorted(_LOOKS))
    spa = request.app[SPA]
    file = await asyncio.to_thread(spa.find, request.path)
    if file is None and request.path.startswith("/assets/"):
        raise NotFoundError(text("There is no file {path}.", path=request.path))
    is_lasting = file is not None and request.path.startswith("/assets/")
    file = file or await asyncio.to_thread(spa.find, INDEX)
    if file is None:
        raise NotFoundError(text("The front end has no {index} any more.", index=INDEX))
    kind, _ = _TYPES.guess_type(file.name)
    return web.FileResponse(
        file,
        headers={
            hdrs.CACHE_CONTROL: _IMMUTABLE if is_lasting else _ASK_EACH_TIME,
            hdrs.CONTENT_TYPE: _with_charset(kind or "application/octet-stream"),
            "Content-Security-Policy": SPA_CONTENT_SECURITY_POLICY,
        },
    )


def belongs_to_programs(path: str) -> bool:
    """Whether the API or a socket answers there."""
    return path.startswith(_NOT_FILES) or path in _NOT_FILES_EITHER


def _with_charset(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
