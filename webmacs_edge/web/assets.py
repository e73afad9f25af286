"""Files of the pages, held in memory, named by their content and kept by browsers for a year."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from aiohttp import hdrs, web

from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.web.joined import joined

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
    ".md": "text/plain; charset=utf-8",
}
_FOREVER = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"
_IMPORTS = re.compile(rb'^(@import "|import (\{|"\.))', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes plain and compressed, and the fingerprint that stands in its URL."""

    content_type: str
    plain: bytes
    packed: bytes
    fingerprint: str


class Assets:
    """Every file under `static/`, read once."""

    def __init__(self, directory: Path) -> None:
        self._assets = _read_all(directory)

    def find(self, path: str) -> Asset:
        """The file; NotFoundError unless it was there at start."""
        if path not in self._assets:
            raise NotFoundError(text("There is no file {path}.", path=path))
        return self._assets[path]

    def url(self, path: str) -> str:
        """Where a page finds the file; changes with its content."""
        return f"/static/{path}?v={self.find(path).fingerprint}"


ASSETS = web.AppKey("assets", Assets)


async def serve(request: web.Request) -> web.Response:
    """One file, compressed where the browser takes it."""
    asset = request.app[ASSETS].find(request.match_info["path"])
    etag = f'"{asset.fingerprint}"'
    named = request.query.get("v") == asset.fingerprint
    headers = {
        hdrs.CACHE_CONTROL: _FOREVER if named else _ASK_EACH_TIME,
        hdrs.ETAG: etag,
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
    }
    if etag in request.headers.get(hdrs.IF_NONE_MATCH, ""):
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_TYPE] = asset.content_type
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        return web.Response(body=asset.packed, headers=headers)
    return web.Response(body=asset.plain, headers=headers)


@lru_cache(maxsize=2)  # of several appliances in one process, as tests have them
def _read_all(directory: Path) -> Mapping[str, Asset]:
    return {
        path.relative_to(directory).as_posix(): _read(directory, path)
        for path in sorted(directory.rglob("*"))
        if path.suffix in _TYPES
    }


def _read(directory: Path, path: Path) -> Asset:
    plain = path.read_bytes()
    if _IMPORTS.search(plain):
        name = path.relative_to(directory).as_posix()
        plain = joined(name, lambda it: (directory / it).read_text("utf-8")).encode()
    return Asset(
        content_type=_TYPES[path.suffix],
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        fingerprint=hashlib.sha256(plain).hexdigest()[:12],
    )
